import type { Schema } from '@kairship/api'
import { describe, expect, it } from 'vitest'
import { fieldErrorText } from '../../builtin/invalid.ts'
import { applyDefaults } from './default.ts'
import { SchemaNode } from './node.ts'
import { Pruner } from './prune.ts'
import { withoutUnchanged } from './ratchet.ts'
import { validateLists, validateSchema } from './validate.ts'

function node(spec: Schema): SchemaNode {
  return new SchemaNode({ type: 'object', properties: { spec } })
}
function object(properties: { [name: string]: Schema }, more: Schema = {}): Schema {
  return { type: 'object', properties, ...more }
}
function problems(spec: Schema, value: unknown): string[] {
  const root = node(spec)
  return [...validateSchema({ spec: value }, root, ''), ...validateLists({ spec: value }, root, '')].map(fieldErrorText)
}
function pruned(spec: Schema, value: object): { value: unknown; unknown: string[] } {
  const pruner = new Pruner()
  const result = pruner.root({ spec: value }, node(spec))
  return { value: result['spec'], unknown: pruner.unknown }
}
function defaulted(spec: Schema, value: unknown): unknown {
  const whole = { spec: value }
  applyDefaults(whole, node(spec))
  return whole.spec
}

describe('validation of custom resources', () => {
  it('names the expected and the actual type', () => {
    expect(problems(object({ s: { type: 'string' } }), { s: 1 })).toEqual([
      'spec.s: Invalid value: "integer": spec.s in body must be of type string: "integer"',
    ])
    expect(problems(object({ n: { type: 'integer' } }), { n: 1.5 })).toEqual([
      'spec.n: Invalid value: "number": spec.n in body must be of type integer: "number"',
    ])
    expect(problems(object({ n: { type: 'number' } }), { n: 1 })).toEqual([])
  })

  it('words limits as upstream does', () => {
    const spec = object({
      s: { type: 'string', maxLength: 5 },
      n: { type: 'integer', minimum: 1, maximum: 3 },
      x: { type: 'integer', minimum: 1, exclusiveMinimum: true, multipleOf: 2 },
      mode: { type: 'string', enum: ['A', 'B'] },
      p: { type: 'string', pattern: '^a+$' },
      list: { type: 'array', maxItems: 1, items: { type: 'string' } },
      few: { type: 'array', minItems: 2, items: { type: 'string' } },
    })
    const value = { s: 'toolong', n: 0, x: 1, mode: 'x', p: 'b', list: ['a', 'b'], few: ['a'] }
    expect(problems(spec, value)).toEqual([
      'spec.s: Too long: may not be more than 5 bytes',
      'spec.n: Invalid value: 0: spec.n in body should be greater than or equal to 1',
      'spec.x: Invalid value: 1: spec.x in body should be a multiple of 2',
      'spec.x: Invalid value: 1: spec.x in body should be greater than 1',
      'spec.mode: Unsupported value: "x": supported values: "A", "B"',
      'spec.p: Invalid value: "b": spec.p in body should match \'^a+$\'',
      'spec.list: Too many: 2: must have at most 1 items',
      'spec.few: Invalid value: 1: spec.few in body should have at least 2 items',
    ])
  })

  it('reports missing fields', () => {
    expect(problems(object({ p: { type: 'string' } }, { required: ['p'] }), {})).toEqual(['spec.p: Required value'])
  })

  it('answers patterns that would keep a backtracking engine busy for years', () => {
    expect(problems(object({ p: { type: 'string', pattern: '^(a+)+$' } }), { p: `${'a'.repeat(5000)}!` })).toHaveLength(
      1,
    )
  })

  it('checks formats it knows and ignores others', () => {
    const spec = object({ d: { type: 'string', format: 'date-time' }, o: { type: 'string', format: 'color-of-sky' } })
    expect(problems(spec, { d: 'x', o: 'x' })).toEqual([
      'spec.d: Invalid value: "x": spec.d in body must be of type date-time: "x"',
    ])
    expect(problems(spec, { d: '2026-01-01T00:00:00Z' })).toEqual([])
  })

  it('lets null stand only where it is nullable', () => {
    expect(problems(object({ s: { type: 'string', nullable: true } }), { s: null })).toEqual([])
    expect(problems({ type: 'object' }, null)).toEqual([
      'spec: Invalid value: "null": spec in body must be of type object: "null"',
    ])
  })

  it('takes integers and strings for int-or-string', () => {
    const spec = object({ p: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] } })
    expect(problems(spec, { p: 1 })).toEqual([])
    expect(problems(spec, { p: '1' })).toEqual([])
    expect(problems(spec, { p: true })[0]).toBe(
      'spec.p: Invalid value: "boolean": spec.p in body must be of type integer,string: "boolean"',
    )
  })

  it('finds repeated items of sets and repeated keys of maps', () => {
    const set: Schema = { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } }
    expect(problems(set, ['a', 'b', 'a', 'a'])).toEqual(['spec[2]: Duplicate value: "a"'])
    const ports: Schema = {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['p'],
      items: object({ p: { type: 'integer' }, q: { type: 'integer' } }),
    }
    expect(
      problems(object({ ports }), {
        ports: [
          { p: 1, q: 1 },
          { p: 1, q: 2 },
        ],
      }),
    ).toEqual(['spec.ports[1]: Duplicate value: {"p":1}'])
  })

  it('explains oneOf, anyOf, allOf and not', () => {
    const either = { oneOf: [{ required: ['a'] }, { required: ['b'] }] }
    const spec = object({ a: { type: 'string' }, b: { type: 'string' } }, either)
    expect(problems(spec, { a: 'x' })).toEqual([])
    expect(problems(spec, { a: 'x', b: 'x' })).toEqual([
      '<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found 2 valid alternatives',
    ])
    expect(problems(spec, {})[0]).toBe(
      '<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found none valid',
    )
    const not = object({ a: { type: 'string', not: { enum: ['x'] } } })
    expect(problems(not, { a: 'x' })).toEqual(['<nil>: Invalid value: "": "spec.a" must not validate the schema (not)'])
  })
})

