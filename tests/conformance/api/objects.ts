import type { JsonObject } from '@kairship/apimachinery'
import { eventually, text, type World } from './support.ts'

export function configMap(name: string, more: JsonObject = {}): JsonObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, ...more }
}

export function deployment(name: string, spec: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'nginx:1' }] } },
      ...spec,
    },
  }
}

export function foo(name: string, more: JsonObject = {}): JsonObject {
  return { apiVersion: 'ex.io/v1', kind: 'Foo', metadata: { name }, ...more }
}

/** A namespaced custom resource with status and scale that takes almost anything. */
export const fooSchema: JsonObject = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        color: { type: 'string' },
        big: { type: 'integer' },
        ratio: { type: 'number' },
        replicas: { type: 'integer' },
        tags: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
        ports: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['p'],
          items: { type: 'object', required: ['p'], properties: { p: { type: 'integer' }, name: { type: 'string' } } },
        },
      },
    },
    status: { type: 'object', properties: { replicas: { type: 'integer' }, phase: { type: 'string' } } },
  },
}

export interface CrdOptions {
  readonly group?: string
  readonly plural?: string
  readonly kind?: string
  readonly scope?: 'Namespaced' | 'Cluster'
  readonly versions?: readonly JsonObject[]
  readonly names?: JsonObject
  readonly annotations?: JsonObject
}

export function crd(schema: JsonObject, options: CrdOptions = {}): JsonObject {
  const { group = 'ex.io', plural = 'foos', kind = 'Foo', scope = 'Namespaced', names, annotations } = options
  const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, ...(annotations === undefined ? {} : { annotations }) },
    spec: {
      group,
      scope,
      names: { plural, kind, ...names },
      versions: options.versions === undefined ? [version] : [...options.versions],
    },
  }
}

export const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

/** Creates the CRD and waits until its resources are served. */
export async function install(world: World, definition: JsonObject): Promise<void> {
  await world.ok('POST', crds, { body: definition })
  const group = text(definition, 'spec.group')
  const plural = text(definition, 'spec.names.plural')
  const version = text(definition, 'spec.versions.0.name')
  await eventually(() => world.ok('GET', `/apis/${group}/${version}/${plural}`))
}

export const subresources: JsonObject = {
  status: {},
  scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
}

/** `Foo` of ex.io/v1. */
export function fooCrd(): JsonObject {
  const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: fooSchema }, subresources }
  return crd(fooSchema, { versions: [version], names: { shortNames: ['fo'], categories: ['all'] } })
}
