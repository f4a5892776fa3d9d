import type { Connection, JsonObject, JsonValue } from '@kairship/apimachinery'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { startTestServer } from '../../testing/index.ts'
import { ok, refused } from '../../testing/calls.ts'

const crds = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' } as const
const things = { group: 'ex.io', version: 'v1', resource: 'things' } as const

let connection: Connection
beforeEach(async () => {
  const server = await startTestServer()
  onTestFinished(() => server[Symbol.asyncDispose]())
  connection = server.connection
})

function crd(spec: JsonObject, root: JsonObject = {}): JsonObject {
  const openAPIV3Schema = { type: 'object', ...root, properties: { spec } }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'things.ex.io' },
    spec: {
      group: 'ex.io',
      scope: 'Cluster',
      names: { plural: 'things', kind: 'Thing' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  }
}
function thing(spec: JsonValue): JsonObject {
  return { apiVersion: 'ex.io/v1', kind: 'Thing', metadata: { name: 'a' }, spec }
}
async function serve(spec: JsonObject, root: JsonObject = {}): Promise<void> {
  await ok(connection, { verb: 'create', ...crds, body: crd(spec, root) })
}
function create(spec: JsonValue): Parameters<Connection['request']>[0] {
  return { verb: 'create', ...things, body: thing(spec) }
}
function merge(spec: JsonValue): Parameters<Connection['request']>[0] {
  return { verb: 'patch', ...things, name: 'a', patchType: 'merge', body: { spec } }
}
/** Replaces the schema of `spec` in the CRD. */
async function tighten(spec: JsonObject): Promise<void> {
  const versions = (crd(spec)['spec'] as JsonObject)['versions'] ?? []
  await ok(connection, {
    verb: 'patch',
    ...crds,
    name: 'things.ex.io',
    patchType: 'merge',
    body: { spec: { versions } },
  })
}
const n = { type: 'integer' }
const s = { type: 'string', maxLength: 20 }

describe('a rule that does not hold', () => {
  test.each<[string, JsonObject, JsonObject, string, string]>([
    [
      'gives the message without the object',
      { rule: 'self.n <= 3', message: 'n too big' },
      { n: 5 },
      'FieldValueInvalid',
      'spec: Invalid value: n too big',
    ],
    [
      'gives the rule when there is no message',
      { rule: 'self.n <= 3' },
      { n: 5 },
      'FieldValueInvalid',
      'spec: Invalid value: failed rule: self.n <= 3',
    ],
    [
      'gives what the message expression makes',
      { rule: 'self.n <= 3', messageExpression: "'got ' + string(self.n)" },
      { n: 5 },
      'FieldValueInvalid',
      'spec: Invalid value: got 5',
    ],
    [
      'gives the message when the message expression fails',
      { rule: 'self.n <= 3', messageExpression: "'got ' + self.s", message: 'n too big' },
      { n: 5 },
      'FieldValueInvalid',
      'spec: Invalid value: n too big',
    ],
    [
      'names the field of fieldPath with the reason',
      { rule: 'self.n <= 3', message: 'no more', reason: 'FieldValueForbidden', fieldPath: '.n' },
      { n: 5 },
      'FieldValueForbidden',
      'spec.n: Forbidden: no more',
    ],
    [
      'can say that something is required',
      { rule: 'has(self.s)', message: 'needed', reason: 'FieldValueRequired', fieldPath: '.s' },
      { n: 5 },
      'FieldValueRequired',
      'spec.s: Required value: needed',
    ],
    [
      'says what goes wrong while it runs',
      { rule: "self.s != ''" },
      { n: 5 },
      'FieldValueInvalid',
      'spec: Invalid value: "object": no such key: s evaluating rule: self.s != \'\'',
    ],
    [
      'explains operators that do not fit what is there',
      { rule: 'self.p > 5' },
      { p: 'x' },
      'FieldValueInvalid',
      'spec: Invalid value: "object": \'no such overload\': call arguments did not match a supported operator, function or macro signature for rule: self.p > 5',
    ],
  ])('%s', async (_what, rule, spec, reason, text) => {
    const p = { 'x-kubernetes-int-or-string': true }
    await serve({ type: 'object', properties: { n, s, p }, 'x-kubernetes-validations': [rule] })
    const status = await refused(connection, create(spec))
    expect(status).toMatchObject({ code: 422, reason: 'Invalid', message: `Thing.ex.io "a" is invalid: ${text}` })
    expect(status['details']).toMatchObject({ causes: [{ reason }] })
  })

  test('shows the value when it is no object or list', async () => {
    await serve({ type: 'object', properties: { n: { ...n, 'x-kubernetes-validations': [{ rule: 'self < 3' }] } } })
    const message = 'Thing.ex.io "a" is invalid: spec.n: Invalid value: 5: failed rule: self < 3'
    expect(await refused(connection, create({ n: 5 }))).toMatchObject({ message })
  })

  test('is found in items of lists and values of maps', async () => {
    const small = { ...n, 'x-kubernetes-validations': [{ rule: 'self < 3', message: 'small' }] }
    const list = { type: 'array', maxItems: 5, items: small }
    const map = { type: 'object', maxProperties: 5, additionalProperties: small }
    await serve({ type: 'object', properties: { list, map } })
    const status = await refused(connection, create({ list: [1, 5], map: { k: 6 } }))
    expect(status['message']).toBe(
      'Thing.ex.io "a" is invalid: [spec.list[1]: Invalid value: 5: small, spec.map[k]: Invalid value: 6: small]',
    )
  })

  test('at the root sees the name', async () => {
    await serve(
      { type: 'object', properties: { n } },
      { 'x-kubernetes-validations': [{ rule: "self.metadata.name != 'a'", message: 'not a' }] },
    )
    const message = 'Thing.ex.io "a" is invalid: <nil>: Invalid value: not a'
    expect(await refused(connection, create({ n: 5 }))).toMatchObject({ message })
  })
})