describe('pruning', () => {
  it('drops what the schema does not know, at any depth, and says where', () => {
    const spec = object({ list: { type: 'array', items: object({ a: { type: 'string' } }) } })
    expect(pruned(spec, { x: 1, list: [{ a: '1', b: 2 }] })).toEqual({
      value: { list: [{ a: '1' }] },
      unknown: ['spec.x', 'spec.list[0].b'],
    })
  })

  it('keeps everything under preserve-unknown-fields but prunes again where fields are described', () => {
    const spec = object({ known: object({ a: { type: 'string' } }) }, { 'x-kubernetes-preserve-unknown-fields': true })
    expect(pruned(spec, { any: { thing: [1] }, known: { a: 'x', b: 1 } })).toEqual({
      value: { any: { thing: [1] }, known: { a: 'x' } },
      unknown: ['spec.known.b'],
    })
  })

  it('keeps type and metadata of embedded resources', () => {
    const spec = object({ r: object({ spec: { type: 'object' } }, { 'x-kubernetes-embedded-resource': true }) })
    const value = { r: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' }, other: 1 } }
    expect(pruned(spec, value).value).toEqual({ r: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' } } })
  })

  it('drops nulls that may not stand and give way to no default', () => {
    const spec = object({
      a: { type: 'string' },
      b: { type: 'string', nullable: true },
      c: { type: 'string', default: 'd' },
    })
    expect(pruned(spec, { a: null, b: null, c: null }).value).toEqual({ b: null, c: null })
  })
})

describe('defaulting', () => {
  it('fills in defaults below objects that are there, and puts them in place of nulls', () => {
    const spec = object({
      a: { type: 'string', default: 'x' },
      n: { type: 'string', nullable: true, default: 'x' },
      o: object({ b: { type: 'integer', default: 1 } }),
      p: object({ b: { type: 'integer', default: 1 } }, { default: {} }),
    })
    expect(defaulted(spec, { n: null })).toEqual({ a: 'x', n: null, p: { b: 1 } })
    expect(defaulted(spec, { a: null, o: {} })).toEqual({ a: 'x', n: 'x', o: { b: 1 }, p: { b: 1 } })
  })

  it('gives every object its own copy of a default', () => {
    const spec = object({ o: { type: 'object', default: {}, additionalProperties: { type: 'string' } } })
    const first = defaulted(spec, {}) as { o: object }
    const second = defaulted(spec, {}) as { o: object }
    expect(first.o).not.toBe(second.o)
  })
})

describe('ratcheting', () => {
  const spec = object({
    s: { type: 'string', maxLength: 3 },
    other: { type: 'string' },
    m: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k'],
      items: object({ k: { type: 'string' }, v: { type: 'string', maxLength: 3 } }),
    },
  })
  const left = (now: object, old: object): string[] => {
    const root = node(spec)
    const found = validateSchema({ spec: now }, root, '')
    return withoutUnchanged(found, { spec: now }, { spec: old }, root).map((error) => error.field)
  }

  it('forgives errors that an update leaves as they were', () => {
    expect(left({ s: 'toolong', other: 'new' }, { s: 'toolong', other: 'old' })).toEqual([])
    expect(left({ s: 'longer' }, { s: 'toolong' })).toEqual(['spec.s'])
  })

  it('follows items of map lists by their keys', () => {
    const old = { m: [{ k: 'a', v: 'toolong' }] }
    expect(
      left(
        {
          m: [
            { k: 'b', v: 'x' },
            { k: 'a', v: 'toolong' },
          ],
        },
        old,
      ),
    ).toEqual([])
    expect(left({ m: [{ k: 'c', v: 'toolong' }] }, old)).toEqual(['spec.m[0].v'])
  })
})
