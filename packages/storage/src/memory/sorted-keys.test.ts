import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareKeys } from '../core/keys.ts'
import { SortedKeys } from './sorted-keys.ts'

function keysIn(keys: SortedKeys, start: string, end: string): string[] {
  const seen: string[] = []
  keys.visit({ start, end }, (key) => seen.push(key) > 0)
  return seen
}

describe('sorted keys', () => {
  it('stay in order over many chunks while keys come and go', () => {
    const keys = new SortedKeys()
    const all = Array.from({ length: 3000 }, (_, i) => `/k${(i * 7919) % 3000}`)
    for (const key of all) keys.add(key)
    expect(keysIn(keys, '', '\u{10ffff}')).toEqual(all.toSorted(compareKeys))
    for (const key of all.slice(0, 2500)) keys.delete(key)
    const left = all.slice(2500).sort(compareKeys)
    expect(keysIn(keys, '', '\u{10ffff}')).toEqual(left)
    expect(keys.count({ start: left[100] ?? '', end: left[300] ?? '' })).toBe(200)
    for (const key of left) keys.delete(key)
    expect(keys.count({ start: '', end: '\u{10ffff}' })).toBe(0)
  })

  it('answer ranges as a sorted array would', () => {
    const key = fc.string({ unit: 'binary', maxLength: 4 })
    fc.assert(
      fc.property(fc.uniqueArray(key, { maxLength: 600, minLength: 300 }), key, key, (all, start, end) => {
        const keys = new SortedKeys()
        for (const one of all) keys.add(one)
        const expected = all
          .filter((one) => compareKeys(one, start) >= 0 && compareKeys(one, end) < 0)
          .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        expect(keysIn(keys, start, end)).toEqual(expected)
        expect(keys.count({ start, end })).toBe(expected.length)
      }),
      { numRuns: 20 },
    )
  })

  it('stop when the visitor has enough', () => {
    const keys = new SortedKeys()
    for (let i = 0; i < 1000; i++) keys.add(`/${i}`)
    let visits = 0
    keys.visit({ start: '', end: '\u{10ffff}' }, () => ++visits < 3)
    expect(visits).toBe(3)
  })
})
