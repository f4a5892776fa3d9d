/** A binary heap; `before` says which of two comes out first. */
export class Heap<T> {
  readonly #items: T[] = []
  readonly #before: (a: T, b: T) => boolean

  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before
  }

  get size(): number {
    return this.#items.length
  }

  peek(): T | undefined {
    return this.#items[0]
  }

  push(item: T): void {
    const items = this.#items
    let at = items.length
    items.push(item)
    while (at > 0) {
      const up = (at - 1) >> 1
      const parent = items[up]
      if (parent === undefined || !this.#before(item, parent)) break
      items[at] = parent
      at = up
    }
    items[at] = item
  }

  pop(): T | undefined {
    const items = this.#items
    const first = items[0]
    const last = items.pop()
    if (first === undefined || last === undefined || items.length === 0) return first
    let at = 0
    for (;;) {
      let down = 2 * at + 1
      let child = items[down]
      if (child === undefined) break
      const right = items[down + 1]
      if (right !== undefined && this.#before(right, child)) {
        down++
        child = right
      }
      if (!this.#before(child, last)) break
      items[at] = child
      at = down
    }
    items[at] = last
    return first
  }

  clear(): void {
    this.#items.length = 0
  }
}
