const chunkLimit = 512

/**
 * A map kept in key order (code units). Keys live in chunks, so that inserting into hundreds of thousands of keys moves
 * a few hundred pointers.
 */
export class SortedMap<V> {
  readonly #values = new Map<string, V>()
  /** Never holds an empty chunk. */
  readonly #chunks: string[][] = []

  get size(): number {
    return this.#values.size
  }

  get(key: string): V | undefined {
    return this.#values.get(key)
  }

  has(key: string): boolean {
    return this.#values.has(key)
  }

  set(key: string, value: V): void {
    const known = this.#values.has(key)
    this.#values.set(key, value)
    if (!known) this.#insert(key)
  }

  delete(key: string): boolean {
    if (!this.#values.delete(key)) return false
    const index = this.#chunkOf(key)
    const chunk = this.#chunks[index]
    if (chunk === undefined) return true
    chunk.splice(lowerBound(chunk, key), 1)
    if (chunk.length === 0) this.#chunks.splice(index, 1)
    return true
  }

  /** Entries with `start <= key < end`, in order. The map must not change while iterating. */
  *range(start = '', end?: string): Generator<[string, V]> {
    let index = this.#chunkOf(start)
    let position = lowerBound(this.#chunks[index] ?? [], start)
    for (; index < this.#chunks.length; index++, position = 0) {
      const chunk = this.#chunks[index] ?? []
      for (; position < chunk.length; position++) {
        const key = chunk[position] ?? ''
        if (end !== undefined && key >= end) return
        const value = this.#values.get(key)
        if (value !== undefined) yield [key, value]
      }
    }
  }

  /** How many keys lie in `start <= key < end`. */
  count(start = '', end?: string): number {
    return (end === undefined ? this.size : this.#rank(end)) - this.#rank(start)
  }

  #rank(key: string): number {
    const index = this.#chunkOf(key)
    let rank = 0
    for (let before = 0; before < index; before++) rank += this.#chunks[before]?.length ?? 0
    return rank + lowerBound(this.#chunks[index] ?? [], key)
  }

  #insert(key: string): void {
    const index = this.#chunkOf(key)
    const chunk = this.#chunks[index]
    if (chunk === undefined) {
      this.#chunks.push([key])
      return
    }
    const last = chunk[chunk.length - 1]
    if (last !== undefined && key > last) chunk.push(key)
    else chunk.splice(lowerBound(chunk, key), 0, key)
    if (chunk.length > chunkLimit) this.#chunks.splice(index + 1, 0, chunk.splice(chunk.length >> 1))
  }

  /** The last chunk whose first key is not above `key`, or the first chunk. */
  #chunkOf(key: string): number {
    let low = 0
    let high = this.#chunks.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#chunks[middle]?.[0] ?? '') <= key) low = middle + 1
      else high = middle
    }
    return Math.max(0, low - 1)
  }
}

function lowerBound(keys: readonly string[], key: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((keys[middle] ?? '') < key) low = middle + 1
    else high = middle
  }
  return low
}
