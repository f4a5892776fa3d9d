import type { Unstructured } from '@kairship/apimachinery'
import { ApiError } from '@kairship/apimachinery'
import { silentLogger, systemClock } from '@kairship/runtime'
import { memoryStore, type Store } from '@kairship/storage'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { InstalledResource } from '../strategy.ts'
import { Encoder } from './codec.ts'
import { storeKey } from './keys.ts'
import { PlaneCache } from './plane-cache.ts'
import { WatchStream, type WatchStreamOptions } from './watch-stream.ts'

const installed = {
  definition: { group: '', version: 'v1', resource: 'things', kind: 'Thing', namespaced: true },
  strategy: {},
} as InstalledResource
const thing = (name: string, value: number): Unstructured => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name, namespace: 'a' },
  value,
})
const encoder = new Encoder()
const keyOf = (name: string): string => storeKey('', 'things', 'a', name)

describe('PlaneCache', () => {
  let store: Store
  let abort: AbortController
  let running: Promise<void>
  beforeEach(() => {
    store = memoryStore()
    abort = new AbortController()
  })
  afterEach(async () => {
    abort.abort()
    await running
    await store[Symbol.asyncDispose]()
  })

  async function openCache(bounds: { maxChanges?: number; maxBytes?: number } = {}): Promise<PlaneCache> {
    const cache = new PlaneCache({ store, clock: systemClock(), log: silentLogger(), ...bounds })
    await cache.load()
    running = cache.run(abort.signal)
    return cache
  }
  const watch = (cache: PlaneCache, after: number | undefined, more: Partial<WatchStreamOptions> = {}): WatchStream =>
    new WatchStream({
      plane: cache,
      cache: cache.resource('', 'things'),
      installed,
      range: { start: '', end: undefined },
      matches: () => true,
      after,
      markInitialEnd: false,
      bookmarks: false,
      timeoutMs: 60_000,
      clock: systemClock(),
      ...more,
    })
  async function put(cache: PlaneCache, name: string, value: number): Promise<number> {
    const key = keyOf(name)
    const { value: bytes } = encoder.encode(thing(name, value))
    const current = cache.resource('', 'things').items.get(`a/${name}`)
    const result = await (current === undefined ? store.create(key, bytes) : store.update(key, bytes, current.revision))
    if (!result.ok) throw new Error('lost a race against nobody')
    await cache.reached(result.revision)
    return result.revision
  }
  async function remove(cache: PlaneCache, name: string): Promise<void> {
    const result = await store.delete(keyOf(name))
    if (result.ok) await cache.reached(result.revision)
  }
  const content = (objects: Iterable<{ readonly object: { readonly [key: string]: unknown } }>): string[] =>
    [...objects].map(({ object }) => JSON.stringify(object))

  it('loads what is stored, and parses it when somebody looks', async () => {
    await store.create(keyOf('x'), encoder.encode(thing('x', 1)).value)
    const cache = await openCache()
    const item = cache.resource('', 'things').items.get('a/x')
    expect(item?.object).toEqual({ ...thing('x', 1), metadata: { name: 'x', namespace: 'a', resourceVersion: '1' } })
    expect(JSON.parse(item?.stored.bytes.toString() ?? '')).toEqual(item?.object)
  })

  it('shows any past state within its history exactly as it was', async () => {
    const step = fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd', 'e'), value: fc.nat(9), gone: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        abort = new AbortController()
        store = memoryStore()
        const cache = await openCache()
        const things = cache.resource('', 'things')
        const states = new Map<number, string[]>()
        for (const { name, value, gone } of steps) {
          states.set(cache.revision, content([...things.items.range()].map(([, item]) => item)))
          await (gone ? remove(cache, name) : put(cache, name, value))
        }
        for (const [revision, state] of states) {
          expect(content(things.snapshot(revision, '', undefined))).toEqual(state)
          const part = state.filter((text) => text.includes('"name":"c"') || text.includes('"name":"d"'))
          expect(content(things.snapshot(revision, 'a/c', 'a/e'))).toEqual(part)
        }
        abort.abort()
        await running
      }),
      { numRuns: 40 },
    )
  })

  it('tells every watcher every change once and in order, whenever it reads', async () => {
    const cache = await openCache()
    using slow = watch(cache, 0)
    using quick = watch(cache, 0)
    const seen: number[] = []
    for (let index = 1; index <= 200; index++) {
      await put(cache, `n${index % 7}`, index)
      for (const event of quick.read(3)) if (event.type !== 'BOOKMARK') seen.push(Number(event.view.object['value']))
    }
    const late = slow.read(1000).map((event) => (event.type === 'BOOKMARK' ? 0 : Number(event.view.object['value'])))
    expect(seen).toEqual(Array.from({ length: 200 }, (_, index) => index + 1))
    expect(late).toEqual(seen)
  })

  it('forgets the oldest changes within its bounds and says 410 to those who still need them', async () => {
    const cache = await openCache({ maxChanges: 10 })
    using behind = watch(cache, 0)
    for (let index = 1; index <= 30; index++) await put(cache, 'x', index)
    expect(() => behind.read(100)).toThrow(ApiError)
    try {
      behind.read(100)
    } catch (error) {
      expect((error as ApiError).status).toMatchObject({
        code: 410,
        reason: 'Expired',
        message: 'too old resource version: 0 (20)',
      })
    }
    using inTime = watch(cache, 20)
    expect(inTime.read(100)).toHaveLength(10)
    using tooEarly = watch(cache, 19)
    expect(() => tooEarly.read(100)).toThrow('too old resource version: 19 (20)')
  })

  it('bounds the bytes of its history too', async () => {
    const cache = await openCache({ maxBytes: 2000 })
    for (let index = 1; index <= 100; index++) await put(cache, 'x', index)
    const things = cache.resource('', 'things')
    expect(things.end - things.begin).toBeLessThan(40)
  })

  it('wakes a watcher and lets it continue where it was', async () => {
    const cache = await openCache()
    using stream = watch(cache, 0)
    let woken = 0
    stream.onReady = () => woken++
    await put(cache, 'x', 1)
    expect(woken).toBe(1)
    expect(stream.read(10)).toHaveLength(1)
    expect(stream.read(10)).toHaveLength(0)
  })

  it('shares one encoded frame among watchers', async () => {
    const cache = await openCache()
    using left = watch(cache, 0)
    using right = watch(cache, 0)
    await put(cache, 'x', 1)
    const [a] = left.read(1)
    const [b] = right.read(1)
    expect(a !== undefined && 'view' in a && b !== undefined && 'view' in b && a.view === b.view).toBe(true)
    expect(a !== undefined && 'shared' in a && b !== undefined && 'shared' in b && a.shared === b.shared).toBe(true)
  })
})
