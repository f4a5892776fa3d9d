import type { Schema } from '@kairship/api'
import { DecoderCompiler } from '../builtin/decode/compile.ts'
import type { DecodedType } from '../builtin/decode/scalars.ts'

/** The name other schemas refer to metav1.ObjectMeta by. */
export const objectMetaName = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'

const text: Schema = { type: 'string' }
const whole: Schema = { type: 'integer', format: 'int64' }
const time: Schema = { type: 'string', format: 'date-time' }
const flag: Schema = { type: 'boolean' }
const texts: Schema = { type: 'object', additionalProperties: text }

/** metav1.ObjectMeta as a schema, for the metadata of custom resources. */
export const objectMetaSchema: Schema = {
  type: 'object',
  properties: {
    name: text,
    generateName: text,
    namespace: text,
    selfLink: text,
    uid: text,
    resourceVersion: text,
    generation: whole,
    creationTimestamp: time,
    deletionTimestamp: time,
    deletionGracePeriodSeconds: whole,
    labels: texts,
    annotations: texts,
    ownerReferences: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['uid'],
      'x-kubernetes-patch-strategy': 'merge',
      'x-kubernetes-patch-merge-key': 'uid',
      items: {
        type: 'object',
        'x-kubernetes-map-type': 'atomic',
        properties: {
          apiVersion: text,
          kind: text,
          name: text,
          uid: text,
          controller: flag,
          blockOwnerDeletion: flag,
        },
        required: ['apiVersion', 'kind', 'name', 'uid'],
      },
    },
    finalizers: {
      type: 'array',
      'x-kubernetes-list-type': 'set',
      'x-kubernetes-patch-strategy': 'merge',
      items: text,
    },
    managedFields: {
      type: 'array',
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        properties: {
          manager: text,
          operation: text,
          apiVersion: text,
          time,
          fieldsType: text,
          fieldsV1: { type: 'object' },
          subresource: text,
        },
      },
    },
  },
}

/** Decodes metadata by Go's rules: wrong types are errors, unknown fields are reported. */
export function objectMetaDecoder(): DecodedType {
  const source = { root: objectMetaSchema, resolve: (): Schema => objectMetaSchema }
  return new DecoderCompiler().compile(source, 'ObjectMeta')
}
