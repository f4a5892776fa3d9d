import { describe, expect, it } from 'vitest'
import { isLinearizable, type Operation, type Request, type Result } from './linearizability.ts'
import { recordHistories } from './record-histories.ts'

const operation = (called: number, returned: number, request: Request, result: Result): Operation => ({
  called,
  returned,
  request,
  result,
})
const get = (called: number, returned: number, n?: number, rv?: number): Operation =>
  operation(
    called,
    returned,
    { type: 'get' },
    { type: 'found', state: n === undefined ? undefined : { n, rv: rv ?? n } },
  )
const create = (called: number, returned: number, n: number): Operation =>
  operation(called, returned, { type: 'create', n }, { type: 'written', rv: n })
const update = (called: number, returned: number, n: number, expected: number): Operation =>
  operation(called, returned, { type: 'update', n, expected }, { type: 'written', rv: n })
const remove = (called: number, returned: number, expected: number): Operation =>
  operation(called, returned, { type: 'delete', expected }, { type: 'deleted' })

describe('the checker', () => {
  it('accepts what overlaps in any order that fits', () => {
    expect(isLinearizable([create(0, 10, 1), get(1, 3), get(4, 6, 1), update(5, 20, 2, 1), get(11, 12, 1)])).toBe(true)
    expect(isLinearizable([])).toBe(true)
  })
  it('accepts requests without answer that happened, and that did not', () => {
    const lost = operation(0, 5, { type: 'create', n: 1 }, { type: 'unknown' })
    expect(isLinearizable([lost, get(6, 7, 1, 9)])).toBe(true)
    expect(isLinearizable([lost, get(6, 7), create(8, 9, 2)])).toBe(true)
    expect(isLinearizable([lost, get(6, 7, 1, 9), get(8, 9)])).toBe(false)
  })
  it('finds a stale read', () => {
    expect(isLinearizable([create(0, 1, 1), update(2, 3, 2, 1), get(4, 5, 1)])).toBe(false)
  })
  it('finds a lost update', () => {
    expect(isLinearizable([create(0, 1, 1), update(2, 5, 2, 1), update(3, 6, 3, 1)])).toBe(false)
  })
  it('finds an object that was created twice', () => {
    expect(isLinearizable([create(0, 5, 1), create(1, 6, 2)])).toBe(false)
  })
  it('finds a read of what was never durable', () => {
    expect(isLinearizable([create(0, 1, 1), get(2, 3, 2), get(4, 5, 1)])).toBe(false)
  })
  it('finds a deletion that came back', () => {
    expect(isLinearizable([create(0, 1, 1), remove(2, 3, 1), get(4, 5, 1)])).toBe(false)
  })
  it('finds a conflict that was none', () => {
    const conflict = operation(2, 3, { type: 'update', n: 2, expected: 1 }, { type: 'conflict' })
    expect(isLinearizable([create(0, 1, 1), conflict])).toBe(false)
  })
})

describe('a plane on its real store, over HTTP', () => {
  it('is linearizable for each object under 12 clients', async () => {
    const histories = await recordHistories({ clients: 12, objects: 4, requests: 1_500 })
    const all = [...histories.values()].flat()
    expect(all.length).toBe(1_500)
    // The clients did get into each other's way.
    expect(all.filter(({ result }) => result.type === 'conflict').length).toBeGreaterThan(20)
    expect(all.filter(({ result }) => result.type === 'exists').length).toBeGreaterThan(5)
    for (const [name, history] of histories) expect(isLinearizable(history), name).toBe(true)
  })

  it('and a history of it in which one answer is changed is noticed', async () => {
    const histories = await recordHistories({ clients: 4, objects: 1, requests: 200 })
    const [history = []] = histories.values()
    expect(isLinearizable(history)).toBe(true)
    const last = history.findLastIndex(({ request, result }) => request.type === 'update' && result.type === 'written')
    const planted = history.map((entry, index) =>
      index === last ? { ...entry, result: { type: 'written', rv: 1 } as const } : entry,
    )
    expect(isLinearizable(planted)).toBe(false)
  })
})
