import type { JsonObject } from '@kairship/apimachinery'

const text: JsonObject = { type: 'string' }

const conditions: JsonObject = {
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['type'],
  items: {
    type: 'object',
    required: ['type', 'status'],
    properties: {
      type: { type: 'string', maxLength: 316 },
      status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
      reason: { type: 'string', maxLength: 1024 },
      message: { type: 'string', maxLength: 32768 },
      lastTransitionTime: { type: 'string', format: 'date-time' },
      observedGeneration: { type: 'integer', format: 'int64' },
    },
  },
}

const minorVersion: JsonObject = { type: 'string', pattern: '^1\\.[0-9]{1,3}$' }

const instanceSchema: JsonObject = {
  type: 'object',
  description: 'A multi-cluster control plane: its own API, members, policies and engine.',
  properties: {
    spec: {
      type: 'object',
      properties: {
        displayName: { type: 'string', maxLength: 120, description: 'Shown to people instead of the name.' },
        provider: {
          type: 'string',
          default: 'embedded',
          description: 'Who runs the instance.',
          'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'the provider cannot be changed' }],
        },
        kubernetesVersion: { ...minorVersion, description: 'Minor version of the Kubernetes API it serves.' },
        suspend: { type: 'boolean', description: 'Stop serving and reconciling; keep all data.' },
      },
    },
    status: {
      type: 'object',
      properties: {
        phase: text,
        observedGeneration: { type: 'integer', format: 'int64' },
        endpoint: text,
        kubernetesVersion: text,
        conditions,
      },
    },
  },
}

const managedClusterSchema: JsonObject = {
  type: 'object',
  description: 'A cluster in the inventory of the platform.',
  properties: {
    spec: {
      type: 'object',
      properties: {
        displayName: { type: 'string', maxLength: 120, description: 'Shown to people instead of the name.' },
        provider: { ...text, description: 'Cloud or data centre operator.' },
        region: text,
        zones: { type: 'array', items: text },
        simulation: {
          type: 'object',
          description: 'Present when the platform simulates this cluster.',
          properties: {
            kubernetesVersion: { ...minorVersion, description: 'Minor version whose APIs it serves.' },
            nodes: { type: 'integer', format: 'int32', minimum: 1, maximum: 5000 },
            nodeCpu: { ...text, description: 'CPU of each node, as a quantity.' },
            nodeMemory: { ...text, description: 'Memory of each node, as a quantity.' },
            podStartMilliseconds: { type: 'integer', format: 'int32', minimum: 0, maximum: 3_600_000 },
          },
        },
      },
    },
    status: {
      type: 'object',
      properties: {
        phase: text,
        observedGeneration: { type: 'integer', format: 'int64' },
        endpoint: text,
        clusterId: text,
        kubernetesVersion: text,
        conditions,
      },
    },
  },
}

interface Names {
  readonly plural: string
  readonly singular: string
  readonly kind: string
  readonly shortNames: string[]
}

function crd(names: Names, schema: JsonObject, columns: JsonObject[]): JsonObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${names.plural}.kairship.io` },
    spec: {
      group: 'kairship.io',
      scope: 'Cluster',
      names: { ...names, listKind: `${names.kind}List`, categories: ['kairship'] },
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: schema },
          subresources: { status: {} },
          additionalPrinterColumns: [
            ...columns,
            { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
          ],
        },
      ],
    },
  }
}

/** The hub's kinds as CRD manifests. */
export function kairshipCrds(): readonly JsonObject[] {
  return [
    crd({ plural: 'instances', singular: 'instance', kind: 'Instance', shortNames: ['inst'] }, instanceSchema, [
      { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
      { name: 'Provider', type: 'string', jsonPath: '.spec.provider' },
      { name: 'Version', type: 'string', jsonPath: '.status.kubernetesVersion' },
      { name: 'Endpoint', type: 'string', jsonPath: '.status.endpoint', priority: 1 },
    ]),
    crd(
      { plural: 'managedclusters', singular: 'managedcluster', kind: 'ManagedCluster', shortNames: ['mcl'] },
      managedClusterSchema,
      [
        { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
        { name: 'Provider', type: 'string', jsonPath: '.spec.provider' },
        { name: 'Region', type: 'string', jsonPath: '.spec.region' },
        { name: 'Version', type: 'string', jsonPath: '.status.kubernetesVersion' },
        { name: 'Endpoint', type: 'string', jsonPath: '.status.endpoint', priority: 1 },
      ],
    ),
  ]
}
