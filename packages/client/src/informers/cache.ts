import type { DeepReadonly, KubeObject } from '@kairship/apimachinery'
import { objectKey } from '@kairship/apimachinery'
import type { Cache } from '../informer.ts'

type Values<T> = (object: DeepReadonly<T>) => readonly string[]
type Bucket<T> = Map<string, DeepReadonly<T>>
interface Index<T> {
  readonly values: Values<T>
  readonly buckets: Map<string, Bucket<T>>
}

const namespaces = 'metadata.namespace'

/** Objects by key with secondary indexes, all kept in step by `set` and `remove`. */
export class IndexedCache<T extends KubeObject> implements Cache<T> {
  readonly #objects: Bucket<T> = new Map()
  readonly #indexes = new Map<string, Index<T>>()

  get(key: string): DeepReadonly<T> | undefined {
    return this.#objects.get(key)
  }

  list(where: { readonly namespace?: string } = {}): Iterable<DeepReadonly<T>> {
    const { namespace } = where
    if (namespace === undefined) return valuesOf(this.#objects)
    // Made by the first who asks: most informers are never listed by namespace.
    if (!this.#indexes.has(namespaces)) this.index(namespaces, (object) => [object.metadata.namespace ?? ''])
    return this.byIndex(namespaces, namespace)
  }

  byIndex(name: string, value: string): Iterable<DeepReadonly<T>> {
    const index = this.#indexes.get(name)
    if (index === undefined) throw new TypeError(`there is no index "${name}"`)
    const bucket = index.buckets.get(value)
    return bucket === undefined ? [] : valuesOf(bucket)
  }

  get size(): number {
    return this.#objects.size
  }

  keys(): Iterable<string> {
    return this.#objects.keys()
  }

  index(name: string, values: Values<T>): void {
    if (this.#indexes.has(name)) throw new TypeError(`there is an index "${name}" already`)
    const index: Index<T> = { values, buckets: new Map() }
    this.#indexes.set(name, index)
    for (const [key, object] of this.#objects) insert(index, key, object)
  }

  set(object: DeepReadonly<T>): void {
    const key = objectKey(object)
    const previous = this.#objects.get(key)
    this.#objects.set(key, object)
    for (const index of this.#indexes.values()) {
      if (previous === undefined) insert(index, key, object)
      else replace(index, key, previous, object)
    }
  }

  remove(key: string): void {
    const previous = this.#objects.get(key)
    if (previous === undefined) return
    this.#objects.delete(key)
    for (const index of this.#indexes.values()) withdraw(index, key, previous)
  }
}

function insert<T>(index: Index<T>, key: string, object: DeepReadonly<T>): void {
  for (const value of index.values(object)) place(index, value, key, object)
}

function place<T>(index: Index<T>, value: string, key: string, object: DeepReadonly<T>): void {
  const bucket = index.buckets.get(value)
  if (bucket === undefined) index.buckets.set(value, new Map([[key, object]]))
  else bucket.set(key, object)
}

/** Most changes leave an object where it was in an index. */
function replace<T>(index: Index<T>, key: string, previous: DeepReadonly<T>, object: DeepReadonly<T>): void {
  const before = index.values(previous)
  const now = index.values(object)
  const moved = now.length !== before.length || now.some((value, at) => value !== before[at])
  if (moved) withdraw(index, key, previous)
  for (const value of now) place(index, value, key, object)
}

function withdraw<T>(index: Index<T>, key: string, object: DeepReadonly<T>): void {
  for (const value of index.values(object)) {
    const bucket = index.buckets.get(value)
    bucket?.delete(key)
    if (bucket?.size === 0) index.buckets.delete(value)
  }
}

/** An iterable that can be walked more than once, unlike the map's own iterator. */
function valuesOf<V>(map: Map<string, V>): Iterable<V> {
  return { [Symbol.iterator]: () => map.values() }
}
