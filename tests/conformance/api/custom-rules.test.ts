import type { JsonObject } from '@kairship/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { crd, crds, foo, install } from './objects.ts'
import { at, eventually, list, startWorld, text, type World } from './support.ts'

const merge = 'application/merge-patch+json'
const rules: readonly JsonObject[] = [
  { rule: '!has(self.n) || self.n <= 5', message: 'n too big' },
  { rule: '!has(self.m) || self.m < 3', messageExpression: '"m is " + string(self.m)' },
  { rule: '!has(self.r) || self.r', reason: 'FieldValueForbidden', fieldPath: '.r', message: 'r must hold' },
  { rule: '!has(self.q) || self.q == "x"', reason: 'FieldValueRequired', fieldPath: '.q', message: 'q please' },
  { rule: '!has(self.d) || self.d == "x"', reason: 'FieldValueDuplicate', fieldPath: '.d', message: 'd again' },
]
const schema: JsonObject = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      'x-kubernetes-validations': [...rules],
      properties: {
        n: { type: 'integer' },
        m: { type: 'integer' },
        r: { type: 'boolean' },
        q: { type: 'string' },
        d: { type: 'string' },
        short: { type: 'string', maxLength: 3 },
        s: {
          type: 'string',
          maxLength: 100,
          'x-kubernetes-validations': [
            { rule: 'self == oldSelf', message: 's immutable', reason: 'FieldValueForbidden' },
          ],
        },
        once: {
          type: 'string',
          maxLength: 100,
          'x-kubernetes-validations': [
            {
              rule: '!oldSelf.hasValue() || self.startsWith(oldSelf.value())',
              optionalOldSelf: true,
              message: 'only longer',
            },
          ],
        },
        plain: { type: 'string', maxLength: 10, 'x-kubernetes-validations': [{ rule: 'self != "no"' }] },
        list: {
          type: 'array',
          maxItems: 10,
          items: {
            type: 'object',
            properties: { v: { type: 'integer' } },
            'x-kubernetes-validations': [{ rule: 'self.v > 0' }],
          },
        },
        address: {
          type: 'string',
          maxLength: 50,
          'x-kubernetes-validations': [{ rule: 'isIP(self)', message: 'no address' }],
        },
        size: {
          type: 'string',
          maxLength: 20,
          'x-kubernetes-validations': [{ rule: 'quantity(self).isLessThan(quantity("1Gi"))', message: 'too large' }],
        },
        namespace: {
          type: 'string',
          maxLength: 10,
          'x-kubernetes-validations': [{ rule: 'self.matches("^[a-z]+$")' }],
        },
      },
    },
  },
}

