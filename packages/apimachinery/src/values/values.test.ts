import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatAge,
  formatAgeOf,
  formatDuration,
  formatMicroTime,
  formatQuantity,
  formatTime,
  isQuantity,
  parseDuration,
  parseMilli,
  parseQuantity,
  parseTime,
  quantityToInteger,
  quantityToMilli,
  quantityToNumber,
  subtractQuantities,
} from '../index.ts'

describe('quantities', () => {
  it.each([
    ['1000m', '1'],
    ['0.5', '500m'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['1e3', '1e3'],
    ['1E3', '1e3'],
    ['1e4', '10e3'],
    ['0.1e3', '100'],
    ['100', '100'],
    ['1000', '1k'],
    ['128000', '128k'],
    ['1Ki', '1Ki'],
    ['1023', '1023'],
    ['0.5Ki', '512'],
    ['1.1Ki', '1126400m'],
    ['0', '0'],
    ['-0Gi', '0'],
    ['-500m', '-500m'],
    ['+1', '1'],
    ['.5', '500m'],
    ['5.', '5'],
    ['1E', '1E'],
    ['1n', '1n'],
    ['0.1n', '1n'],
    ['1e-20', '1e-9'],
    ['1000Ki', '1000Ki'],
    ['512Ki', '512Ki'],
  ])('%s is written %s', (text, canonical) => {
    expect(canonicalQuantity(text)).toBe(canonical)
  })

  it.each(['', '.', '1x', '1 Gi', 'abc', '1..5', '1KiB', '1e', '1ee3', '--1', '1e3m', 'Gi', '1m3'])(
    'refuses %j',
    (text) => {
      if (text === '1e') expect(() => parseQuantity(text)).toThrow("unable to parse quantity's suffix")
      else expect(isQuantity(text)).toBe(false)
    },
  )

  it('says what is wrong in the words of kube-apiserver', () => {
    expect(() => parseQuantity('1KiB')).toThrow(/^quantities must match the regular expression '\^\(\[\+-\]\?/)
    expect(() => parseQuantity('1e')).toThrow("unable to parse quantity's suffix")
  })

  it('cannot be made to compute astronomic powers', () => {
    expect(formatQuantity(parseQuantity('1e999999999'))).toMatch(/^9223372036854775807/)
    expect(formatQuantity(parseQuantity('1e-999999999'))).toBe('1e-9')
  })

  it('adds, subtracts and compares across formats', () => {
    const half = parseQuantity('500m')
    const gibi = parseQuantity('1Gi')
    expect(formatQuantity(addQuantities(half, half))).toBe('1')
    expect(formatQuantity(addQuantities(parseQuantity('0'), gibi))).toBe('1Gi')
    expect(formatQuantity(subtractQuantities(gibi, parseQuantity('512Mi')))).toBe('512Mi')
    expect(compareQuantities(gibi, parseQuantity('1G'))).toBe(1)
    expect(compareQuantities(parseQuantity('1024Mi'), gibi)).toBe(0)
    expect([quantityToMilli(half), quantityToMilli(parseQuantity('1u')), quantityToInteger(half)]).toEqual([500, 1, 1])
    expect([quantityToNumber(gibi), quantityToNumber(parseQuantity('1.25'))]).toEqual([2 ** 30, 1.25])
    expect(quantityToInteger(parseQuantity('-1.5'))).toBe(-1)
  })

  it('means the same after it was written and read, and parseMilli agrees with the exact way', () => {
    const suffix = fc.constantFrom('', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'u', 'n', 'e3', 'e-2', 'Ti')
    const number = fc.oneof(
      fc.nat().map(String),
      fc.tuple(fc.nat(9999), fc.nat(9999)).map(([a, b]) => `${a}.${b}`),
    )
    fc.assert(
      fc.property(number, suffix, (digits, unit) => {
        const quantity = parseQuantity(digits + unit)
        const text = formatQuantity(quantity)
        expect(compareQuantities(parseQuantity(text), quantity)).toBe(0)
        expect(canonicalQuantity(text)).toBe(text)
        expect(canonicalQuantity(digits + unit)).toBe(text)
        expect(parseMilli(digits + unit)).toBe(quantityToMilli(quantity))
      }),
      { numRuns: 1000 },
    )
    expect(parseMilli(1.5)).toBe(1500)
  })
})

describe('durations and times', () => {
  const s = 1000
  const m = 60 * s
  const h = 60 * m
  const d = 24 * h
  it.each([
    [-500, '0s'],
    [-1500, '0s'],
    [-2500, '<invalid>'],
    [0, '0s'],
    [119 * s, '119s'],
    [120 * s, '2m'],
    [150 * s, '2m30s'],
    [10 * m + 5 * s, '10m'],
    [179 * m, '179m'],
    [3 * h, '3h'],
    [5 * h + 12 * m, '5h12m'],
    [8 * h + 12 * m, '8h'],
    [47 * h, '47h'],
    [3 * d + 4 * h, '3d4h'],
    [8 * d + 4 * h, '8d'],
    [729 * d, '729d'],
    [760 * d, '2y30d'],
    [3000 * d, '8y'],
  ])('an age of %d ms reads %s', (milliseconds, text) => {
    expect(formatAge(milliseconds)).toBe(text)
  })

  it('reads and writes Go durations', () => {
    for (const [text, value] of [
      ['1h30m0s', 90 * m],
      ['1.5s', 1500],
      ['300ms', 300],
      ['0s', 0],
      ['-2m0s', -2 * m],
      ['1µs', 0.001],
    ] as const) {
      expect(parseDuration(text)).toBe(value)
      expect(formatDuration(value)).toBe(text)
    }
    expect(parseDuration('2h')).toBe(2 * h)
    expect(formatDuration(300 * s)).toBe('5m0s')
    expect(() => parseDuration('abc')).toThrow('time: invalid duration "abc"')
    expect(() => parseDuration('10')).toThrow('time: missing unit in duration "10"')
    expect(() => parseDuration('1x')).toThrow('time: unknown unit "x" in duration "1x"')
    expect(() => parseDuration('')).toThrow('time: invalid duration ""')
  })

  it('reads and writes times as Kubernetes does', () => {
    const time = Date.UTC(2026, 10, 23, 4, 29, 41, 678)
    expect(formatTime(time)).toBe('2026-11-23T04:29:41Z')
    expect(formatMicroTime(time)).toBe('2026-11-23T04:29:41.678000Z')
    expect(parseTime('2026-11-23T04:29:41.678000Z')).toBe(time)
    expect(parseTime('2026-11-23T06:29:41+02:00')).toBe(Date.UTC(2026, 10, 23, 4, 29, 41))
    expect(parseTime('2026-11-23')).toBeUndefined()
    expect(formatAgeOf('2026-11-23T04:29:41Z', time + 5000)).toBe('5s')
    expect(formatAgeOf(undefined, time)).toBe('<unknown>')
  })
})
