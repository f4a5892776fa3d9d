import { deepFreeze, errors, type Unstructured } from '@kairship/apimachinery'
import type { Store, WriteResult } from '@kairship/storage'
import { Encoder, type Span } from '../cache/codec.ts'
import { type Item, View } from '../cache/item.ts'
import { listKey, storeKey } from '../cache/keys.ts'
import type { PlaneCache } from '../cache/plane-cache.ts'
import type { InstalledResource } from '../strategy.ts'
import { convertItems, convertTo } from './convert.ts'
import type { Resources } from './resources.ts'
import { maxObjectBytes, storeFailure } from './store-failure.ts'

/** What a write left behind: the written object, or that somebody else was first. */
export type Committed = { readonly view: View } | 'lost'

interface Encoded {
  readonly storage: InstalledResource
  readonly stored: Unstructured
  readonly value: Uint8Array
  readonly spans: readonly Span[]
  readonly key: string
}

/** The only place that writes to the store. A write is over when this plane's cache shows it (read your writes). */
export class Committer {
  readonly #store: Store
  readonly #cache: PlaneCache
  readonly #resources: Resources
  readonly #encoder = new Encoder()
  /** Writers of one key wait for each other, so that a patch is not applied to a state about to change. */
  readonly #queues = new Map<string, Promise<void>>()

  constructor(store: Store, cache: PlaneCache, resources: Resources) {
    this.#store = store
    this.#cache = cache
    this.#resources = resources
  }

  /** Runs `work` when no other writer holds the object. */
  async exclusive<T>(
    installed: InstalledResource,
    namespace: string,
    name: string,
    work: () => Promise<T>,
  ): Promise<T> {
    const key = keyOf(installed, namespace, name)
    for (let before = this.#queues.get(key); before !== undefined; before = this.#queues.get(key)) await before
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#queues.set(key, promise)
    try {
      return await work()
    } finally {
      this.#queues.delete(key)
      resolve()
    }
  }

  async create(installed: InstalledResource, draft: Unstructured): Promise<Committed> {
    const encoding = this.#encode(installed, draft)
    const { storage, stored, value, spans, key } = encoding instanceof Promise ? await encoding : encoding
    this.#cache.announce(value, { draft: stored, author: storage, spans })
    const result = await this.#write(() => this.#store.create(key, value))
    return this.#settle(installed, stored, result)
  }

  async update(installed: InstalledResource, draft: Unstructured, old: Item): Promise<Committed> {
    const encoding = this.#encode(installed, draft, old)
    const { storage, stored, value, spans, key } = encoding instanceof Promise ? await encoding : encoding
    this.#cache.announce(value, { draft: stored, author: storage, spans })
    const result = await this.#write(() => this.#store.update(key, value, old.revision))
    return this.#settle(installed, stored, result)
  }

  /** True when the object of this revision is gone now. */
  async delete(installed: InstalledResource, old: Item): Promise<boolean> {
    const key = keyOf(installed, old.namespace, old.name)
    const result = await this.#write(() => this.#store.delete(key, old.revision))
    await this.#visible(result)
    return result.ok
  }

  #encode(installed: InstalledResource, draft: Unstructured, old?: Item): Encoded | Promise<Encoded> {
    const storage = this.#resources.storage(installed)
    if (storage === installed) return this.#encoded(installed, storage, draft, old)
    if (storage.strategy.convertAll === undefined) {
      return this.#encoded(installed, storage, convert(storage, draft), old)
    }
    return convertTo(storage, [draft]).then(([stored]) => this.#encoded(installed, storage, stored ?? draft, old))
  }

  #encoded(installed: InstalledResource, storage: InstalledResource, stored: Unstructured, old?: Item): Encoded {
    const { value, spans } = this.#encoder.encode(stored, old?.encoded)
    if (value.length > maxObjectBytes) throw errors.tooLarge(maxObjectBytes)
    const { namespace = '', name = '' } = stored.metadata
    return { storage, stored, value, spans, key: keyOf(installed, namespace, name) }
  }

  async #write(write: () => Promise<WriteResult>): Promise<WriteResult> {
    try {
      return await write()
    } catch (error) {
      throw storeFailure(error, 'the store cannot take writes')
    }
  }

  async #settle(installed: InstalledResource, stored: Unstructured, result: WriteResult): Promise<Committed> {
    await this.#visible(result)
    if (!result.ok) return 'lost'
    const { namespace = '', name = '' } = stored.metadata
    const item = this.#cache.of(installed.definition).items.get(listKey(namespace, name))
    if (item?.revision === result.revision) {
      const converting = convertItems(installed, [item])
      if (converting !== undefined) await converting
      return { view: item.view(installed) }
    }
    // Already overwritten by the next write: this one's own object, without the cache.
    if (!Object.isFrozen(stored)) {
      stored.metadata.resourceVersion = String(result.revision)
      deepFreeze(stored)
    }
    const storage = this.#resources.storage(installed)
    if (storage === installed) return { view: new View(stored) }
    const [converted] = await convertTo(installed, [stored])
    return { view: new View(deepFreeze(converted ?? stored)) }
  }

  /** Waits until the cache shows what the store answered. */
  async #visible(result: WriteResult): Promise<void> {
    // Lost against a delete that happened elsewhere: its revision is not known.
    const isGone = !result.ok && result.current === undefined
    const revision = isGone ? await this.#newest() : result.ok ? result.revision : result.current?.modRevision
    const reached = revision === undefined ? undefined : this.#cache.reached(revision)
    if (reached !== undefined) await reached
  }
  async #newest(): Promise<number | undefined> {
    try {
      return await this.#cache.newest()
    } catch (error) {
      throw storeFailure(error, 'the store cannot be read')
    }
  }
}

function keyOf({ definition }: InstalledResource, namespace: string, name: string): string {
  const { group, storageGroup = group, resource } = definition
  return storeKey(storageGroup, resource, namespace, name)
}

function convert(target: InstalledResource, object: Unstructured): Unstructured {
  const { group, version, kind } = target.definition
  const converted = target.strategy.convertFrom?.(object) ?? { ...object, metadata: { ...object.metadata } }
  converted.apiVersion = group === '' ? version : `${group}/${version}`
  converted.kind = kind
  return converted
}
