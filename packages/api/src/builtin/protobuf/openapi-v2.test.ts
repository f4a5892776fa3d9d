import { expect, it } from 'vitest'
import { encodeOpenApiV2 } from './openapi-v2.ts'
import { ProtobufReader } from './reader.ts'

/** Fields of a message by number: nested messages stay bytes. */
function fields(bytes: Uint8Array): Map<number, (Uint8Array | bigint)[]> {
  const reader = new ProtobufReader(bytes)
  const found = new Map<number, (Uint8Array | bigint)[]>()
  while (!reader.done) {
    const field = reader.tag()
    const value = reader.wire === 2 ? reader.bytes() : reader.int64()
    found.set(field, [...(found.get(field) ?? []), value])
  }
  return found
}
function nested(bytes: Uint8Array, ...path: number[]): Uint8Array {
  let current = bytes
  for (const field of path) current = fields(current).get(field)?.[0] as Uint8Array
  return current
}
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

it('an empty document is the twelve bytes that every kubectl accepts', () => {
  const bytes = encodeOpenApiV2({ swagger: '2.0', info: { title: 'x', version: '1' } })
  expect(Buffer.from(bytes).toString('hex')).toBe('0a03322e3012060a0178120131')
})

it('definitions keep types, references and merge facts', () => {
  const bytes = encodeOpenApiV2({
    swagger: '2.0',
    info: { title: 'x', version: '1' },
    definitions: {
      Spec: {
        type: 'object',
        required: ['ports'],
        properties: {
          ports: {
            type: 'array',
            items: { $ref: '#/definitions/Port' },
            'x-kubernetes-patch-merge-key': 'port',
          },
        },
      },
    },
  })
  const spec = nested(bytes, 9, 1)
  expect(text(nested(spec, 1))).toBe('Spec')
  const schema = nested(spec, 2)
  expect(text(nested(schema, 22, 1))).toBe('object')
  expect(text(nested(schema, 19))).toBe('ports')
  const ports = nested(schema, 25, 1, 2)
  expect(text(nested(ports, 23, 1, 1))).toBe('#/definitions/Port')
  expect(text(nested(ports, 31, 1))).toBe('x-kubernetes-patch-merge-key')
  expect(text(nested(ports, 31, 2, 2))).toBe('"port"')
})

it('paths tell kubectl that a kind takes fieldValidation', () => {
  const bytes = encodeOpenApiV2({
    swagger: '2.0',
    info: { title: 'x', version: '1' },
    paths: {
      '/api/v1/pods/{name}': {
        patch: {
          operationId: 'patchPod',
          parameters: [{ in: 'query', name: 'fieldValidation', type: 'string' }],
          responses: { '200': { description: 'OK', schema: { $ref: '#/definitions/Pod' } } },
          'x-kubernetes-group-version-kind': { group: '', version: 'v1', kind: 'Pod' },
        },
      },
    },
  })
  const patch = nested(bytes, 8, 2, 2, 8)
  expect(text(nested(patch, 8, 1, 2, 3, 4))).toBe('fieldValidation')
  expect(text(nested(patch, 8, 1, 2, 3, 6))).toBe('string')
  expect(JSON.parse(text(nested(patch, 13, 2, 2)))).toEqual({ group: '', version: 'v1', kind: 'Pod' })
})
