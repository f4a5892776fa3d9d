import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { labelSelectorMatcher, parseFieldSelector, parseLabelSelector, toLabelSelector } from '../index.ts'

const matches = (selector: string, labels: { [key: string]: string }) => parseLabelSelector(selector).matches(labels)

describe('label selectors', () => {
  it.each([
    ['a=b', { a: 'b' }, true],
    ['a==b', { a: 'c' }, false],
    ['a!=b', {}, true],
    ['a!=b', { a: 'b' }, false],
    ['a in (x,y)', { a: 'y' }, true],
    ['a in (x,y)', {}, false],
    ['a notin (x, y)', {}, true],
    ['a notin (x)', { a: 'x' }, false],
    ['a', { a: '' }, true],
    ['!a', { a: '' }, false],
    ['!a', {}, true],
    ['a>5', { a: '10' }, true],
    ['a>5', { a: 'x' }, false],
    ['a<5', { a: '-3' }, true],
    ['a=', { a: '' }, true],
    ['a in (x,)', { a: '' }, true],
    ['in in (in)', { in: 'in' }, true],
    [' a = b , c ', { a: 'b', c: '' }, true],
    ['a=b,c', { a: 'b' }, false],
    ['', {}, true],
    ['constructor', {}, false],
    ['!constructor', {}, true],
  ])('%j against %j is %j', (selector, labels, expected) => {
    expect(matches(selector, labels)).toBe(expected)
  })

  it.each([
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['a=b,', "found '', expected: identifier after ','"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    [',a', "found ',', expected: !, identifier, or 'end of string'"],
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
    ['!=a', "found '!=', expected: !, identifier, or 'end of string'"],
    ['!', "unable to parse requirement: found '', expected: identifier"],
    [
      'a in ()',
      "unable to parse requirement: values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty",
    ],
    [
      'a>x',
      "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer",
    ],
  ])('refuses %j in the words of kube-apiserver', (selector, message) => {
    expect(() => parseLabelSelector(selector)).toThrow(message)
  })

  it('names the bad key and the bad value', () => {
    expect(() => parseLabelSelector('a$b=c')).toThrow(
      /^unable to parse requirement: <nil>: Invalid value: "a\$b": name part must/,
    )
    expect(() => parseLabelSelector('a=b$c')).toThrow(
      /^unable to parse requirement: values\[0\]\[a\]: Invalid value: "b\$c": a valid label/,
    )
  })

  it('an absent LabelSelector selects nothing and an empty one everything', () => {
    expect(labelSelectorMatcher(undefined).matches({})).toBe(false)
    expect(labelSelectorMatcher(null).empty).toBe(false)
    expect(labelSelectorMatcher({}).matches({ a: 'b' })).toBe(true)
    expect(() => labelSelectorMatcher({ matchExpressions: [{ key: 'a', operator: 'Like' }] })).toThrow(
      '"Like" is not a valid label selector operator',
    )
  })

  it('means the same after it was written and read, as text and as object', () => {
    const word = fc.constantFrom('a', 'b', 'app.kubernetes.io/name', 'in', 'notin')
    const value = fc.constantFrom('', 'x', 'y', '3', '10')
    const part = fc.oneof(
      fc.tuple(word, fc.constantFrom('=', '==', '!='), value).map((each) => each.join('')),
      fc
        .tuple(word, fc.constantFrom('in', 'notin'), fc.array(value, { minLength: 1 }))
        .map(([k, o, v]) => `${k} ${o} (${v.join(',') || ','})`),
      word.map((key) => `!${key}`),
      word,
    )
    const labels = fc.dictionary(word, value)
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), fc.array(labels, { minLength: 1, maxLength: 5 }), (parts, sets) => {
        const matcher = parseLabelSelector(parts.join(','))
        for (const set of sets) {
          expect(parseLabelSelector(matcher.toString()).matches(set)).toBe(matcher.matches(set))
          expect(labelSelectorMatcher(toLabelSelector(matcher)).matches(set)).toBe(matcher.matches(set))
        }
      }),
    )
  })
})

describe('field selectors', () => {
  const fields = (values: { [field: string]: string }) => (field: string) => values[field]

  it('matches with =, == and !=, and an absent field is the empty string', () => {
    const selector = parseFieldSelector('metadata.name=a,status.phase!=Failed')
    expect(selector.matches(fields({ 'metadata.name': 'a' }))).toBe(true)
    expect(selector.matches(fields({ 'metadata.name': 'a', 'status.phase': 'Failed' }))).toBe(false)
    expect(parseFieldSelector('spec.nodeName==').matches(fields({}))).toBe(true)
    expect(parseFieldSelector('a\\,b=c\\=d\\\\').requirements).toEqual([
      { field: 'a\\,b', operator: '=', value: 'c=d\\' },
    ])
    expect(selector.requires('metadata.name')).toBe('a')
    expect(selector.requires('status.phase')).toBeUndefined()
    expect(parseFieldSelector('').empty).toBe(true)
  })

  it('refuses what it cannot select on', () => {
    expect(() => parseFieldSelector('abc')).toThrow("invalid selector: 'abc'; can't understand 'abc'")
    expect(() => parseFieldSelector('a=\\x')).toThrow('invalid field selector: invalid escape sequence: \\x')
    expect(() => parseFieldSelector('data.x=1').check(['metadata.name', 'metadata.namespace'])).toThrow(
      '"data.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
    )
  })

  it('means the same after it was written and read', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ f: fc.constantFrom('a', 'b.c'), o: fc.constantFrom('=', '!='), v: fc.string() })),
        (parts) => {
          const text = parts.map(({ f, o, v }) => f + o + v.replaceAll(/[\\,=]/g, '\\$&')).join(',')
          const parsed = parseFieldSelector(text)
          expect(parsed.requirements).toEqual(parts.map(({ f, o, v }) => ({ field: f, operator: o, value: v })))
          expect(parseFieldSelector(parsed.toString()).requirements).toEqual(parsed.requirements)
        },
      ),
    )
  })
})
