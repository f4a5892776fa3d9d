import { CompactedError, everything, StoreUnavailableError, type Revision, type Store } from '@kairship/storage'
import { expect, it } from 'vitest'
import { createEtcdEngine, openEtcdStore } from './etcd-engine.ts'
import { describeWithEtcd, startEtcd } from './testing/index.ts'
import { startEtcdCluster } from './testing/etcd-server.ts'
import { bytes, contents, expectContinuous, listen, put, remove, text } from './testing/world.ts'

interface Acknowledged {
  readonly revision: Revision
  readonly key: string
  readonly value: string | undefined
}

/** Writes keys of its own until told to stop; what fails may have happened or not. */
async function writer(store: Store, name: string, stop: AbortSignal, done: Acknowledged[]): Promise<number> {
  let failed = 0
  for (let i = 0; !stop.aborted; i++) {
    const key = `/${name}/${i % 7}`
    try {
      const [current] = (await store.read({ start: key })).entries
      const value = i % 5 === 4 ? undefined : `${name}-${i}`
      const result = await (value === undefined
        ? store.delete(key, current?.modRevision)
        : current === undefined
          ? store.create(key, bytes(value))
          : store.update(key, bytes(value), current.modRevision))
      if (result.ok) done.push({ revision: result.revision, key, value })
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error
      failed++
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  return failed
}

await describeWithEtcd(process.env, 'etcd that is killed and started again', (binary) => {
  it('loses no acknowledged write, and no watch has a gap or a repeat', { timeout: 60_000 }, async () => {
    await using etcd = await startEtcd(binary)
    await using first = createEtcdEngine({ endpoints: [etcd.endpoint], timeoutMs: 1_000 })
    await using second = createEtcdEngine({ endpoints: [etcd.endpoint], timeoutMs: 1_000 })
    await using a = await first.open('/p')
    await using b = await second.open('/p')
    const start = await a.revision()
    const stories = [listen(a, start), listen(b, start)]
    const stop = new AbortController()
    const done: Acknowledged[] = []
    const writing = Promise.all(
      ['1', '2', '3', '4', '5', '6'].map((name) => writer(Number(name) % 2 === 0 ? a : b, name, stop.signal, done)),
    )
    for (let round = 0; round < 6; round++) {
      const before = done.length
      while (done.length < before + 60) await new Promise((resolve) => setTimeout(resolve, 5))
      await etcd.kill()
      await etcd.start()
    }
    stop.abort()
    await writing
    const last = await put(a, '/last', 'x')
    for (const story of stories) await story.reached(last)

    // etcd's own history, read by somebody who saw nothing of all this.
    await using judge = await openEtcdStore({ endpoints: [etcd.endpoint], prefix: '/p' })
    const truth = listen(judge, start)
    await truth.reached(last)
    await truth.stop()
    expectContinuous(truth)
    for (const story of stories) {
      await story.stop()
      expect(story.events).toEqual(truth.events)
    }
    const happened = new Set(truth.events.map((event) => event.replace(/ \S*>/u, ' >')))
    const lost = done.filter(({ revision, key, value = '-' }) => !happened.has(`${revision} ${key} >${value}`))
    expect(lost).toEqual([])
    expect(done.length).toBeGreaterThan(360)
  })

  it('is unavailable while it is away, and serves again without being opened again', async () => {
    await using etcd = await startEtcd(binary)
    await using store = await openEtcdStore({ endpoints: [etcd.endpoint], prefix: '/p', timeoutMs: 500 })
    await put(store, '/a', '1')
    await etcd.kill()
    await expect(store.create('/b', bytes('1'))).rejects.toThrow(StoreUnavailableError)
    await expect(store.read(everything)).rejects.toThrow(StoreUnavailableError)
    await expect(store.revision()).rejects.toThrow(StoreUnavailableError)
    await etcd.start()
    await put(store, '/b', '2')
    expect(await contents(store)).toEqual({ '/a': '1', '/b': '2' })
  })

  it('answers nothing while it hangs, and what it did not answer may have happened', async () => {
    await using etcd = await startEtcd(binary)
    await using store = await openEtcdStore({ endpoints: [etcd.endpoint], prefix: '/p', timeoutMs: 300 })
    const story = listen(store, await store.revision())
    etcd.pause()
    const write = store.create('/a', bytes('1'))
    await expect(write).rejects.toThrow(/whether it was done is not known/u)
    etcd.resume()
    const last = await put(store, '/b', '1')
    await story.reached(last)
    await story.stop()
    const page = await store.read(everything)
    expect(story.events.length).toBe(page.entries.length)
  })

  it('is noticed to be older than it was when a backup took its place: watches end, the rest goes on', async () => {
    await using etcd = await startEtcd(binary)
    await using store = await openEtcdStore({ endpoints: [etcd.endpoint], prefix: '/p' })
    await put(store, '/a', 'old')
    await etcd.kill()
    const backup = await etcd.backup()
    await etcd.start()
    await put(store, '/a', 'new')
    await put(store, '/b', 'new')
    const story = listen(store, await store.revision())
    await etcd.kill()
    await backup.restore()
    await etcd.start()
    expect(await story.ended).toBeInstanceOf(CompactedError)
    expect(await contents(store)).toEqual({ '/a': 'old' })
    const again = listen(store, await store.revision())
    const last = await put(store, '/a', 'newer')
    await again.reached(last)
    await again.stop()
    expect(again.events).toEqual([`${last} /a old>newer`])
  })
})

await describeWithEtcd(process.env, 'an etcd of three members', (binary) => {
  it('goes on when the member dies to which the store talks', { timeout: 60_000 }, async () => {
    await using cluster = await startEtcdCluster(binary, 3)
    const endpoints = cluster.members.map(({ endpoint }) => endpoint)
    await using store = await openEtcdStore({ endpoints, prefix: '/p' })
    const start = await store.revision()
    const story = listen(store, start)
    const revisions: Revision[] = []
    for (const [index, member] of cluster.members.entries()) {
      for (let i = 0; i < 10; i++) revisions.push(await put(store, `/${index}-${i}`, 'x'))
      await member.kill()
      // Whether the write under way was done is not known, so ask until it is there.
      for (let there = false; !there; ) {
        there = await put(store, `/after-${index}`, 'x').then(
          () => true,
          () => false,
        )
      }
      await member.start()
    }
    const last = await put(store, '/last', 'x')
    await story.reached(last)
    await story.stop()
    expectContinuous(story)
    expect(revisions.filter((revision) => !story.revisions.includes(revision))).toEqual([])
    expect(story.events.length).toBe((await store.read(everything)).entries.length)
  })

  it('does not leave a store on a member that lost touch with the others', { timeout: 60_000 }, async () => {
    await using cluster = await startEtcdCluster(binary, 3)
    const [lonely, ...others] = cluster.members
    if (lonely === undefined) throw new Error('no member')
    const endpoints = cluster.members.map(({ endpoint }) => endpoint)
    // Its first endpoint is where it goes; then the other two hang, so that the member has no leader any more.
    await using store = await openEtcdStore({ endpoints, prefix: '/p', timeoutMs: 3_000 })
    await put(store, '/a', '1')
    for (const member of others) member.pause()
    await expect(store.create('/b', bytes('1'))).rejects.toThrow(StoreUnavailableError)
    for (const member of others) member.resume()
    lonely.pause()
    const story = listen(store, await store.revision())
    let last = 0
    while (last === 0) last = await put(store, '/c', text(bytes('1'))).catch(() => 0)
    await story.reached(last)
    await story.stop()
    lonely.resume()
    await remove(store, '/c')
  })
})
