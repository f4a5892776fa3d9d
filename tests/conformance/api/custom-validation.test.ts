import type { JsonObject } from '@kairship/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { crd, crds, foo, install } from './objects.ts'
import { at, eventually, startWorld, type World } from './support.ts'

const merge = 'application/merge-patch+json'
const schema: JsonObject = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        s: { type: 'string', maxLength: 5, minLength: 2 },
        n: { type: 'integer', minimum: 1, maximum: 9, multipleOf: 3 },
        mode: { type: 'string', enum: ['A', 'B'] },
        p: {
          type: 'object',
          required: ['must'],
          properties: { must: { type: 'string' } },
        },
        set: { type: 'array', 'x-kubernetes-list-type': 'set', maxItems: 3, items: { type: 'string' } },
        ports: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['p'],
          items: { type: 'object', required: ['p'], properties: { p: { type: 'integer' }, q: { type: 'string' } } },
        },
        pattern: { type: 'string', pattern: '^a+$' },
        either: { 'x-kubernetes-int-or-string': true },
        when: { type: 'string', format: 'date-time' },
        other: { type: 'string', format: 'nobody-knows' },
        none: { type: 'string', nullable: true },
        def: { type: 'string', default: 'D' },
        nullableDef: { type: 'string', default: 'D', nullable: true },
        nested: { type: 'object', properties: { inner: { type: 'integer', default: 7 } } },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        embedded: {
          type: 'object',
          'x-kubernetes-embedded-resource': true,
          'x-kubernetes-preserve-unknown-fields': true,
        },
        exact: {
          type: 'object',
          properties: { a: { type: 'string' }, b: { type: 'string' } },
          oneOf: [{ required: ['a'] }, { required: ['b'] }],
        },
      },
    },
  },
}

