import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deepEqual, parseJson, stringifyJson } from '../index.ts'
import { formatYaml, formatYamlDocuments, parseYaml, parseYamlDocuments, YamlError } from '../yaml.ts'

const failure = (text: string): YamlError => {
  try {
    parseYamlDocuments(text)
  } catch (error) {
    if (error instanceof YamlError) return error
  }
  throw new Error('was read without an error')
}

describe('reading YAML', () => {
  it.each([
    ['y', true],
    ['Yes', true],
    ['ON', true],
    ['n', false],
    ['off', false],
    ['yEs', 'yEs'],
    ['~', null],
    ['', null],
    ['017', 15],
    ['0o17', 15],
    ['0x1F', 31],
    ['0b101', 5],
    ['-0x10', -16],
    ['1_000', 1000],
    ['+5', 5],
    ['08', 8],
    ['1.5', 1.5],
    ['.5', 0.5],
    ['1e3', 1000],
    ['1.0', 1],
    ['1:30', '1:30'],
    ['12:30:45', '12:30:45'],
    ['2001-01-01', '2001-01-01'],
    ['2001-12-14t21:59:43.10-05:00', '2001-12-14t21:59:43.10-05:00'],
    ['"yes"', 'yes'],
    ["'1'", '1'],
    ['!!str 1', '1'],
    ['!!binary aGk=', 'hi'],
    ['1.2.3', '1.2.3'],
    ['-', [null]],
    ['=', '='],
  ])('reads %j as sigs.k8s.io/yaml does', (text, value) => {
    expect(parseYaml(`x: ${text.includes('- ') || text === '-' ? `\n${text}` : text}`)).toEqual({ x: value })
  })

  it('keeps integers beyond 2^53', () => {
    expect(stringifyJson(parseYaml('a: 9007199254740993\nb: 18446744073709551615'))).toBe(
      '{"a":9007199254740993,"b":18446744073709552000}',
    )
    expect(formatYaml(parseYaml('a: 9007199254740993'))).toBe('a: 9007199254740993\n')
  })

  it('turns scalar keys into strings and merges <<', () => {
    expect(parseYaml('1: a\ntrue: b')).toEqual({ '1': 'a', true: 'b' })
    expect(parseYaml('base: &b {x: 1}\nc:\n  <<: *b\n  z: 2')).toEqual({ base: { x: 1 }, c: { x: 1, z: 2 } })
  })

  it('reads JSON with its duplicates, and flow style that only looks like JSON', () => {
    expect(parseYaml('{"a": 9007199254740993}')).toEqual(parseJson('{"a":9007199254740993}').value)
    expect(parseYaml('{a: 1, b: [x, z]}')).toEqual({ a: 1, b: ['x', 'z'] })
    expect(() => parseYaml('{"a":1,"a":2}')).toThrow('key "a" already set in map')
    expect(parseYaml('{"a":1,"a":2}', { duplicates: 'keepLast' })).toEqual({ a: 2 })
  })

  it('rejects duplicate keys with their line, or keeps the last when told so', () => {
    const text = 'data:\n  a: 1\n  b: 2\n  a: 3\n'
    expect(failure(text).message).toBe(
      'error converting YAML to JSON: yaml: unmarshal errors:\n  line 4: key "a" already set in map',
    )
    expect(parseYaml(text, { duplicates: 'keepLast' })).toEqual({ data: { a: 3, b: 2 } })
  })

  it('reads several documents, skips empty ones, and says which one is broken', () => {
    expect(parseYamlDocuments('# top\n---\na: 1\n---\n---\n# nothing\n---\nb: 2\n')).toEqual([{ a: 1 }, { b: 2 }])
    expect(failure('# top\n---\na: 1\n---\nb: [1\n---\nc: 2\n')).toMatchObject({ document: 1 })
    expect(failure('a: 1\n---\nb: 2\n---\nc: {\n').document).toBe(2)
    expect(failure('a: 1\nb: c: d\n').message).toMatch(/^error converting YAML to JSON: yaml: line 2: /)
    expect(() => parseYaml('a: 1\n---\nb: 2')).toThrow(YamlError)
    expect(failure('x: .inf').message).toContain('json: unsupported value: +Inf')
  })

  it('survives alias bombs, cycles and deep nesting', () => {
    const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]']
    for (let level = 1; level < 10; level++) {
      lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(',')}]`)
    }
    expect(failure(lines.join('\n')).message).toContain('excessive aliasing')
    expect(failure('a: &a [*a]').message).toMatch(/yaml/)
    expect(failure(`a: ${'['.repeat(5000)}`).message).toMatch(/yaml/)
  })

  it('gives every alias a value of its own', () => {
    const value = Object(parseYaml('a: &x {k: 1}\nb: *x'))
    value.a.k = 2
    expect(value.b.k).toBe(1)
  })

  it('keeps hostile keys as data', () => {
    const value = parseYaml('__proto__: {polluted: 1}\nconstructor: {prototype: {polluted: 1}}')
    expect(Object.keys(Object(value))).toEqual(['__proto__', 'constructor'])
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })
})

describe('writing YAML', () => {
  const tricky = [
    'yes',
    'no',
    'on',
    'off',
    'y',
    'n',
    'Y',
    'true',
    'null',
    '~',
    '',
    '017',
    '0o17',
    '0x1F',
    '0b1',
    '1_000',
    '1e3',
    '.5',
    '1.',
    '1:30',
    '12:30:45',
    '2001-01-01',
    '+1',
    '-',
    '- a',
    '#a',
    'a: b',
    'a #b',
    '=',
    '<<',
    '.inf',
    '.NaN',
    '!a',
    '&a',
    '*a',
    '%a',
    '@a',
    '`a',
    '{a',
    '[a',
    '|',
    '>',
    "it's",
    '"q"',
    ' lead',
    'trail ',
    'a\nb',
    'a\nb\n',
    '\n',
    '\ttab',
    '0.1e-5',
    '9007199254740993',
    '\u0000',
    '\u0085',
    '\ufeff',
    '---',
    '...',
    '? a',
    'é',
    '😀',
  ] as const

  it.each(tricky)('writes the string %j so that it is read as a string', (text) => {
    expect(parseYaml(formatYaml({ key: text, list: [text], [text]: 1 }))).toEqual({
      key: text,
      list: [text],
      [text]: 1,
    })
  })

  it('quotes what any YAML 1.1 or 1.2 reader could take for another type', () => {
    for (const text of [
      'yes',
      'no',
      'on',
      'off',
      'y',
      'n',
      '017',
      '0o17',
      '1_000',
      '1e3',
      '1:30',
      '2001-01-01',
      'null',
      '1.5',
    ]) {
      expect(formatYaml({ a: text }), text).toMatch(/^a: ['"]/)
    }
  })

  it('lays out as kubectl does', () => {
    const pod = {
      b: { list: [{ name: 'x', args: ['a', 'b'] }], empty: {}, none: [], nil: null, gone: undefined },
      a: 'multi\nline\n',
    }
    expect(formatYaml(pod)).toBe(
      'b:\n  list:\n  - name: x\n    args:\n    - a\n    - b\n  empty: {}\n  none: []\n  nil: null\na: |\n  multi\n  line\n',
    )
    expect(formatYaml(pod, { sortKeys: true })).toMatch(/^a: /)
    expect(formatYamlDocuments([{ a: 1 }, { b: 2 }])).toBe('a: 1\n---\nb: 2\n')
  })

  it('is read back as the same JSON, whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (json) => {
        const value = parseJson(JSON.stringify({ json })).value
        expect(deepEqual(parseYaml(formatYaml(value)), value)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})

const fixtures = fileURLToPath(new URL('../../../../../shared/fixtures', import.meta.url))
describe.skipIf(!existsSync(fixtures))('real manifests', () => {
  it('are read, written and read again unchanged', () => {
    let documents = 0
    for (const file of readdirSync(fixtures, { recursive: true, encoding: 'utf8' })) {
      if (!/\.ya?ml$/.test(file)) continue
      for (const document of parseYamlDocuments(readFileSync(`${fixtures}/${file}`, 'utf8'))) {
        documents++
        expect(deepEqual(parseYaml(formatYaml(document)), document), file).toBe(true)
      }
    }
    expect(documents).toBeGreaterThan(50)
  })
})
