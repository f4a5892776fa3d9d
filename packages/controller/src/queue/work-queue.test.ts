import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { manualClock, settle } from '@kairship/runtime/testing'
import type { ManualClock } from '@kairship/runtime/testing'
import type { Lease, WorkQueue } from '../contracts.ts'
import { workQueue } from './work-queue.ts'

const signal = new AbortController().signal

function open(): { queue: WorkQueue<string>; clock: ManualClock } {
  const clock = manualClock()
  return { clock, queue: workQueue<string>({ identity: (key) => key, clock }) }
}

/** A lease that must be there now. */
async function take(queue: WorkQueue<string>): Promise<Lease<string>> {
  const stop = new AbortController()
  const waiting = queue.lease(stop.signal)
  await settle()
  stop.abort()
  const lease = await waiting
  if (lease === undefined) throw new Error('nothing is ready')
  return lease
}

async function nothingReady(queue: WorkQueue<string>): Promise<boolean> {
  const stop = new AbortController()
  const waiting = queue.lease(stop.signal)
  await settle()
  stop.abort()
  return (await waiting) === undefined
}

describe('a work queue', () => {
  it('gives out keys in the order they came, each once', async () => {
    const { queue } = open()
    for (const key of ['a', 'b', 'a', 'c']) queue.add(key)
    expect(queue.length).toBe(3)
    const keys = []
    for (let i = 0; i < 3; i++) {
      using lease = await take(queue)
      keys.push(lease.key)
    }
    expect(keys).toEqual(['a', 'b', 'c'])
    expect(await nothingReady(queue)).toBe(true)
  })

  it('never lends a key twice at a time, and runs it again when it was added meanwhile', async () => {
    const { queue } = open()
    queue.add('a')
    const lease = await take(queue)
    queue.add('a')
    expect(await nothingReady(queue)).toBe(true)
    lease[Symbol.dispose]()
    using again = await take(queue)
    expect(again.key).toBe('a')
    expect(again.attempt).toBe(0)
  })

  it('gives a waiting worker the key the moment it is added', async () => {
    const { queue } = open()
    const waiting = queue.lease(signal)
    queue.add('a')
    using lease = await waiting
    expect(lease?.key).toBe('a')
  })

  it('prefers higher priorities and keeps the highest one asked for', async () => {
    const { queue } = open()
    queue.add('low', { priority: -100 })
    queue.add('raised', { priority: -100 })
    queue.add('normal')
    queue.add('raised', { priority: 5 })
    queue.add('raised', { priority: -100 })
    const keys = []
    for (let i = 0; i < 3; i++) {
      using lease = await take(queue)
      keys.push(lease.key)
    }
    expect(keys).toEqual(['raised', 'normal', 'low'])
    expect(queue.length).toBe(0)
  })

  it('keeps the smallest delay, whatever the order of the requests', async () => {
    const { queue, clock } = open()
    queue.add('a', { afterMs: 1_000 })
    queue.add('a', { afterMs: 100 })
    queue.add('a', { afterMs: 5_000 })
    await clock.advance(99)
    expect(await nothingReady(queue)).toBe(true)
    await clock.advance(1)
    using lease = await take(queue)
    expect(lease.key).toBe('a')
    expect(clock.pending).toBe(0)
  })

  it('does not delay a key that is already ready', async () => {
    const { queue } = open()
    queue.add('a')
    queue.add('a', { afterMs: 1_000 })
    using lease = await take(queue)
    expect(lease.key).toBe('a')
  })

  it('backs off longer with every retry and forgets that after a success', async () => {
    const { queue, clock } = open()
    queue.add('a')
    for (const wait of [10, 20, 40]) {
      const lease = await take(queue)
      lease.retry()
      lease[Symbol.dispose]()
      await clock.advance(wait - 1)
      expect(await nothingReady(queue)).toBe(true)
      await clock.advance(1)
    }
    const third = await take(queue)
    expect(third.attempt).toBe(3)
    third[Symbol.dispose]()
    queue.add('a')
    using fresh = await take(queue)
    expect(fresh.attempt).toBe(0)
  })

  it('works on a change at once although the key is backing off', async () => {
    const { queue } = open()
    queue.add('a')
    const lease = await take(queue)
    lease.retry({ afterMs: 60_000 })
    lease[Symbol.dispose]()
    queue.add('a')
    using again = await take(queue)
    expect(again.attempt).toBe(1)
  })

  it('answers waiting workers with undefined when it closes, after every lease came back', async () => {
    const { queue, clock } = open()
    queue.add('busy')
    queue.add('later', { afterMs: 1_000 })
    const lease = await take(queue)
    const waiting = queue.lease(signal)
    let closed = false
    const closing = queue[Symbol.asyncDispose]().then(() => (closed = true))
    expect(await waiting).toBeUndefined()
    await settle()
    expect(closed).toBe(false)
    lease[Symbol.dispose]()
    await closing
    expect(queue.length).toBe(0)
    expect(clock.pending).toBe(0)
    queue.add('too late')
    expect(await queue.lease(signal)).toBeUndefined()
  })

  it('loses no key and lends none twice, whatever workers and producers do', async () => {
    const action = fc.oneof(
      fc.record({
        do: fc.constant('add' as const),
        key: fc.constantFrom('a', 'b', 'c', 'd'),
        afterMs: fc.constantFrom(0, 0, 5, 50),
        priority: fc.constantFrom(-1, 0, 1),
      }),
      fc.record({ do: fc.constant('lease' as const) }),
      fc.record({ do: fc.constant('return' as const), which: fc.nat(3), retry: fc.boolean() }),
      fc.record({ do: fc.constant('wait' as const), ms: fc.nat(30) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 60 }), async (actions) => {
        const { queue, clock } = open()
        const held: Lease<string>[] = []
        /** Keys that were asked for and not leased since. */
        const owed = new Set<string>()
        const lend = (lease: Lease<string>): void => {
          expect(held.map(({ key }) => key)).not.toContain(lease.key)
          owed.delete(lease.key)
          held.push(lease)
        }
        for (const step of actions) {
          if (step.do === 'add') {
            queue.add(step.key, { afterMs: step.afterMs, priority: step.priority })
            owed.add(step.key)
          } else if (step.do === 'lease') {
            const stop = new AbortController()
            const waiting = queue.lease(stop.signal)
            stop.abort()
            const lease = await waiting
            if (lease !== undefined) lend(lease)
          } else if (step.do === 'return') {
            const [lease] = held.splice(step.which, 1)
            if (lease === undefined) continue
            if (step.retry) {
              lease.retry()
              owed.add(lease.key)
            }
            lease[Symbol.dispose]()
          } else await clock.advance(step.ms)
        }
        for (const lease of held.splice(0)) lease[Symbol.dispose]()
        await clock.advance(120_000)
        while (!(await nothingReadyNow(queue, lend))) for (const lease of held.splice(0)) lease[Symbol.dispose]()
        expect([...owed]).toEqual([])
        expect(queue.length).toBe(0)
      }),
      { numRuns: 150 },
    )
  })

  it('stays cheap with a hundred thousand keys', async () => {
    const { queue } = open()
    const started = performance.now()
    for (let i = 0; i < 100_000; i++) queue.add(`key-${i}`, { priority: i % 3 })
    for (let i = 0; i < 100_000; i++) {
      using _lease = await queue.lease(signal)
    }
    expect(queue.length).toBe(0)
    // Quadratic behaviour would take minutes; the bound leaves room for a busy machine.
    expect(performance.now() - started).toBeLessThan(10_000)
  })
})

async function nothingReadyNow(queue: WorkQueue<string>, lend: (lease: Lease<string>) => void): Promise<boolean> {
  const stop = new AbortController()
  const waiting = queue.lease(stop.signal)
  stop.abort()
  const lease = await waiting
  if (lease === undefined) return true
  lend(lease)
  return false
}
