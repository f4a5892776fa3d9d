/** Work on one key happens in the order in which it was asked for; work on different keys at the same time. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>()

  take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key)
    const working = before === undefined ? work() : before.then(work, work)
    this.#last.set(key, working)
    const forget = (): void => {
      if (this.#last.get(key) === working) this.#last.delete(key)
    }
    working.then(forget, forget)
    return working
  }
}
