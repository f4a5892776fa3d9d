import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonValue } from '../index.ts'
import { applyMergePatch, createMergePatch, deepClone, deepEqual, deepFreeze, parseJson } from '../index.ts'

/** JSON without null members: what a merge patch can express. */
const json = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor'), tie('value'), { maxKeys: 4 }),
  ),
})).value

describe('merge patch', () => {
  it.each<[JsonValue, JsonValue, JsonValue]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'foo' }, null, null],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j patched with %j is %j', (target, patch, expected) => {
    expect(applyMergePatch(deepFreeze(target), deepFreeze(patch))).toEqual(expected)
  })

  it('returns the same object when nothing changes and shares what it does not touch', () => {
    const target = deepFreeze({ a: { x: 1 }, b: [1], c: { d: 1 } })
    expect(applyMergePatch(target, { a: { x: 1 }, b: [1], z: null })).toBe(target)
    const result = Object(applyMergePatch(target, { a: { x: 2 } }))
    expect(result.c).toBe(target.c)
  })

  it('applying the created patch gives the target, and equal values need none', () => {
    fc.assert(
      fc.property(json, json, (from, to) => {
        const patch = createMergePatch(deepFreeze(from), deepFreeze(to))
        expect(patch === undefined).toBe(deepEqual(from, to))
        const result = patch === undefined ? from : applyMergePatch(from, patch)
        expect(deepEqual(result, to)).toBe(true)
        expect(createMergePatch(from, deepClone(from))).toBeUndefined()
      }),
      { numRuns: 500 },
    )
  })

  it('keeps hostile keys as data', () => {
    const patch = parseJson('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}').value
    const result = applyMergePatch({ a: 1 }, patch)
    expect(JSON.stringify(result)).toBe('{"a":1,"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}')
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
    expect(Reflect.get(Object, 'polluted')).toBeUndefined()
  })
})
