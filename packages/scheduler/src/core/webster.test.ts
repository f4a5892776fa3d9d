import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nameOrderOf, webster } from './webster.ts'

const shares = (seats: number, votes: { [name: string]: number }, order?: 'ascending' | 'descending') =>
  Object.fromEntries(
    webster(
      seats,
      Object.entries(votes).map(([name, count]) => ({ name, votes: count })),
      order,
    ),
  )

describe('Webster', () => {
  it.each([
    [3, { member1: 2, member2: 1 }, { member1: 2, member2: 1 }],
    [5, { member1: 2, member2: 1 }, { member1: 3, member2: 2 }],
    [12, { m1: 2, m2: 1, m3: 1 }, { m1: 6, m2: 3, m3: 3 }],
    [2, { m1: 1, m2: 1, m3: 1 }, { m1: 1, m2: 1, m3: 0 }],
    [7, { a: 53, b: 24, c: 23 }, { a: 3, b: 2, c: 2 }],
    [1, { a: 1, b: 0 }, { a: 1, b: 0 }],
    [4, { a: 0, b: 0 }, { a: 0, b: 0 }],
  ])('divides %i seats among %o', (seats, votes, expected) => {
    expect(shares(seats, votes)).toEqual(expected)
  })

  it('lets the name decide between equals, downwards when the UID hashes to an odd number (T-32)', () => {
    expect(shares(1, { a: 1, b: 1 }, 'ascending')).toEqual({ a: 1, b: 0 })
    expect(shares(1, { a: 1, b: 1 }, 'descending')).toEqual({ a: 0, b: 1 })
    expect(nameOrderOf('')).toBe('ascending')
    expect(nameOrderOf(undefined)).toBe('ascending')
    const orders = new Set(['u1', 'u2', 'u3', 'u4', 'u5', 'u6'].map(nameOrderOf))
    expect(orders).toEqual(new Set(['ascending', 'descending']))
  })

  const parties = fc.uniqueArray(fc.record({ name: fc.string({ minLength: 1 }), votes: fc.nat(1000) }), {
    selector: ({ name }) => name,
    minLength: 1,
    maxLength: 12,
  })

  it('gives away every seat, never more, and none without votes', () => {
    fc.assert(
      fc.property(fc.nat(300), parties, (seats, list) => {
        const result = webster(seats, list)
        const total = [...result.values()].reduce((sum, count) => sum + count, 0)
        const anyVotes = list.some(({ votes }) => votes > 0)
        expect(total).toBe(anyVotes ? seats : 0)
        for (const { name, votes } of list) if (votes === 0) expect(result.get(name)).toBe(0)
      }),
    )
  })

  it('never takes a seat from anyone when there is one more to give', () => {
    fc.assert(
      fc.property(fc.nat(100), parties, (seats, list) => {
        const [fewer, more] = [webster(seats, list), webster(seats + 1, list)]
        for (const { name } of list) expect(more.get(name) ?? 0).toBeGreaterThanOrEqual(fewer.get(name) ?? 0)
      }),
    )
  })

  it('does not depend on the order in which parties are listed', () => {
    fc.assert(
      fc.property(fc.nat(100), parties, (seats, list) => {
        expect(webster(seats, list.toReversed())).toEqual(webster(seats, list))
      }),
    )
  })
})
