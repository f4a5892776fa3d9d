import { expect } from 'vitest'
import { everything } from '../store.ts'
import type { ContractCases } from './contract.ts'
import { bytes, follow, lost, plain, text, won } from './support.ts'

export const concurrencyCases: ContractCases = {
  'lets exactly one of many creators win and tells the others who': async (store) => {
    const results = await Promise.all(Array.from({ length: 20 }, (_, i) => store.create('/a', bytes(`${i}`))))
    const winners = results.flatMap((result, i) => (result.ok ? [{ i, revision: result.revision }] : []))
    expect(winners.length).toBe(1)
    const [winner] = winners
    for (const result of results) {
      if (!result.ok) {
        expect(plain(result.current)).toMatchObject({ value: `${winner?.i}`, mod: winner?.revision })
      }
    }
  },

  'lets exactly one of many updates of the same revision win': async (store) => {
    const created = won(await store.create('/a', bytes('0')))
    const results = await Promise.all(Array.from({ length: 20 }, (_, i) => store.update('/a', bytes(`${i}`), created)))
    expect(results.filter(({ ok }) => ok).length).toBe(1)
    const { entries } = await store.read({ start: '/a' })
    for (const result of results) if (!result.ok) expect(plain(result.current)).toEqual(plain(entries[0]))
  },

  'loses no increment of a counter that many writers share': async (store) => {
    won(await store.create('/counter', bytes('0')))
    const increment = async (): Promise<number> => {
      let [current] = (await store.read({ start: '/counter' })).entries
      for (;;) {
        if (current === undefined) throw new Error('the counter is gone')
        const next = bytes(String(Number(text(current.value)) + 1))
        const result = await store.update('/counter', next, current.modRevision)
        if (result.ok) return result.revision
        current = result.current
      }
    }
    const writer = async (): Promise<number[]> => {
      const revisions: number[] = []
      for (let i = 0; i < 10; i++) revisions.push(await increment())
      return revisions
    }
    const revisions = (await Promise.all(Array.from({ length: 8 }, writer))).flat()
    expect(new Set(revisions).size).toBe(80)
    expect(text((await store.read({ start: '/counter' })).entries[0]?.value)).toBe('80')
  },

  'decides create, update and delete of one key in the order in which they are asked for': async (store) => {
    const start = await store.revision()
    await using follower = follow(store, everything, start)
    const results = await Promise.all([
      store.create('/a', bytes('1')),
      store.create('/a', bytes('2')),
      store.delete('/a'),
      store.delete('/a'),
      store.create('/a', bytes('3')),
    ])
    expect(results.map(({ ok }) => ok)).toEqual([true, false, true, false, true])
    const last = results.at(-1)
    if (last === undefined) return
    await follower.reached(won(last))
    expect(follower.events.map(({ type, entry }) => [type, entry?.value])).toEqual([
      ['put', '1'],
      ['delete', undefined],
      ['put', '3'],
    ])
  },

  'gives a loser the state from after the race, never one that can be overtaken': async (store) => {
    const created = won(await store.create('/a', bytes('1')))
    const [deleted, late] = await Promise.all([store.delete('/a', created), store.update('/a', bytes('2'), created)])
    won(deleted)
    expect(lost(late)).toBeUndefined()
  },

  'tells every one of many watchers the same story': async (store) => {
    const start = await store.revision()
    const followers = Array.from({ length: 10 }, () => follow(store, everything, start))
    const writer = async (name: number): Promise<number> => {
      let last = 0
      for (let i = 0; i < 10; i++) last = won(await store.create(`/${name}/${i}`, bytes(`${i}`)))
      return last
    }
    const last = Math.max(...(await Promise.all(Array.from({ length: 8 }, (_, name) => writer(name)))))
    await using late = follow(store, everything, start)
    await late.reached(last)
    expect(late.events.length).toBe(80)
    for (const follower of followers) {
      await follower.reached(last)
      expect(follower.events).toEqual(late.events)
      await follower[Symbol.asyncDispose]()
    }
  },
}
