/** First in, first out within a priority; higher priorities first. Few priorities are in use, so they are kept in a list. */
export class PriorityFifo<T> {
  readonly #lines: Line<T>[] = []

  push(item: T, priority: number): void {
    const lines = this.#lines
    let at = 0
    for (let line = lines[at]; line !== undefined && line.priority > priority; line = lines[at]) at++
    const found = lines[at]
    if (found !== undefined && found.priority === priority) found.items.push(item)
    else lines.splice(at, 0, { priority, items: [item], head: 0 })
  }

  shift(): T | undefined {
    const lines = this.#lines
    for (let line = lines[0]; line !== undefined; line = lines[0]) {
      const item = line.items[line.head]
      if (item === undefined) {
        lines.shift()
        continue
      }
      line.head++
      // Taking from the front of an array is linear; forget the taken part only now and then.
      if (line.head > 1024 && line.head * 2 > line.items.length) {
        line.items.splice(0, line.head)
        line.head = 0
      }
      return item
    }
    return undefined
  }
}

interface Line<T> {
  readonly priority: number
  readonly items: T[]
  head: number
}
