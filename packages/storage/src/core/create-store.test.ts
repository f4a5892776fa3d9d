import { deferred, type Deferred } from '@kairship/runtime'
import { describe, expect, it } from 'vitest'
import { MemoryBackend } from '../memory/memory-store.ts'
import { CompactedError, everything, StoreUnavailableError, type Store } from '../store.ts'
import { bytes, follow, lost, plain, text, won } from '../testing/support.ts'
import type { Backend, CommitOutcome, Known, Write } from './backend.ts'
import { createStore } from './create-store.ts'

/** A real backend whose commits wait until the test lets them go, or fail as the test wants. */
class HeldBackend extends MemoryBackend implements Backend {
  readonly commits: { readonly writes: readonly Write[]; readonly outcome: Deferred<'ok' | CommitOutcome> }[] = []
  #held = deferred()

  override async commit(writes: readonly Write[]): Promise<CommitOutcome> {
    const outcome = deferred<'ok' | CommitOutcome>()
    this.commits.push({ writes, outcome })
    this.#held.resolve()
    this.#held = deferred()
    const decided = await outcome.promise
    return decided === 'ok' ? super.commit(writes) : decided
  }
  /** The commit number `index`, as soon as it has been asked for. */
  async commitAt(index: number): Promise<{ readonly keys: string[]; settle(outcome: 'ok' | CommitOutcome): void }> {
    while (this.commits.length <= index) await this.#held.promise
    const commit = this.commits[index]
    return { keys: (commit?.writes ?? []).map(({ key }) => key), settle: (outcome) => commit?.outcome.resolve(outcome) }
  }
}

function held(): { readonly backend: HeldBackend; readonly store: Store } {
  const backend = new HeldBackend()
  return { backend, store: createStore(backend, { revision: 0 }) }
}
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const marker = Symbol('pending')
  await new Promise((resolve) => setImmediate(resolve))
  return (await Promise.race([promise, Promise.resolve(marker)])) === marker
}
const full: CommitOutcome = { ok: false, error: new Error('disk full'), recoverable: true }
const broken: CommitOutcome = { ok: false, error: new Error('input/output error'), recoverable: false }

