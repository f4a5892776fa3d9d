import type { MergeSchema, Shape } from '../index.ts'
import { compileShape } from '../index.ts'

// A Deployment cut down to the kinds of places that merging tells apart.

const string: MergeSchema = { type: 'string' }
const integer: MergeSchema = { type: 'integer' }
const map: MergeSchema = { type: 'object', additionalProperties: string }

const schemas: { [name: string]: MergeSchema } = {
  Selector: { type: 'object', 'x-kubernetes-map-type': 'atomic', properties: { matchLabels: map } },
  Container: {
    type: 'object',
    required: ['name'],
    properties: {
      name: string,
      image: string,
      args: { type: 'array', items: string, 'x-kubernetes-list-type': 'atomic' },
      resources: { $ref: 'Resources', default: {} },
      securityContext: { type: 'object', properties: { runAsUser: integer } },
      env: {
        type: 'array',
        items: { type: 'object', properties: { name: string, value: string } },
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
      },
      ports: {
        type: 'array',
        items: {
          type: 'object',
          properties: { containerPort: integer, name: string, protocol: { ...string, default: 'TCP' } },
        },
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['containerPort', 'protocol'],
      },
    },
  },
  Resources: { type: 'object', properties: { limits: map } },
}

export const deployment: Shape = compileShape({
  resolve: (ref) => schemas[ref] ?? {},
  root: {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        default: {},
        required: ['selector', 'containers'],
        properties: {
          replicas: integer,
          paused: { type: 'boolean' },
          selector: { $ref: 'Selector' },
          strategy: { type: 'object', default: {}, properties: { type: string } },
          containers: {
            type: 'array',
            items: { $ref: 'Container' },
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['name'],
          },
        },
      },
      status: { type: 'object', default: {}, properties: { replicas: integer } },
    },
  },
})

/** ConfigMap. */
export const configMap: Shape = compileShape({
  resolve: () => ({}),
  root: { type: 'object', properties: { data: map } },
})

/** A custom resource that keeps whatever it is given. */
export const schemaless: Shape = compileShape({
  resolve: () => ({}),
  root: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
})
