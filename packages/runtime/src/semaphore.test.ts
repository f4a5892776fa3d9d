import { describe, expect, it } from 'vitest'
import { exponentialBackoff } from './backoff.ts'
import { semaphore } from './semaphore.ts'
import { seededRandom } from './testing/index.ts'

describe('semaphore', () => {
  it('hands slots on in the order they were asked for, skipping who gave up', async () => {
    const slots = semaphore(1)
    const order: string[] = []
    const first = await slots.acquire()
    const controller = new AbortController()
    const gaveUp = slots.acquire(controller.signal)
    const second = slots.acquire().then((slot) => (order.push('second'), slot))
    const third = slots.acquire().then((slot) => (order.push('third'), slot))
    controller.abort(new Error('gave up'))
    await expect(gaveUp).rejects.toThrow('gave up')
    first[Symbol.dispose]()
    first[Symbol.dispose]()
    const slot = await second
    expect(order).toEqual(['second'])
    slot[Symbol.dispose]()
    const last = await third
    last[Symbol.dispose]()
    expect([slots.free, slots.waiting]).toEqual([1, 0])
  })
})

describe('exponential backoff', () => {
  it('doubles up to its cap, however many attempts', () => {
    const backoff = exponentialBackoff({ baseMs: 10, capMs: 100 })
    expect([0, 1, 2, 3, 4, 10_000].map(backoff)).toEqual([10, 20, 40, 80, 100, 100])
  })

  it('takes away at most the share that jitter allows', () => {
    const backoff = exponentialBackoff({ baseMs: 100, capMs: 100, jitter: 0.5, random: seededRandom(1) })
    const delays = Array.from({ length: 100 }, () => backoff(0))
    expect(Math.min(...delays)).toBeGreaterThan(50)
    expect(Math.max(...delays)).toBeLessThanOrEqual(100)
    expect(new Set(delays).size).toBeGreaterThan(90)
  })
})