describe('a store on a backend that takes its time', () => {
  it('acknowledges and shows nothing before the commit', async () => {
    const { backend, store } = held()
    await using follower = follow(store, everything, 0)
    const write = store.create('/a', bytes('1'))
    const commit = await backend.commitAt(0)
    expect(await isPending(write)).toBe(true)
    expect(follower.batches).toEqual([])
    expect((await store.read(everything)).entries).toEqual([])
    expect(await store.revision()).toBe(0)
    commit.settle('ok')
    won(await write)
    expect(follower.events.length).toBe(1)
    await store[Symbol.asyncDispose]()
  })

  it('gathers what arrives during a commit into the next one', async () => {
    const { backend, store } = held()
    await using follower = follow(store, everything, 0)
    const first = store.create('/a', bytes('1'))
    const commit = await backend.commitAt(0)
    const rest = Promise.all(['/b', '/c', '/d'].map((key) => store.create(key, bytes('1'))))
    commit.settle('ok')
    await first
    const second = await backend.commitAt(1)
    expect([commit.keys, second.keys]).toEqual([['/a'], ['/b', '/c', '/d']])
    second.settle('ok')
    await rest
    expect(follower.batches.map(({ events }) => events.length)).toEqual([1, 3])
    await store[Symbol.asyncDispose]()
  })

  it('decides against writes that are not durable yet, and tells losers only when they are', async () => {
    const { backend, store } = held()
    const create = store.create('/a', bytes('1'))
    const commit = await backend.commitAt(0)
    const update = store.update('/a', bytes('2'), 1)
    const loser = store.update('/a', bytes('3'), 1)
    const creator = store.create('/a', bytes('4'))
    commit.settle('ok')
    won(await create)
    expect(await isPending(Promise.race([loser, creator]))).toBe(true)
    const second = await backend.commitAt(1)
    second.settle('ok')
    won(await update)
    expect(plain(lost(await loser))).toMatchObject({ value: '2' })
    expect(plain(lost(await creator))).toMatchObject({ value: '2' })
    await store[Symbol.asyncDispose]()
  })

  it('rejects a failed commit and all that was built on it, and goes back to the last durable state', async () => {
    const { backend, store } = held()
    const create = store.create('/a', bytes('1'))
    ;(await backend.commitAt(0)).settle('ok')
    const revision = won(await create)
    await using follower = follow(store, everything, 0)
    const update = store.update('/a', bytes('2'), revision)
    const failing = await backend.commitAt(1)
    const builtOn = store.delete('/a')
    const unrelated = store.create('/b', bytes('1'))
    const loser = store.create('/a', bytes('x'))
    failing.settle(full)
    for (const write of [update, builtOn, unrelated]) await expect(write).rejects.toThrow(StoreUnavailableError)
    await expect(update).rejects.toMatchObject({ cause: { message: 'disk full' } })
    // The delete it would have lost or won against never happened.
    await expect(loser).rejects.toThrow(StoreUnavailableError)
    expect(await store.revision()).toBe(revision)

    const again = store.update('/a', bytes('3'), revision)
    ;(await backend.commitAt(2)).settle('ok')
    expect(won(await again)).toBeGreaterThan(revision)
    expect(follower.events.map(({ entry }) => entry?.value)).toEqual(['1', '3'])
    await store[Symbol.asyncDispose]()
  })

  it('takes no more writes after an error that leaves the disk in doubt, but still reads', async () => {
    const { backend, store } = held()
    const create = store.create('/a', bytes('1'))
    ;(await backend.commitAt(0)).settle('ok')
    await create
    const update = store.update('/a', bytes('2'), 1)
    ;(await backend.commitAt(1)).settle(broken)
    await expect(update).rejects.toThrow(StoreUnavailableError)
    await expect(store.update('/a', bytes('3'), 1)).rejects.toThrow(StoreUnavailableError)
    await expect(store.create('/a', bytes('3'))).rejects.toThrow(StoreUnavailableError)
    expect(text((await store.read({ start: '/a' })).entries[0]?.value)).toBe('1')
    expect(backend.commits.length).toBe(2)
    await store[Symbol.asyncDispose]()
  })
})

/** Keeps only revisions in its index, like a backend on disk: old values have to be asked for. */
class ForgetfulBackend extends MemoryBackend {
  override lookup(key: string): Known | undefined {
    const known = super.lookup(key)
    return known && { ...known, value: undefined }
  }
  override async commit(writes: readonly Write[]): Promise<CommitOutcome> {
    const previous: (Uint8Array | undefined)[] = []
    for (const write of writes) {
      previous.push(write.wantPrevious ? super.lookup(write.key)?.value : undefined)
      await super.commit([write])
    }
    return { ok: true, previous }
  }
}

describe('a store on a backend that keeps no values in memory', () => {
  it('hands over winners and earlier values all the same', async () => {
    await using store = createStore(new ForgetfulBackend(), { revision: 0 })
    await using follower = follow(store, everything, 0)
    const created = won(await store.create('/a', bytes('1')))
    expect(plain(lost(await store.create('/a', bytes('2'))))).toMatchObject({ value: '1' })
    await Promise.all([store.update('/a', bytes('2'), created), store.delete('/a')])
    expect(follower.events.map(({ previous }) => previous?.value)).toEqual([undefined, '1', '2'])
    expect((await store.read(everything, { at: created })).entries.map(({ value }) => text(value))).toEqual(['1'])
  })
})

describe('history', () => {
  it('forgets the oldest events beyond its limits, by number and by bytes', async () => {
    for (const history of [{ events: 5 }, { bytes: 5_500 }]) {
      await using store = createStore(new MemoryBackend(), { revision: 0, history })
      for (let i = 0; i < 20; i++) won(await store.create(`/k${i}`, new Uint8Array(800)))
      await expect(store.read(everything, { at: 14 })).rejects.toThrow(CompactedError)
      expect((await store.read(everything, { at: 15 })).entries.length).toBe(15)
      await using behind = follow(store, everything, 14)
      expect(await behind.ended).toMatchObject({ name: 'CompactedError', oldest: 15 })
    }
  })
})
