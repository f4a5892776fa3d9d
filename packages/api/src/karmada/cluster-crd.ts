import type { Schema } from '../definition.ts'

const text: Schema = { type: 'string' }
const quantity: Schema = {
  anyOf: [{ type: 'integer' }, { type: 'string' }],
  pattern:
    '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$',
  'x-kubernetes-int-or-string': true,
}
const resources: Schema = { type: 'object', additionalProperties: quantity }
const grade: Schema = { type: 'integer', minimum: 0 }

function object(properties: { [name: string]: Schema }, required: string[] = []): Schema {
  return { type: 'object', properties, ...(required.length > 0 ? { required } : {}) }
}
function list(items: Schema): Schema {
  return { type: 'array', items }
}

const secret = object({ namespace: text, name: text }, ['name', 'namespace'])

const spec = object(
  {
    id: { type: 'string', maxLength: 128_000 },
    syncMode: { type: 'string', enum: ['Push', 'Pull'] },
    apiEndpoint: text,
    secretRef: secret,
    impersonatorSecretRef: secret,
    insecureSkipTLSVerification: { type: 'boolean' },
    proxyURL: text,
    proxyHeader: { type: 'object', additionalProperties: text },
    provider: text,
    region: text,
    zone: text,
    zones: list(text),
    taints: list(
      object({ key: text, value: text, effect: text, timeAdded: { type: 'string', format: 'date-time' } }, [
        'effect',
        'key',
      ]),
    ),
    resourceModels: list(
      object(
        {
          grade,
          ranges: list(object({ name: text, min: quantity, max: quantity }, ['max', 'min', 'name'])),
        },
        ['grade', 'ranges'],
      ),
    ),
  },
  ['syncMode'],
)

const condition = object(
  {
    type: { type: 'string', maxLength: 316 },
    status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
    observedGeneration: { type: 'integer', format: 'int64', minimum: 0 },
    lastTransitionTime: { type: 'string', format: 'date-time' },
    reason: { type: 'string', maxLength: 1024 },
    message: { type: 'string', maxLength: 32_768 },
  },
  ['status', 'type'],
)

const status = object({
  kubernetesVersion: text,
  apiEnablements: list(
    object({ groupVersion: text, resources: list(object({ name: text, kind: text }, ['kind', 'name'])) }, [
      'groupVersion',
    ]),
  ),
  conditions: list(condition),
  nodeSummary: object({
    totalNum: { type: 'integer', format: 'int32' },
    readyNum: { type: 'integer', format: 'int32' },
  }),
  resourceSummary: object({
    allocatable: resources,
    allocating: resources,
    allocated: resources,
    allocatableModelings: list(object({ grade, count: { type: 'integer' } }, ['count', 'grade'])),
  }),
  remedyActions: list(text),
})

function column(name: string, jsonPath: string, type = 'string', priority = 0): object {
  return { name, type, jsonPath, ...(priority === 0 ? {} : { priority }) }
}

/** Upstream serves Cluster from an aggregated API server; here it is a CRD with the same schema and columns. */
export function clusterCrd(): object {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'clusters.cluster.karmada.io' },
    spec: {
      group: 'cluster.karmada.io',
      names: { kind: 'Cluster', listKind: 'ClusterList', plural: 'clusters', singular: 'cluster' },
      scope: 'Cluster',
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: [
            column('Version', '.status.kubernetesVersion'),
            column('Mode', '.spec.syncMode'),
            column('Ready', '.status.conditions[?(@.type=="Ready")].status'),
            column('Age', '.metadata.creationTimestamp', 'date'),
            column('Zones', '.spec.zones', 'string', 1),
            column('Region', '.spec.region', 'string', 1),
            column('Provider', '.spec.provider', 'string', 1),
            column('API-Endpoint', '.spec.apiEndpoint', 'string', 1),
            column('Proxy-URL', '.spec.proxyURL', 'string', 1),
          ],
          schema: {
            openAPIV3Schema: object({ apiVersion: text, kind: text, metadata: { type: 'object' }, spec, status }, [
              'spec',
            ]),
          },
        },
      ],
    },
  }
}