describe('Rules of custom resources (CEL)', () => {
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
  /** The one cause of the refusal as `reason | field: message`. */
  const fault = async (spec: JsonObject): Promise<string> => {
    const { code, details } = await world.refused('POST', foos, { body: make(spec) })
    expect([code, list(details, 'causes').length]).toEqual([422, 1])
    return `${text(details, 'causes.0.reason')} | ${text(details, 'causes.0.field')}: ${text(details, 'causes.0.message')}`
  }

  it('refuse with their message: 422', async () => {
    expect(await world.refused('POST', foos, { body: foo('big', { spec: { n: 9 } }) })).toEqual({
      code: 422,
      reason: 'Invalid',
      message: 'Foo.ex.io "big" is invalid: spec: Invalid value: n too big',
      details: {
        name: 'big',
        group: 'ex.io',
        kind: 'Foo',
        causes: [{ reason: 'FieldValueInvalid', message: 'Invalid value: n too big', field: 'spec' }],
      },
    })
    expect((await world.call('POST', foos, { body: make({ n: 5 }) })).code).toBe(201)
  })

  it('make their message with messageExpression, else of the rule itself', async () => {
    expect(await fault({ m: 7 })).toBe('FieldValueInvalid | spec: Invalid value: m is 7')
    expect(await fault({ plain: 'no' })).toMatch(
      /^FieldValueInvalid \| spec\.plain: Invalid value: .*failed rule: self != "no"$/,
    )
  })

  it('name the field and reason that they are told to', async () => {
    expect(await fault({ r: false })).toBe('FieldValueForbidden | spec.r: Forbidden: r must hold')
    expect(await fault({ q: 'y' })).toBe('FieldValueRequired | spec.q: Required value: q please')
    expect(await fault({ d: 'y' })).toMatch(/^FieldValueDuplicate \| spec\.d: Duplicate value/)
  })

  it('compare with oldSelf on updates only', async () => {
    const created = await world.ok('POST', foos, { body: foo('old', { spec: { s: 'a' } }) })
    expect(at(created, 'spec.s')).toBe('a')
    const refused = await world.refused('PATCH', `${foos}/old`, { type: merge, body: { spec: { s: 'b' } } })
    expect(refused.message).toBe('Foo.ex.io "old" is invalid: spec.s: Forbidden: s immutable')
    await world.ok('PATCH', `${foos}/old`, { type: merge, body: { spec: { n: 1 } } })
    await world.ok('PATCH', `${foos}/old`, { type: merge, body: { spec: { s: null } } })
  })

  it('may look at an oldSelf that may be missing (optionalOldSelf)', async () => {
    await world.ok('POST', foos, { body: foo('grow', { spec: { once: 'a' } }) })
    await world.ok('PATCH', `${foos}/grow`, { type: merge, body: { spec: { once: 'ab' } } })
    const refused = await world.refused('PATCH', `${foos}/grow`, { type: merge, body: { spec: { once: 'b' } } })
    expect(refused.message).toContain('only longer')
  })

  it('hold for items of lists, whose index is told', async () => {
    expect(await fault({ list: [{ v: 1 }, { v: 0 }] })).toMatch(
      /^FieldValueInvalid \| spec\.list\[1\]: Invalid value: /,
    )
  })

  it('have Kubernetes’ own functions: addresses, quantities, patterns', async () => {
    const ok = { address: '10.0.0.1', size: '512Mi', namespace: 'abc' }
    expect((await world.call('POST', foos, { body: make(ok) })).code).toBe(201)
    expect(await fault({ address: 'nowhere' })).toContain('no address')
    expect(await fault({ size: '2Gi' })).toContain('too large')
    expect(await fault({ namespace: 'A1' })).toContain('failed rule')
  })

  it('are not asked when the object is invalid anyway, which is told', async () => {
    const refused = await world.refused('POST', foos, { body: foo('both', { spec: { n: 9, short: 'too long' } }) })
    expect(refused.message).toBe(
      'Foo.ex.io "both" is invalid: [spec.short: Too long: may not be more than 3 bytes, <nil>: Invalid value: null: some ' +
        'validation rules were not checked because the object was invalid; correct the existing errors to complete validation]',
    )
  })

  it('must compile: a CRD with a broken rule is refused', async () => {
    const broken = (rule: string): JsonObject =>
      crd(
        { type: 'object', properties: { spec: { type: 'object', 'x-kubernetes-validations': [{ rule }] } } },
        { plural: 'brokens', kind: 'Broken' },
      )
    const field = 'spec.versions[0].schema.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule'
    for (const [rule, detail] of [
      ['self.nope == 1', 'undefined field'],
      ['1 +', 'compilation failed'],
      ['"text"', 'must evaluate to a bool'],
    ] as const) {
      const refused = await world.refused('POST', crds, { body: broken(rule) })
      expect([rule, refused.code]).toEqual([rule, 422])
      expect(refused.message).toContain(field)
      expect(refused.message).toContain(detail)
    }
  })

  it('must not cost too much: a CRD with a rule over unbounded lists is refused', async () => {
    const costly: JsonObject = {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          properties: { list: { type: 'array', items: { type: 'string' } } },
          'x-kubernetes-validations': [{ rule: 'self.list.all(a, self.list.all(b, a == b || a.contains(b)))' }],
        },
      },
    }
    const refused = await world.refused('POST', crds, { body: crd(costly, { plural: 'costlies', kind: 'Costly' }) })
    expect(refused.code).toBe(422)
    expect(refused.message).toMatch(/estimated rule cost .*exceeds budget/)
  })

  it('of a newer schema hold for what changes, not for what stays (ratcheting)', async () => {
    const loose: JsonObject = {
      type: 'object',
      properties: { spec: { type: 'object', properties: { a: { type: 'string' }, b: { type: 'string' } } } },
    }
    const strict: JsonObject = {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          properties: {
            a: {
              type: 'string',
              maxLength: 100,
              'x-kubernetes-validations': [{ rule: 'self == "good"', message: 'not good' }],
            },
            b: { type: 'string' },
          },
        },
      },
    }
    await install(world, crd(loose, { plural: 'tights', kind: 'Tight' }))
    const path = '/apis/ex.io/v1/namespaces/test/tights'
    await world.ok('POST', path, { body: { ...foo('a', { spec: { a: 'bad' } }), kind: 'Tight' } })
    const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: strict } }]
    await world.ok('PATCH', `${crds}/tights.ex.io`, { type: merge, body: { spec: { versions } } })
    const broken = { ...foo('b', { spec: { a: 'bad' } }), kind: 'Tight' }
    await eventually(async () => expect((await world.call('POST', path, { body: broken })).code).toBe(422))
    await world.ok('PATCH', `${path}/a`, { type: merge, body: { spec: { b: 'x' } } })
    expect(
      (await world.refused('PATCH', `${path}/a`, { type: merge, body: { spec: { a: 'worse' } } })).message,
    ).toContain('not good')
  })
})
