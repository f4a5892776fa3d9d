import { failure, resourceRef } from '@kairship/apimachinery'
import type { DeepReadonly, KubeObject } from '@kairship/apimachinery'
import type { CacheEvent, Informer } from '@kairship/client'
import { describe, expect, it } from 'vitest'
import { Latest } from './latest.ts'

type Thing = KubeObject & { readonly n: number }
const thing = (n: number): Thing => ({ metadata: { name: 'a', uid: 'u', resourceVersion: String(n) }, n })

/** An informer whose stream the test plays. */
class Stream implements Informer<Thing> {
  readonly ref = resourceRef<Thing>({ group: 'x', version: 'v1', resource: 'things', kind: 'Thing', namespaced: false })
  readonly #objects = new Map<string, DeepReadonly<Thing>>()
  readonly #listeners: ((event: CacheEvent<Thing>) => void)[] = []
  readonly hasSynced = true
  readonly problem = undefined
  readonly cache = {
    get: (key: string) => this.#objects.get(key),
    list: () => this.#objects.values(),
    byIndex: () => this.#objects.values(),
    size: 0,
  }
  index(): void {}
  subscribe(listener: (event: CacheEvent<Thing>) => void): Disposable {
    this.#listeners.push(listener)
    return { [Symbol.dispose]: () => undefined }
  }
  async synced(): Promise<void> {}
  age(): number {
    return 0
  }
  sees(object: Thing): void {
    const previous = this.#objects.get('a')
    this.#objects.set('a', object)
    const event =
      previous === undefined
        ? { type: 'added' as const, object, initial: false }
        : { type: 'updated' as const, object, previous }
    for (const listener of this.#listeners) listener(event)
  }
  seesDeletionOf(object: Thing): void {
    this.#objects.delete('a')
    for (const listener of this.#listeners) listener({ type: 'deleted', object, finalStateUnknown: false })
  }
}

describe('the latest known state', () => {
  it('is what was written until the stream has caught up', async () => {
    const stream = new Stream()
    const latest = new Latest<Thing>(stream)
    stream.sees(thing(1))
    await latest.write('a', async () => thing(5))
    expect(latest.get('a')?.n).toBe(5)
    expect([...latest.byIndex('any', 'value')].map(({ n }) => n)).toEqual([5])
    stream.sees(thing(3))
    expect(latest.get('a')?.n).toBe(5)
    stream.sees(thing(6))
    expect(latest.get('a')?.n).toBe(6)
  })

  it('knows a new object before the stream does, and forgets it when the stream tells that it is gone', async () => {
    const stream = new Stream()
    const latest = new Latest<Thing>(stream)
    await latest.write('a', async () => thing(2))
    expect(latest.get('a')?.n).toBe(2)
    stream.sees(thing(2))
    stream.seesDeletionOf(thing(3))
    expect(latest.get('a')).toBeUndefined()
  })

  it('does not revive an object that came and went while its write was under way', async () => {
    const stream = new Stream()
    const latest = new Latest<Thing>(stream)
    await latest.write('a', async () => {
      stream.sees(thing(2))
      stream.seesDeletionOf(thing(3))
      return thing(2)
    })
    expect(latest.get('a')).toBeUndefined()
  })

  it('forgets what it remembered when the server says that it is outdated', async () => {
    const stream = new Stream()
    const latest = new Latest<Thing>(stream)
    await latest.write('a', async () => thing(2))
    const conflict = failure(409, 'Conflict', 'changed')
    await expect(latest.write('a', () => Promise.reject(conflict))).rejects.toBe(conflict)
    expect(latest.get('a')).toBeUndefined()
  })
})
