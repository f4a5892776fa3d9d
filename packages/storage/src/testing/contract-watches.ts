import { expect } from 'vitest'
import { CompactedError, everything, prefixRange } from '../store.ts'
import type { ContractCases } from './contract.ts'
import { bytes, follow, won } from './support.ts'

export const watchCases: ContractCases = {
  'tells what happens from now on, with what was there before': async (store) => {
    await using follower = follow(store, everything, await store.revision())
    const a = won(await store.create('/a', bytes('1')))
    const b = won(await store.update('/a', bytes('2'), a))
    const c = won(await store.delete('/a'))
    await follower.reached(c)
    expect(follower.events).toEqual([
      { type: 'put', revision: a, entry: { key: '/a', value: '1', create: a, mod: a }, previous: undefined },
      {
        type: 'put',
        revision: b,
        entry: { key: '/a', value: '2', create: a, mod: b },
        previous: { key: '/a', value: '1', create: a, mod: a },
      },
      { type: 'delete', revision: c, entry: undefined, previous: { key: '/a', value: '2', create: a, mod: b } },
    ])
  },

  'replays what happened after a past revision, then goes on without a gap': async (store) => {
    const revisions: number[] = []
    for (let i = 0; i < 5; i++) revisions.push(won(await store.create(`/k${i}`, bytes('x'))))
    await using follower = follow(store, everything, revisions[1] ?? 0)
    for (let i = 5; i < 10; i++) revisions.push(won(await store.create(`/k${i}`, bytes('x'))))
    await follower.reached(revisions.at(-1) ?? 0)
    expect(follower.events.map(({ revision }) => revision)).toEqual(revisions.slice(2))
  },

  'tells only about its range, and yet how far it has come': async (store) => {
    const start = await store.revision()
    await using follower = follow(store, prefixRange('/in/'), start)
    await using single = follow(store, { start: '/in/a' }, start)
    won(await store.create('/out/a', bytes('1')))
    const inside = won(await store.create('/in/a', bytes('1')))
    const last = won(await store.create('/inside', bytes('1')))
    await follower.reached(last)
    await single.reached(last)
    expect(follower.events.map(({ revision }) => revision)).toEqual([inside])
    expect(single.events.map(({ revision }) => revision)).toEqual([inside])
  },

  'gives batches whose events lie between the last batch and their own revision': async (store) => {
    const start = await store.revision()
    await using follower = follow(store, everything, start)
    const writes = await Promise.all(Array.from({ length: 200 }, (_, i) => store.create(`/k${i}`, bytes('x'))))
    await follower.reached(Math.max(...writes.map(won)))
    let at = start
    for (const batch of follower.batches) {
      for (const event of batch.events) {
        const revision = event.type === 'put' ? event.entry.modRevision : event.revision
        expect(revision).toBeGreaterThan(at)
        expect(revision).toBeLessThanOrEqual(batch.revision)
        at = revision
      }
      at = batch.revision
    }
    expect(follower.events.length).toBe(200)
  },

  'shows a write to a waiting watcher before its writer hears of it': async (store) => {
    const start = await store.revision()
    await using follower = follow(store, everything, start)
    const order: string[] = []
    await using other = follow(store, prefixRange('/k'), start)
    for (let i = 0; i < 20; i++) {
      const revision = won(await store.create(`/k${i}`, bytes('x')))
      if (follower.events.at(-1)?.revision !== revision) order.push(`writer ${i} was first`)
      if (other.events.at(-1)?.revision !== revision) order.push(`writer ${i} was first`)
    }
    expect(order).toEqual([])
  },

  'shows a watcher nothing that a read does not show': async (store) => {
    const start = await store.revision()
    const controller = new AbortController()
    const writes = Promise.all(Array.from({ length: 50 }, (_, i) => store.create(`/k${i}`, bytes('x'))))
    let seen = 0
    for await (const batch of store.watch(everything, { after: start, signal: controller.signal })) {
      seen += batch.events.length
      const page = await store.read(everything)
      expect(page.revision).toBeGreaterThanOrEqual(batch.revision)
      expect(page.entries.length).toBeGreaterThanOrEqual(seen)
      if (seen === 50) controller.abort()
    }
    await writes
  },

  'waits for a revision that is not there yet and leaves out what comes before it': async (store) => {
    const first = won(await store.create('/a', bytes('1')))
    await using follower = follow(store, everything, first + 1)
    let last = first
    for (let i = 0; i < 4; i++) last = won(await store.create(`/k${i}`, bytes('x')))
    await follower.reached(last)
    expect(follower.events.every(({ revision }) => revision > first + 1)).toBe(true)
    expect(follower.events.at(-1)?.revision).toBe(last)
  },

  'refuses to begin before what was compacted, and says what is left': async (store) => {
    const a = won(await store.create('/a', bytes('1')))
    const b = won(await store.create('/b', bytes('1')))
    const c = won(await store.create('/c', bytes('1')))
    await store.compact(b)
    await using tooLate = follow(store, everything, a)
    const refusal = await tooLate.ended
    expect(refusal).toBeInstanceOf(CompactedError)
    expect(refusal).toMatchObject({ oldest: b })
    await using inTime = follow(store, everything, b)
    await inTime.reached(c)
    expect(inTime.events.map(({ revision }) => revision)).toEqual([c])
  },

  'ends a watcher that was overtaken by compaction instead of leaving a gap': async (store) => {
    const start = await store.revision()
    const iterator = store
      .watch(everything, { after: start, signal: new AbortController().signal })
      [Symbol.asyncIterator]()
    const a = won(await store.create('/a', bytes('1')))
    const first = await iterator.next()
    expect(first.done === true ? undefined : first.value.revision).toBe(a)
    won(await store.create('/b', bytes('1')))
    const c = won(await store.create('/c', bytes('1')))
    await store.compact(c)
    await expect(iterator.next()).rejects.toThrow(CompactedError)
  },

  'ends without an error when its signal aborts, also before it began': async (store) => {
    const controller = new AbortController()
    const waiting = store.watch(everything, { after: await store.revision(), signal: controller.signal })
    const next = waiting[Symbol.asyncIterator]().next()
    controller.abort()
    expect((await next).done).toBe(true)
    let told = 0
    for await (const _ of store.watch(everything, { after: 0, signal: controller.signal })) told++
    expect(told).toBe(0)
  },

  'gives up nothing when the reader stops in the middle': async (store) => {
    const start = await store.revision()
    won(await store.create('/a', bytes('1')))
    for await (const _ of store.watch(everything, { after: start, signal: new AbortController().signal })) break
    const last = won(await store.create('/b', bytes('1')))
    await using follower = follow(store, everything, start)
    await follower.reached(last)
    expect(follower.events.length).toBe(2)
  },

  'ends after the last event when the store is disposed': async (store) => {
    const start = await store.revision()
    await using reader = follow(store, everything, start)
    const slow = store.watch(everything, { after: start, signal: new AbortController().signal })[Symbol.asyncIterator]()
    const write = store.create('/a', bytes('1'))
    await store[Symbol.asyncDispose]()
    const revision = won(await write)
    expect(await reader.ended).toBeUndefined()
    expect(reader.events.map((event) => event.revision)).toEqual([revision])
    const batch = await slow.next()
    expect(batch.done === true ? undefined : batch.value.events.length).toBe(1)
    expect((await slow.next()).done).toBe(true)
    await using late = follow(store, everything, revision)
    expect(await late.ended).toBeUndefined()
  },

  'does not let one watcher that does not read hold up the others': async (store) => {
    const start = await store.revision()
    const lazy = store.watch(everything, { after: start, signal: new AbortController().signal })[Symbol.asyncIterator]()
    await using follower = follow(store, everything, start)
    let last = start
    for (let i = 0; i < 50; i++) last = won(await store.create(`/k${i}`, bytes('x')))
    await follower.reached(last)
    const all = await lazy.next()
    expect(all.done === true ? 0 : all.value.events.length).toBe(50)
  },
}
