import { CompactedError, everything, type Store } from '@kairship/storage'
import { silentLogger, systemClock } from '@kairship/runtime'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { EtcdClient } from './client.ts'
import { createEtcdEngine, openEtcdStore, type EtcdEngine } from './etcd-engine.ts'
import { describeWithEtcd, startEtcd, startEtcdProxy, type EtcdProxy, type EtcdServer } from './testing/index.ts'
import { progress, withEvents } from './testing/watch-messages.ts'
import { bytes, contents, listen, put, remove, until } from './testing/world.ts'
import { decodeWatch } from './wire/messages.ts'

interface Observed extends AsyncDisposable {
  /** Reaches etcd directly. */
  readonly writer: Store
  /** Reaches etcd through `proxy`. */
  readonly watcher: Store
  readonly proxy: EtcdProxy
  readonly prefix: string
}

// Each of these went wrong in some version of etcd or in clients of it; the numbers are those of etcd's issues.
await describeWithEtcd(process.env, 'a watch when etcd does what it once did', (binary) => {
  let server: EtcdServer
  let engine: EtcdEngine
  let planes = 0
  beforeAll(async () => {
    server = await startEtcd(binary)
    engine = createEtcdEngine({ endpoints: [server.endpoint] })
  })
  afterAll(async () => {
    await engine[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  async function observed(options: { readonly stallMs?: number } = {}): Promise<Observed> {
    const prefix = `/planes/${planes++}`
    const owned = new AsyncDisposableStack()
    const proxy = owned.use(await startEtcdProxy(server.endpoint))
    const writer = owned.use(await engine.open(prefix))
    const watcher = owned.use(
      await openEtcdStore({ endpoints: [proxy.endpoint], prefix, timeoutMs: 2_000, ...options }),
    )
    return { writer, watcher, proxy, prefix, [Symbol.asyncDispose]: () => owned.disposeAsync() }
  }

  it('asks again for an event that was left out (17529)', async () => {
    await using world = await observed()
    const { writer, watcher, proxy, prefix } = world
    const story = listen(watcher, await watcher.revision())
    let dropped = 0
    proxy.tamper = (message) => {
      const isVictim = decodeWatch(message).events.some(({ now }) => now.key === `${prefix}/b`)
      if (!isVictim || dropped > 0) return [message]
      dropped++
      return []
    }
    const a = await put(writer, '/a', '1')
    const b = await put(writer, '/b', '1')
    const c = await put(writer, '/c', '1')
    await story.reached(c)
    await story.stop()
    expect(dropped).toBe(1)
    expect(story.revisions).toEqual([a, b, c])
  })

  it('ends watches with CompactedError when a lost event cannot be had at all', async () => {
    await using world = await observed()
    const { writer, watcher, proxy, prefix } = world
    const story = listen(watcher, await watcher.revision())
    proxy.tamper = (message) => [withEvents(message, ({ now }) => now.key !== `${prefix}/b` && !isHeadOf(now, b))]
    let b = 0
    const isHeadOf = (now: { key: string; modRevision: number }, revision: number): boolean =>
      now.key === `${prefix}/` && now.modRevision === revision
    await put(writer, '/a', '1')
    b = (await writer.revision()) + 1
    await put(writer, '/b', '1')
    await put(writer, '/c', '1')
    expect(await story.ended).toBeInstanceOf(CompactedError)
    expect(await contents(watcher)).toEqual({ '/a': '1', '/b': '1', '/c': '1' })
    proxy.tamper = undefined
    const again = listen(watcher, await watcher.revision())
    const last = await put(writer, '/b', '2')
    await again.reached(last)
    await again.stop()
    expect(again.events).toEqual([`${last} /b 1>2`])
  })

  it('passes over what it knows already (15271, 17247)', async () => {
    await using world = await observed()
    const { writer, watcher, proxy } = world
    const story = listen(watcher, await watcher.revision())
    const sent: Buffer[] = []
    proxy.tamper = (message) => {
      if (decodeWatch(message).events.length > 0) sent.push(Buffer.from(message))
      // Everything again, from the beginning, with every new event.
      return [...sent, message]
    }
    const revisions = [await put(writer, '/a', '1'), await put(writer, '/a', '2'), await remove(writer, '/a')]
    proxy.cut()
    proxy.mend()
    revisions.push(await put(writer, '/a', '3'))
    await story.reached(revisions.at(-1) ?? 0)
    await story.stop()
    expect(story.revisions).toEqual(revisions)
  })

  it('does not believe progress that comes before the events it covers (15220)', async () => {
    await using world = await observed()
    const { writer, watcher, proxy } = world
    const story = listen(watcher, await watcher.revision())
    proxy.tamper = (message) => {
      const { events, revision } = decodeWatch(message)
      return events.length > 0 ? [progress(revision + 5), message] : [message]
    }
    const a = await put(writer, '/a', '1')
    await story.reached(a)
    proxy.cut()
    const b = await put(writer, '/b', '1')
    proxy.mend()
    await story.reached(b)
    await story.stop()
    expect(story.revisions).toEqual([a, b])
    expect(story.at).toBe(b)
  })

  it('knows what was there before a change when the event does not say so', async () => {
    await using world = await observed()
    const { writer, watcher, proxy } = world
    const story = listen(watcher, await watcher.revision())
    proxy.tamper = (message) =>
      decodeWatch(message).events.length > 0 ? [withEvents(message, () => true, { previous: false })] : [message]
    const revisions = [await put(writer, '/a', '1'), await put(writer, '/a', '2'), await remove(writer, '/a')]
    await story.reached(revisions.at(-1) ?? 0)
    await story.stop()
    const [one, two, three] = revisions
    expect(story.events).toEqual([`${one} /a ->1`, `${two} /a 1>2`, `${three} /a 2>-`])
  })

  it('ends watches rather than to tell of a change without what was there before', async () => {
    const prefix = `/planes/${planes}`
    await using before = await engine.open(prefix)
    await put(before, '/a', '1')
    await using world = await observed()
    const { writer, watcher, proxy } = world
    expect(world.prefix).toBe(prefix)
    const story = listen(watcher, await watcher.revision())
    proxy.tamper = (message) =>
      decodeWatch(message).events.length > 0 ? [withEvents(message, () => true, { previous: false })] : [message]
    await remove(writer, '/a')
    expect(await story.ended).toBeInstanceOf(CompactedError)
    expect(story.events).toEqual([])
  })

  it('does not miss a delete that is as old as what was compacted (18089, 19179)', async () => {
    await using world = await observed()
    const { writer, watcher, proxy } = world
    await put(writer, '/a', '1')
    const b = await put(writer, '/b', '1')
    const story = listen(watcher, b)
    await story.reached(b)
    proxy.cut()
    const deleted = await remove(writer, '/a')
    await writer.compact(deleted)
    proxy.mend()
    // The delete itself is gone from etcd: whoever has not seen it has to be told that.
    expect(await story.ended).toMatchObject({ name: 'CompactedError', oldest: deleted })
    expect(await contents(watcher)).toEqual({ '/b': '1' })
    const late = listen(watcher, b)
    expect(await late.ended).toBeInstanceOf(CompactedError)
  })

  it('goes on after a compaction that took nothing it does not know', async () => {
    await using world = await observed()
    const { writer, watcher, proxy } = world
    await using neighbour = await engine.open(`${world.prefix}-neighbour`)
    const known = await put(writer, '/a', '1')
    const story = listen(watcher, known - 1)
    await story.reached(known)
    proxy.cut()
    let last = 0
    for (let i = 0; i < 5; i++) last = await put(neighbour, '/n', String(i))
    await neighbour.compact(last)
    await until(() => watcher.fresh === false)
    const watches = proxy.watches
    proxy.mend()
    // The first watch is refused, because etcd no longer has what comes after the position; the second one works.
    await until(() => watcher.fresh === true && proxy.watches === watches + 2)
    expect((await watcher.read(everything, { at: known })).entries.length).toBe(1)
    expect((await watcher.read(everything)).revision).toBe(known)
    const next = await put(writer, '/a', '2')
    await story.reached(next)
    await story.stop()
    expect(story.events).toEqual([`${known} /a ->1`, `${next} /a 1>2`])
  })

  it('answers who asks later with what happened before they asked', async () => {
    await using world = await observed()
    const { writer, watcher, proxy } = world
    proxy.tamper = () => []
    const gate = Promise.withResolvers<void>()
    proxy.gate = gate.promise
    const early = watcher.revision()
    await until(() => proxy.held === 1)
    const written = await put(writer, '/a', '1')
    const late = watcher.revision()
    proxy.gate = undefined
    gate.resolve()
    expect(await early).toBeLessThan(written)
    expect(await late).toBe(written)
  })

  it('starts the watch anew when etcd keeps silent about what it acknowledged', async () => {
    await using world = await observed({ stallMs: 100 })
    const { watcher, proxy } = world
    const story = listen(watcher, await watcher.revision())
    const watches = proxy.watches
    proxy.tamper = (message) => (proxy.watches === watches ? [] : [message])
    const own = await put(watcher, '/a', '1')
    // The writer's promise has waited for the watch.
    expect(story.revisions).toEqual([own])
    expect(proxy.watches).toBeGreaterThan(watches)
    await story.stop()
  })

  it('tells a writer in the end, also when the watch never works', async () => {
    await using world = await observed({ stallMs: 50 })
    await using deaf = await openEtcdStore({
      endpoints: [world.proxy.endpoint],
      prefix: world.prefix,
      stallMs: 50,
      patienceMs: 300,
    })
    world.proxy.tamper = () => []
    expect((await deaf.create('/a', bytes('1'))).ok).toBe(true)
    world.proxy.tamper = undefined
  })

  it('puts a revision together that comes in pieces', async () => {
    await using world = await observed()
    const { watcher, prefix } = world
    using client = new EtcdClient({
      endpoints: [server.endpoint],
      tls: undefined,
      clock: systemClock(),
      log: silentLogger(),
      timeoutMs: 5_000,
    })
    const keys = Array.from({ length: 10 }, (_, index) => `/big-${index}`)
    const put = (key: string, value: Uint8Array) => ({ type: 'put', key: `${prefix}${key}`, value }) as const
    let pieces = 0
    world.proxy.tamper = (message) => {
      if (decodeWatch(message).fragment) pieces++
      return [message]
    }
    const batches: number[] = []
    const stop = new AbortController()
    const watching = (async () => {
      for await (const { events } of watcher.watch(everything, {
        after: await watcher.revision(),
        signal: stop.signal,
      })) {
        batches.push(events.length)
        stop.abort()
      }
    })()
    // Twice, so that there is an earlier value with each: 2.6 MB in one revision, more than one message may have.
    const big = new Uint8Array(130_000).fill(7)
    await client.txn({ compare: [], success: [...keys.map((key) => put(key, big)), put('/', big)], failure: [] })
    await watching
    const again: number[] = []
    const stopAgain = new AbortController()
    const watchingAgain = (async () => {
      const after = await watcher.revision()
      for await (const { events } of watcher.watch(everything, { after, signal: stopAgain.signal })) {
        again.push(events.length)
        stopAgain.abort()
      }
    })()
    await client.txn({ compare: [], success: [...keys.map((key) => put(key, big)), put('/', big)], failure: [] })
    await watchingAgain
    expect([batches, again]).toEqual([[10], [10]])
    expect(pieces).toBeGreaterThan(0)
  })
})
