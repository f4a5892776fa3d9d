import { manualClock } from '@kairship/runtime/testing'
import { describe, expect, it } from 'vitest'
import { Waiters } from './waiters.ts'

function setup() {
  const clock = manualClock()
  const start = clock.now()
  const stalls: number[] = []
  const onStall = (): void => void stalls.push(clock.now() - start)
  const waiters = new Waiters({ clock, stallMs: 100, patienceMs: 5_000, onStall })
  return { clock, stalls, waiters }
}

describe('those who wait for a revision', () => {
  it('go on when it is reached, in whatever order they came', async () => {
    const { waiters, stalls, clock } = setup()
    const told: number[] = []
    for (const revision of [5, 3, 4]) void waiters.add(revision).then(() => told.push(revision))
    waiters.release(4)
    await clock.advance(50)
    expect(told).toEqual([3, 4])
    waiters.release(5)
    await clock.advance(10_000)
    expect([told, stalls, clock.pending]).toEqual([[3, 4, 5], [], 0])
  })

  it('let a stall be noticed, and what is done about it have ever more time to work', async () => {
    const { waiters, stalls, clock } = setup()
    const waiting = waiters.add(5)
    await clock.advance(3_500)
    expect(stalls).toEqual([100, 300, 700, 1500, 3100])
    await clock.advance(1_500)
    await waiting
    expect(clock.pending).toBe(0)
  })

  it('begin to count anew when something has come', async () => {
    const { waiters, stalls, clock } = setup()
    void waiters.add(5)
    await clock.advance(150)
    waiters.release(5)
    const later = waiters.add(6)
    await clock.advance(150)
    expect(stalls).toEqual([100, 250])
    waiters.releaseAll()
    await later
  })
})
