/** A promise with its resolvers outside; `settled` tells whether one of them was used. */
export interface Deferred<T> {
  readonly promise: Promise<T>
  readonly settled: boolean
  resolve(value: T): void
  reject(reason: unknown): void
}

export function deferred<T = void>(): Deferred<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  let settled = false
  return {
    promise,
    get settled() {
      return settled
    },
    resolve(value) {
      settled = true
      resolve(value)
    },
    reject(reason) {
      settled = true
      reject(reason)
    },
  }
}