test('rules wait until the object is valid otherwise', async () => {
  await serve({
    type: 'object',
    required: ['s'],
    properties: { n, s },
    'x-kubernetes-validations': [{ rule: 'self.n < 3' }],
  })
  const status = await refused(connection, create({ n: 5 }))
  expect(status['message']).toBe(
    'Thing.ex.io "a" is invalid: [spec.s: Required value, <nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation]',
  )
})

describe('transition rules', () => {
  test('run on updates only, and see what was there', async () => {
    await serve({
      type: 'object',
      properties: { s: { ...s, 'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 's immutable' }] } },
    })
    await ok(connection, create({ s: 'x' }))
    const message = 'Thing.ex.io "a" is invalid: spec.s: Invalid value: "y": s immutable'
    expect(await refused(connection, merge({ s: 'y' }))).toMatchObject({ message })
    await ok(connection, merge({ s: 'x' }))
  })

  test('find the counterpart of an item by its keys', async () => {
    const item = {
      type: 'object',
      required: ['k'],
      properties: { k: s, v: n },
      'x-kubernetes-validations': [{ rule: 'self.v >= oldSelf.v', message: 'only up' }],
    }
    const list = {
      type: 'array',
      maxItems: 5,
      items: item,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k'],
    }
    await serve({ type: 'object', properties: { list } })
    await ok(
      connection,
      create({
        list: [
          { k: 'a', v: 1 },
          { k: 'b', v: 5 },
        ],
      }),
    )
    await ok(
      connection,
      merge({
        list: [
          { k: 'b', v: 5 },
          { k: 'a', v: 2 },
          { k: 'c', v: 0 },
        ],
      }),
    )
    const status = await refused(
      connection,
      merge({
        list: [
          { k: 'a', v: 2 },
          { k: 'b', v: 4 },
        ],
      }),
    )
    expect(status['message']).toBe('Thing.ex.io "a" is invalid: spec.list[1]: Invalid value: only up')
  })

  test('with optionalOldSelf also run on create', async () => {
    const rule = { rule: "oldSelf.hasValue() || self == 'first'", optionalOldSelf: true, message: 'first is first' }
    await serve({ type: 'object', properties: { s: { ...s, 'x-kubernetes-validations': [rule] } } })
    await refused(connection, create({ s: 'second' }))
    await ok(connection, create({ s: 'first' }))
    await ok(connection, merge({ s: 'second' }))
  })
})

test('what an update leaves alone is forgiven with a warning when rules have become stricter', async () => {
  await serve({ type: 'object', properties: { n, s } })
  await ok(connection, create({ n: 5, s: 'x' }))
  await tighten({
    type: 'object',
    properties: { n: { ...n, 'x-kubernetes-validations': [{ rule: 'self < 3', message: 'small' }] }, s },
  })
  const reply = await connection.request(merge({ s: 'y' }))
  expect(reply.status).toBe(200)
  expect(reply.warnings).toEqual(['spec.n: Invalid value: 5: small'])
  await refused(connection, merge({ n: 6 }))
})

test('an object whose rules cost too much is refused', async () => {
  const list = { type: 'array', maxItems: 400, items: n }
  const rule = { rule: 'self.list.all(a, self.list.all(b, a + b >= 0))' }
  await serve({ type: 'object', properties: { list }, 'x-kubernetes-validations': [rule] })
  await ok(connection, create({ list: [1, 2] }))
  const status = await refused(connection, merge({ list: Array.from({ length: 400 }, () => 1) }))
  expect(status['message']).toBe(
    `Thing.ex.io "a" is invalid: spec: Invalid value: "object": 'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: ${rule.rule}`,
  )
})

describe('a CRD is refused', () => {
  const list = { type: 'array', items: { ...n } }
  test.each<[string, JsonObject, JsonObject, string]>([
    ['that has an empty rule', { n }, { rule: ' ' }, '.rule: Required value: rule is not specified'],
    [
      'that names an unknown reason',
      { n },
      { rule: 'true', reason: 'Nope' },
      '.reason: Unsupported value: "Nope": supported values: "FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"',
    ],
    [
      'that names a field that is not there',
      { n },
      { rule: 'true', fieldPath: '.x' },
      '.fieldPath: Invalid value: ".x": must be a valid path',
    ],
    [
      'whose rule does not compile',
      { n },
      { rule: 'self.x == 1' },
      `.rule: Invalid value: {"rule":"self.x == 1"}: compilation failed: ERROR: <input>:1:5: undefined field 'x'`,
    ],
    [
      'whose rule is no condition',
      { n },
      { rule: 'self.n' },
      '.rule: Invalid value: {"rule":"self.n"}: cel expression must evaluate to a bool',
    ],
    [
      'whose message expression is no text',
      { n },
      { rule: 'true', messageExpression: 'self.n' },
      'messageExpression must evaluate to a string',
    ],
    [
      'whose rule has line breaks and no message',
      { n },
      { rule: 'true &&\ntrue' },
      '.message: Required value: message must be specified if rule contains line breaks',
    ],
    [
      'that sets optionalOldSelf for nothing',
      { n },
      { rule: 'true', optionalOldSelf: true },
      '.optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule',
    ],
    [
      'whose rule may cost too much',
      { list },
      { rule: 'self.list.all(a, self.list.all(b, a == b))' },
      '.rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)',
    ],
    [
      'whose rules together may cost too much',
      { list },
      { rule: 'self.list.all(a, self.list.all(b, a == b))' },
      'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x',
    ],
  ])('%s', async (_what, properties, rule, text) => {
    const body = crd({ type: 'object', properties, 'x-kubernetes-validations': [rule] })
    const status = await refused(connection, { verb: 'create', ...crds, body })
    expect(status).toMatchObject({ code: 422, reason: 'Invalid' })
    expect(status['message']).toContain(text)
  })

  test('whose rule looks for the former item of a list without keys', async () => {
    const items = { ...n, 'x-kubernetes-validations': [{ rule: 'self == oldSelf' }] }
    const body = crd({ type: 'object', properties: { list: { type: 'array', maxItems: 3, items } } })
    const path = 'spec.versions[0].schema.openAPIV3Schema.properties[spec].properties[list]'
    expect((await refused(connection, { verb: 'create', ...crds, body }))['message']).toBe(
      `CustomResourceDefinition.apiextensions.k8s.io "things.ex.io" is invalid: ${path}.items.x-kubernetes-validations[0].rule: Invalid value: "self == oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within ${path}`,
    )
  })

  test('and taken once sizes are declared', async () => {
    await serve({
      type: 'object',
      properties: { list: { type: 'array', maxItems: 100, items: n } },
      'x-kubernetes-validations': [{ rule: 'self.list.all(a, self.list.all(b, a == b))' }],
    })
  })
})