describe('Custom resources', () => {
  let world: World
  const foos = '/apis/ex.io/v1/namespaces/test/foos'
  let count = 0
  beforeAll(async () => {
    world = await startWorld()
    await world.namespace('test')
    await install(world, crd(schema))
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const make = (spec: JsonObject): JsonObject => foo(`f${count++}`, { spec })
  const create = (spec: JsonObject): Promise<JsonObject> => world.ok('POST', foos, { body: make(spec) })
  /** The one cause of the refusal as `reason | field: message`. */
  const fault = async (spec: JsonObject): Promise<string> => {
    const { code, details } = await world.refused('POST', foos, { body: make(spec) })
    expect(code).toBe(422)
    return `${String(at(details, 'causes.0.reason'))} | ${String(at(details, 'causes.0.field'))}: ${String(at(details, 'causes.0.message'))}`
  }

  it('lose what the schema does not know, with a warning', async () => {
    const { code, headers, json } = await world.call('POST', foos, {
      body: make({ s: 'ok', unknown: 1, nested: { x: 1 } }),
    })
    expect(code).toBe(201)
    expect(json['spec']).toEqual({ s: 'ok', nested: { inner: 7 }, def: 'D', nullableDef: 'D' })
    expect(headers['warning']).toContain('unknown field \\"spec.unknown\\"')
    expect(headers['warning']).toContain('unknown field \\"spec.nested.x\\"')
  })

  it('keep everything below preserve-unknown-fields', async () => {
    const free = { any: { thing: [1, { x: null }] } }
    expect(at(await create({ free }), 'spec.free')).toEqual(free)
  })

  it('keep apiVersion, kind and metadata of embedded resources, and require them', async () => {
    const embedded = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { x: 1 } }
    expect(at(await create({ embedded }), 'spec.embedded')).toEqual(embedded)
    expect(await fault({ embedded: { metadata: {} } })).toMatch(
      /^FieldValueRequired \| spec\.embedded\.apiVersion: Required value/,
    )
  })

  it('lose unknown metadata of embedded resources, with a warning', async () => {
    const metadata = { name: 'p', labels: { a: 'b' }, unknownSubMeta: 'x' }
    const body = make({ embedded: { apiVersion: 'v1', kind: 'Pod', metadata } })
    const { code, headers, json } = await world.call('POST', foos, { body })
    expect([code, at(json, 'spec.embedded.metadata')]).toEqual([201, { name: 'p', labels: { a: 'b' } }])
    expect(headers['warning']).toContain('unknown field \\"spec.embedded.metadata.unknownSubMeta\\"')
    const strict = await world.refused('POST', `${foos}?fieldValidation=Strict`, { body })
    expect([strict.code, strict.message]).toEqual([
      400,
      'Foo in version "v1" cannot be handled as a Foo: strict decoding error: unknown field "spec.embedded.metadata.unknownSubMeta"',
    ])
  })

  it('get defaults, also in place of null unless nullable', async () => {
    expect((await create({ def: null, nullableDef: null, nested: {} }))['spec']).toEqual({
      def: 'D',
      nullableDef: null,
      nested: { inner: 7 },
    })
    expect((await create({ none: null }))['spec']).toEqual({ none: null, def: 'D', nullableDef: 'D' })
  })

  it('drop unknown metadata with a warning and refuse metadata of the wrong type', async () => {
    const metadata = { name: 'meta', unknown: 'x' }
    const { code, headers, json } = await world.call('POST', foos, { body: foo('meta', { metadata }) })
    expect([code, at(json, 'metadata.unknown')]).toEqual([201, undefined])
    expect(headers['warning']).toContain('unknown field \\"metadata.unknown\\"')
    const wrong = await world.refused('POST', foos, { body: foo('m2', { metadata: { name: 'm2', labels: { a: 1 } } }) })
    expect(wrong.code).toBe(400)
  })

  it('are checked for types: FieldValueTypeInvalid', async () => {
    expect(await fault({ s: 1 })).toBe(
      'FieldValueTypeInvalid | spec.s: Invalid value: "integer": spec.s in body must be of type string: "integer"',
    )
    expect(await fault({ when: 'now' })).toBe(
      'FieldValueTypeInvalid | spec.when: Invalid value: "now": spec.when in body must be of type date-time: "now"',
    )
    expect(await fault({ either: true })).toContain('spec.either in body must be of type integer,string: "boolean"')
    expect(at(await create({ either: 1, other: 'anything', when: '2026-01-01T00:00:00Z' }), 'spec.either')).toBe(1)
  })

  it('are checked for lengths, ranges, enums, required fields and patterns', async () => {
    expect(await fault({ s: 'too long' })).toBe('FieldValueTooLong | spec.s: Too long: may not be more than 5 bytes')
    expect(await fault({ s: 'x' })).toBe(
      'FieldValueInvalid | spec.s: Invalid value: "x": spec.s in body should be at least 2 chars long',
    )
    expect(await fault({ n: 0 })).toBe(
      'FieldValueInvalid | spec.n: Invalid value: 0: spec.n in body should be greater than or equal to 1',
    )
    expect(await fault({ n: 12 })).toContain('spec.n in body should be less than or equal to 9')
    expect(await fault({ n: 4 })).toContain('spec.n in body should be a multiple of 3')
    expect(await fault({ mode: 'x' })).toBe(
      'FieldValueNotSupported | spec.mode: Unsupported value: "x": supported values: "A", "B"',
    )
    expect(await fault({ p: {} })).toBe('FieldValueRequired | spec.p.must: Required value')
    expect(await fault({ pattern: 'b' })).toBe(
      'FieldValueInvalid | spec.pattern: Invalid value: "b": spec.pattern in body should match \'^a+$\'',
    )
    expect(await fault({ set: ['a', 'b', 'c', 'd'] })).toBe(
      'FieldValueTooMany | spec.set: Too many: 4: must have at most 3 items',
    )
  })

  it('are checked for unique items of sets and keys of maps: FieldValueDuplicate', async () => {
    expect(await fault({ set: ['a', 'b', 'a'] })).toBe('FieldValueDuplicate | spec.set[2]: Duplicate value: "a"')
    expect(await fault({ ports: [{ p: 1 }, { p: 1 }] })).toBe(
      'FieldValueDuplicate | spec.ports[1]: Duplicate value: {"p":1}',
    )
  })

  it('are checked by oneOf', async () => {
    expect(await fault({ exact: { a: '1', b: '2' } })).toMatch(
      /must validate one and only one schema \(oneOf\)\. Found 2 valid alternatives$/,
    )
  })

  it('are told all their faults at once, with the Kind and group', async () => {
    const refused = await world.refused('POST', foos, { body: foo('all', { spec: { s: 'too long', n: 0 } }) })
    expect(refused.reason).toBe('Invalid')
    expect(refused.message).toBe(
      'Foo.ex.io "all" is invalid: [spec.s: Too long: may not be more than 5 bytes, spec.n: Invalid value: 0: spec.n in ' +
        'body should be greater than or equal to 1]',
    )
    expect(refused.details).toMatchObject({ name: 'all', group: 'ex.io', kind: 'Foo' })
  })

  it('may keep what a stricter schema forbids, as long as it stays as it was (ratcheting)', async () => {
    const loose: JsonObject = {
      type: 'object',
      properties: { spec: { type: 'object', properties: { s: { type: 'string' }, n: { type: 'integer' } } } },
    }
    const strict: JsonObject = {
      type: 'object',
      properties: {
        spec: { type: 'object', properties: { s: { type: 'string', maxLength: 3 }, n: { type: 'integer' } } },
      },
    }
    await install(world, crd(loose, { plural: 'tights', kind: 'Tight' }))
    const path = '/apis/ex.io/v1/namespaces/test/tights'
    await world.ok('POST', path, { body: { ...foo('a', { spec: { s: 'much too long', n: 1 } }), kind: 'Tight' } })
    const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: strict } }]
    await world.ok('PATCH', `${crds}/tights.ex.io`, { type: merge, body: { spec: { versions } } })
    const broken = { ...foo('b', { spec: { s: 'long' } }), kind: 'Tight' }
    await eventually(async () => expect((await world.call('POST', path, { body: broken })).code).toBe(422))
    const kept = await world.ok('PATCH', `${path}/a`, { type: merge, body: { spec: { n: 2 } } })
    expect(kept['spec']).toEqual({ s: 'much too long', n: 2 })
    const changed = await world.refused('PATCH', `${path}/a`, { type: merge, body: { spec: { s: 'also long' } } })
    expect(changed.message).toContain('spec.s: Too long: may not be more than 3 bytes')
  })

  it('get defaults of a newer schema when they are read', async () => {
    const plain: JsonObject = { type: 'object', properties: { spec: { type: 'object', properties: {} } } }
    await install(world, crd(plain, { plural: 'olds', kind: 'Old' }))
    const path = '/apis/ex.io/v1/namespaces/test/olds'
    await world.ok('POST', path, { body: { ...foo('a', { spec: {} }), kind: 'Old' } })
    const next: JsonObject = {
      type: 'object',
      properties: { spec: { type: 'object', properties: { late: { type: 'string', default: 'now' } } } },
    }
    const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: next } }]
    await world.ok('PATCH', `${crds}/olds.ex.io`, { type: merge, body: { spec: { versions } } })
    await eventually(async () => expect(at(await world.ok('GET', `${path}/a`), 'spec.late')).toBe('now'))
    expect(at(await world.ok('GET', path), 'items.0.spec.late')).toBe('now')
  })
})
