import { silentLogger } from '@kairship/runtime'
import { manualClock } from '@kairship/runtime/testing'
import { describe, expect, it } from 'vitest'
import { Lull, Reports } from './lull.ts'
import { controller } from './controller.ts'

const options = { quietMs: 20, maxMs: 100 }

describe('a lull', () => {
  it('is there from the start: reports do not wait', () => {
    using lull = new Lull({ clock: manualClock(), ...options })
    expect(lull.waitMs(0)).toBe(0)
  })

  it('begins when nothing was noted for a while, and is told once', async () => {
    const clock = manualClock()
    using lull = new Lull({ clock, ...options })
    const told: number[] = []
    const start = clock.now()
    lull.onQuiet(() => told.push(clock.now() - start))
    for (let at = 0; at < 60; at += 15) {
      lull.note()
      await clock.advance(15)
    }
    expect(told).toEqual([])
    expect(lull.waitMs(clock.now())).toBe(100)
    await clock.advance(1_000)
    expect(told).toEqual([65])
    expect(lull.waitMs(clock.now())).toBe(0)
    expect(clock.pending).toBe(0)
  })

  it('does not begin before what was announced', async () => {
    const clock = manualClock()
    using lull = new Lull({ clock, ...options })
    const told: number[] = []
    const start = clock.now()
    lull.onQuiet(() => told.push(clock.now() - start))
    lull.note(70)
    lull.note(30)
    await clock.advance(80)
    expect([told, lull.waitMs(clock.now())]).toEqual([[], 100])
    await clock.advance(1_000)
    expect(told).toEqual([90])
  })

  it('is not waited for longer than the limit, counted from the first news', async () => {
    const clock = manualClock()
    using lull = new Lull({ clock, ...options })
    const reports = new Reports<string>({ clock, lull })
    const waits: number[] = []
    for (let at = 0; at <= 100; at += 10) {
      lull.note()
      waits.push(reports.waitMs('a'))
      await clock.advance(10)
    }
    expect(waits).toEqual([100, 90, 80, 70, 60, 50, 40, 30, 20, 10, 0])
    lull.note()
    expect(reports.waitMs('a')).toBe(100)
  })
})

describe('reports of a controller', () => {
  it('come once for all changes, as soon as it is quiet', async () => {
    const clock = manualClock()
    using lull = new Lull({ clock, ...options })
    const reports = new Reports<string>({ clock, lull })
    const written: { key: string; at: number }[] = []
    const start = clock.now()
    const stop = new AbortController()
    const running = controller<string>({
      name: 'test',
      sources: [
        {
          start: async (enqueue) => {
            for (const key of ['a', 'b', 'c']) enqueue(key)
          },
        },
        reports,
      ],
      reconciler: {
        reconcile: async (key) => {
          const waitMs = reports.waitMs(key)
          if (waitMs > 0) return { requeueAfterMs: waitMs }
          written.push({ key, at: clock.now() - start })
          return undefined
        },
      },
      clock,
      log: silentLogger(),
    }).run(stop.signal)
    lull.note()
    await clock.advance(15)
    lull.note()
    reports.forget('c')
    await clock.advance(50)
    expect(written).toEqual([
      { key: 'a', at: 35 },
      { key: 'b', at: 35 },
    ])
    stop.abort()
    await running
  })
})
