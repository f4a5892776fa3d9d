import type { Schema } from '@kairship/api'
import type { Attributes } from '../../webhooks/attributes.ts'
import { reviewRequest } from '../../webhooks/review.ts'
import { schemaType } from '../schema/types.ts'
import { type CelType, dyn } from '../types.ts'
import { wrap } from '../values/data.ts'
import type { Value } from '../values/value.ts'

const text: Schema = { type: 'string' }
const flag: Schema = { type: 'boolean' }
const texts: Schema = { type: 'array', items: text }
const gvk: Schema = { type: 'object', properties: { group: text, version: text, kind: text } }
const gvr: Schema = { type: 'object', properties: { group: text, version: text, resource: text } }
const requestSchema: Schema = {
  type: 'object',
  properties: {
    kind: gvk,
    resource: gvr,
    subResource: text,
    requestKind: gvk,
    requestResource: gvr,
    requestSubResource: text,
    name: text,
    namespace: text,
    operation: text,
    userInfo: {
      type: 'object',
      properties: {
        username: text,
        uid: text,
        groups: texts,
        extra: { type: 'object', additionalProperties: texts },
      },
    },
    dryRun: flag,
    options: { type: 'object', additionalProperties: { 'x-kubernetes-int-or-string': true } },
  },
}
const requestType: CelType = schemaType(requestSchema) ?? dyn

/** What expressions about a request may name. Objects are of any kind, so their fields are not checked beforehand. */
export function admissionVariables(more: readonly (readonly [string, CelType])[] = []): Map<string, CelType> {
  return new Map([['object', dyn], ['oldObject', dyn], ['request', requestType], ['namespaceObject', dyn], ...more])
}

export type Bindings = { readonly [name: string]: Value | undefined }

/** The values of those variables for one request. */
export function admissionValues(asked: Attributes, namespace: unknown): Bindings {
  const { installed, object, old } = asked
  const request = reviewRequest(asked, { uid: '', matched: installed, object: undefined, old: undefined })
  return {
    object: wrap(object, dyn),
    oldObject: wrap(old, dyn),
    request: wrap(request, requestType),
    namespaceObject: wrap(namespace, dyn),
  }
}
