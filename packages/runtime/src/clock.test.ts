import { describe, expect, it } from 'vitest'
import { systemClock } from './clock.ts'
import { manualClock } from './testing/index.ts'

describe('system clock', () => {
  it('does not fire a timer of more than 31 bits at once', async () => {
    let fired = false
    const clock = systemClock()
    using _timer = clock.setTimeout(() => (fired = true), 2 ** 31 + 5)
    await clock.sleep(5)
    expect(fired).toBe(false)
  })

  it('rejects a sleep with the reason of its signal', async () => {
    const controller = new AbortController()
    const sleeping = systemClock().sleep(60_000, controller.signal)
    controller.abort(new Error('enough'))
    await expect(sleeping).rejects.toThrow('enough')
  })
})

describe('manual clock', () => {
  it('runs timers in order of time, then of creation, each at its own instant', async () => {
    const clock = manualClock(0)
    const seen: string[] = []
    clock.setTimeout(() => seen.push(`late@${clock.now()}`), 20)
    clock.setTimeout(() => seen.push(`first@${clock.now()}`), 10)
    clock.setTimeout(() => seen.push(`second@${clock.now()}`), 10)
    clock.setTimeout(() => seen.push('never'), 31)
    await clock.advance(30)
    expect(seen).toEqual(['first@10', 'second@10', 'late@20'])
    expect(clock.now()).toBe(30)
    expect(clock.next()).toBe(31)
  })

  it('lets a loop of sleeps take every step of one advance', async () => {
    const clock = manualClock(0)
    const seen: number[] = []
    const loop = async (): Promise<void> => {
      for (let i = 0; i < 4; i++) {
        await clock.sleep(10)
        seen.push(clock.now())
      }
    }
    const done = loop()
    await clock.advance(40)
    await done
    expect(seen).toEqual([10, 20, 30, 40])
  })

  it('forgets a disposed timer', async () => {
    const clock = manualClock(0)
    clock.setTimeout(() => expect.unreachable(), 10)[Symbol.dispose]()
    await clock.advance(20)
    expect(clock.pending).toBe(0)
  })
})
