import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SortedMap } from './sorted-map.ts'

describe('SortedMap', () => {
  it('iterates and counts like a sorted array, whatever was inserted and deleted', () => {
    const key = fc.stringMatching(/^[a-d/]{1,4}$/)
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), key), { maxLength: 300 }), key, key, (steps, from, to) => {
        const map = new SortedMap<string>()
        const model = new Set<string>()
        for (const [insert, name] of steps) {
          if (insert) {
            map.set(name, name)
            model.add(name)
          } else expect(map.delete(name)).toBe(model.delete(name))
        }
        const inRange = [...model].sort().filter((name) => name >= from && name < to)
        expect([...map.range(from, to)].map(([name]) => name)).toEqual(inRange)
        expect([...map.range()].map(([name]) => name)).toEqual([...model].sort())
        if (from <= to) expect(map.count(from, to)).toBe(inRange.length)
      }),
    )
  })

  it('stays sorted over many chunks', () => {
    const map = new SortedMap<number>()
    for (let index = 0; index < 5000; index++) map.set(`k${(index * 7919) % 5000}`.padStart(8, '0'), index)
    const keys = [...map.range()].map(([key]) => key)
    expect(keys).toEqual([...keys].sort())
    expect(map.count(keys[1000], keys[3000])).toBe(2000)
  })
})
