import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  deepClone,
  deepEqual,
  deepFreeze,
  getPath,
  getString,
  isRawJson,
  parseJson,
  stringifyJson,
  withPath,
} from '../index.ts'

const duplicates = (text: string) => parseJson(text, { duplicates: true }).duplicateFields

describe('parseJson', () => {
  it('keeps integers beyond 2^53 exactly, and writes 1.0, 1e3 and too large integers as Kubernetes does', () => {
    const text = '{"a":9007199254740993,"b":[-9223372036854775808,9223372036854775807],"c":1.0,"d":1e3,"e":1.5}'
    expect(stringifyJson(parseJson(text).value)).toBe(
      '{"a":9007199254740993,"b":[-9223372036854775808,9223372036854775807],"c":1,"d":1000,"e":1.5}',
    )
    expect(parseJson('9223372036854775808').value).toBe(9223372036854775808)
    expect(parseJson('99999999999999999999').value).toBe(1e20)
    expect(isRawJson(parseJson('[9007199254740993]').value)).toBe(false)
  })

  it('reports repeated keys in document order with upstream paths, and the last value wins', () => {
    const text =
      '{"data":{"a":"1","a":"2"},"spec":{"containers":[{"name":"x","name":"y"},{"name":"z"}]},"k":1,"k":2,"k":3}'
    expect(duplicates(text)).toEqual(['data.a', 'spec.containers[0].name', 'k'])
    expect(parseJson(text, { duplicates: true }).value).toMatchObject({ data: { a: '2' }, k: 3 })
    expect(parseJson(text).duplicateFields).toEqual([])
    expect(duplicates('{"a":"x:y\\":{","b":{"a":[{"a":1}]}}')).toEqual([])
    expect(duplicates('{"a":1,"\\u0061":2}')).toEqual(['a'])
  })

  it('keeps __proto__ and constructor as ordinary keys and pollutes nothing', () => {
    for (const text of [
      '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
      '{"__proto__":{"polluted":true},"n":9007199254740993,"n":1}',
    ]) {
      const { value } = parseJson(text, { duplicates: true })
      const copy = deepClone(value)
      expect(Object.hasOwn(Object(copy), '__proto__')).toBe(true)
      expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
      expect(deepEqual(copy, value)).toBe(true)
      expect(getPath(copy, ['__proto__', 'polluted'])).toBe(true)
    }
    expect(getPath({}, ['__proto__'])).toBeUndefined()
    expect(getPath({}, ['constructor'])).toBeUndefined()
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })

  it('refuses nesting that would exhaust the stack of whoever walks the value', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000)
    expect(() => parseJson(deep)).toThrow('exceeded max depth')
    expect(() => parseJson('{"a":'.repeat(600) + '1' + '}'.repeat(600))).toThrow('exceeded max depth')
    expect(() => parseJson('['.repeat(600) + '1,')).toThrow('exceeded max depth')
    expect(() => parseJson('['.repeat(500) + ']'.repeat(500))).not.toThrow()
    expect(() => parseJson(`${'['.repeat(500)}9007199254740993${']'.repeat(500)}`)).not.toThrow()
  })

  it.each([
    ['', 'unexpected end of JSON input'],
    ['{', 'unexpected end of JSON input'],
    ['{"a":1', 'unexpected end of JSON input'],
    ['"abc', 'unexpected end of JSON input'],
    ['x', "invalid character 'x' looking for beginning of value"],
    ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b":2}', `invalid character '"' after object key:value pair`],
    ['[1 2]', "invalid character '2' after array element"],
    ['[1,]', "invalid character ']' looking for beginning of value"],
    ['{} {}', "invalid character '{' after top-level value"],
    ['"a\nb"', "invalid character '\\n' in string literal"],
    ['"\\x"', "invalid character 'x' in string escape code"],
    ['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"],
    ['-x', "invalid character 'x' in numeric literal"],
    ['1.x', "invalid character 'x' after decimal point in numeric literal"],
    ['01', "invalid character '1' after top-level value"],
    ['trux', "invalid character 'x' in literal true (expecting 'e')"],
    ["{'a':1}", "invalid character '\\'' looking for beginning of object key string"],
    ['1e400', 'json: cannot unmarshal number 1e400 into Go value of type float64'],
  ])('explains %j as Go does', (text, message) => {
    expect(() => parseJson(text)).toThrow(new RegExp(`^${message.replaceAll(/[\\()[\]{}.*+?^$|]/g, '\\$&')}$`))
  })

  it('reads bytes, and agrees with JSON.parse on every JSON value by both of its ways', () => {
    expect(parseJson(new TextEncoder().encode('{"a":"é"}')).value).toEqual({ a: 'é' })
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value)
        const parsed = parseJson(text, { duplicates: true })
        expect(parsed.duplicateFields).toEqual([])
        expect(deepEqual(parsed.value, JSON.parse(text))).toBe(true)
        expect(JSON.parse(stringifyJson(parsed.value))).toEqual(JSON.parse(text))
        const slow = parseJson(`[${text},9007199254740993]`).value
        expect(deepEqual(getPath(slow, [0]), parsed.value)).toBe(true)
      }),
    )
  })

  it('fails exactly where JSON.parse fails', () => {
    const fragment = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"a"',
      ':',
      ',',
      '1',
      '-',
      '.5',
      'e-9',
      'true',
      'nul',
      ' ',
      '\\',
      '"',
    )
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 12 }), (parts) => {
        const text = parts.join('')
        let valid = true
        try {
          JSON.parse(text)
        } catch {
          valid = false
        }
        if (valid) expect(() => parseJson(text, { duplicates: true })).not.toThrow()
        else expect(() => parseJson(text)).toThrow(/./)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('deepEqual', () => {
  it('ignores key order and undefined members, and tells raw integers apart by their digits', () => {
    const big = parseJson('[9007199254740993]').value
    expect(deepEqual({ a: 1, b: [2], c: undefined }, { b: [2], a: 1 })).toBe(true)
    expect(deepEqual({ a: 1 }, { a: 1, b: undefined, c: null })).toBe(false)
    expect(deepEqual({ a: undefined, b: 1 }, { a: 1, b: 1 })).toBe(false)
    expect(deepEqual(big, parseJson('[9007199254740993]').value)).toBe(true)
    expect(deepEqual(big, parseJson('[9007199254740995]').value)).toBe(false)
    expect(deepEqual(big, [2 ** 53])).toBe(false)
    expect(deepEqual([], {})).toBe(false)
    expect(deepEqual({}, { constructor: 1 })).toBe(false)
    expect(deepEqual({ constructor: 1 }, {})).toBe(false)
  })

  it('holds between a value and its clone, whatever the value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const frozen = deepFreeze(deepClone(value))
        const copy = deepClone(frozen)
        expect(deepEqual(copy, frozen)).toBe(true)
        expect(copy).toEqual(value)
      }),
    )
  })
})

describe('paths', () => {
  it('sets and removes one value and shares the rest', () => {
    const object = deepFreeze({ metadata: { name: 'a' }, spec: { list: [{ x: 1 }, { x: 2 }] } })
    const changed = withPath(object, ['spec', 'list', 1, 'x'], 3)
    expect(changed).toEqual({ metadata: { name: 'a' }, spec: { list: [{ x: 1 }, { x: 3 }] } })
    expect(changed.metadata).toBe(object.metadata)
    expect(withPath(object, ['metadata', 'name'], undefined)).toEqual({ metadata: {}, spec: object.spec })
    expect(getString(withPath(object, ['status', 'phase'], 'Active'), ['status', 'phase'])).toBe('Active')
  })
})
