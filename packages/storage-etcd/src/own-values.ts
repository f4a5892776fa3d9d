/** Values on their way into etcd: what comes back in an event is the same instance again, not a copy. */
export class OwnValues {
  readonly #writing = new Map<string, Set<Uint8Array>>()

  add(key: string, value: Uint8Array): void {
    const values = this.#writing.get(key)
    if (values === undefined) this.#writing.set(key, new Set([value]))
    else values.add(value)
  }
  remove(key: string, value: Uint8Array): void {
    const values = this.#writing.get(key)
    values?.delete(value)
    if (values?.size === 0) this.#writing.delete(key)
  }

  /** The writer's instance when the bytes are the same, else a copy that does not hold on to the message it came in. */
  instance(key: string, value: Uint8Array): Uint8Array {
    for (const own of this.#writing.get(key) ?? []) {
      if (own.byteLength === value.byteLength && Buffer.compare(own, value) === 0) return own
    }
    return new Uint8Array(value)
  }
}
