import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonValue } from '../index.ts'
import { applyJsonPatch, deepFreeze, PatchError, patchFailure } from '../index.ts'

const patch = (document: JsonValue, ...operations: JsonValue[]) =>
  applyJsonPatch(deepFreeze(document), deepFreeze(operations))

describe('JSON patch', () => {
  it.each<[string, JsonValue, JsonValue[], JsonValue]>([
    ['adds a member', { a: 1 }, [{ op: 'add', path: '/b', value: 2 }], { a: 1, b: 2 }],
    ['adds over a member', { a: 1 }, [{ op: 'add', path: '/a', value: null }], { a: null }],
    ['inserts into a list', { a: [1, 3] }, [{ op: 'add', path: '/a/1', value: 2 }], { a: [1, 2, 3] }],
    ['appends with -', { a: [1] }, [{ op: 'add', path: '/a/-', value: 2 }], { a: [1, 2] }],
    ['appends with -1', { a: [1] }, [{ op: 'add', path: '/a/-1', value: 2 }], { a: [1, 2] }],
    ['removes from the end', { a: [1, 2] }, [{ op: 'remove', path: '/a/-1' }], { a: [1] }],
    ['replaces from the end', { a: [1, 2] }, [{ op: 'replace', path: '/a/-2', value: 0 }], { a: [0, 2] }],
    ['moves', { a: { b: [1] }, c: {} }, [{ op: 'move', from: '/a/b', path: '/c/d' }], { a: {}, c: { d: [1] } }],
    ['moves null', { a: null }, [{ op: 'move', from: '/a', path: '/b' }], { b: null }],
    [
      'tests',
      { a: { b: [1, { c: null }] } },
      [{ op: 'test', path: '/a', value: { b: [1, { c: null }] } }],
      { a: { b: [1, { c: null }] } },
    ],
    ['tests an absent member against null', { a: {} }, [{ op: 'test', path: '/a/x', value: null }], { a: {} }],
    ['tests an absent member without a value', { a: {} }, [{ op: 'test', path: '/a/x' }], { a: {} }],
    ['reads ~0 and ~1', { 'a/b': { '~': 1 } }, [{ op: 'replace', path: '/a~1b/~0', value: 2 }], { 'a/b': { '~': 2 } }],
    ['adds a value that is missing as null', {}, [{ op: 'add', path: '/a' }], { a: null }],
    [
      'keeps copies apart',
      { a: { x: 1 } },
      [
        { op: 'copy', from: '/a', path: '/b' },
        { op: 'replace', path: '/b/x', value: 2 },
        { op: 'add', path: '/a/y', value: 3 },
      ],
      { a: { x: 1, y: 3 }, b: { x: 2 } },
    ],
  ])('%s', (_name, document, operations, expected) => {
    expect(patch(document, ...operations)).toEqual(expected)
  })

  it.each<[JsonValue, JsonValue]>([
    [{}, { op: 'remove', path: '/a' }],
    [{}, { op: 'replace', path: '/a', value: 1 }],
    [{}, { op: 'add', path: '/a/b', value: 1 }],
    [{ a: [] }, { op: 'add', path: '/a/1', value: 1 }],
    [{ a: [] }, { op: 'remove', path: '/a/-1' }],
    [{ a: [1] }, { op: 'replace', path: '/a/x', value: 1 }],
    [{ a: 1 }, { op: 'test', path: '/a', value: 2 }],
    [{ a: 1 }, { op: 'replace', path: '', value: {} }],
    [{ a: 1 }, { op: 'fly', path: '/a' }],
    [{ a: 1 }, { op: 'add' }],
    [{}, { op: 'copy', from: '/constructor', path: '/a' }],
  ])('refuses %j: %j with 422 and leaves the document alone', (document, operation) => {
    const before = structuredClone(document)
    try {
      patch(document, { op: 'add', path: '/first', value: 1 }, operation)
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(PatchError)
      expect(patchFailure(error as PatchError).status).toEqual({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'the server rejected our request due to an error in our request',
        reason: 'Invalid',
        details: {},
        code: 422,
      })
    }
    expect(document).toEqual(before)
  })

  it('refuses what is no patch with 400, and what is too much with 413', () => {
    expect(() => applyJsonPatch({}, {})).toThrow(
      'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
    )
    const many = Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/a' }))
    expect(() => applyJsonPatch({}, many)).toThrow('The allowed maximum operations in a JSON patch is 10000, got 10001')
    const bomb = Array.from({ length: 40 }, () => ({ op: 'copy', from: '/a', path: '/a/-' }))
    expect(() => applyJsonPatch({ a: ['x'.repeat(100)] }, bomb)).toThrow(/exceed/)
  })

  it('treats __proto__ as a name like any other', () => {
    const result = patch({ a: 1 }, { op: 'add', path: '/__proto__', value: { polluted: true } })
    expect(Object.hasOwn(Object(result), '__proto__')).toBe(true)
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype)
    expect(() => patch({}, { op: 'add', path: '/__proto__/polluted', value: true })).toThrow(PatchError)
    expect(() => patch({}, { op: 'add', path: '/constructor/prototype/polluted', value: true })).toThrow(PatchError)
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })

  it('shares what it does not touch', () => {
    const document = { a: { x: 1 }, b: [{ y: 1 }, { z: 1 }] }
    const result = Object(patch(document, { op: 'replace', path: '/b/0/y', value: 2 }))
    expect(result.a).toBe(document.a)
    expect(result.b[1]).toBe(document.b[1])
  })

  it('undoes an addition by a removal, wherever it was', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.jsonValue(), fc.nat(), (list, value, at) => {
        const path = `/list/${at % (list.length + 1)}`
        const document = JSON.parse(JSON.stringify({ list }))
        const result = patch(
          document,
          { op: 'add', path, value: JSON.parse(JSON.stringify(value)) },
          { op: 'remove', path },
        )
        expect(result).toEqual(document)
      }),
    )
  })
})
