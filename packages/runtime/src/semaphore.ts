/** At most `limit` holders at a time, first come first served. `acquire` gives the slot back when disposed. */
export interface Semaphore {
  acquire(signal?: AbortSignal): Promise<Disposable>
  readonly free: number
  readonly waiting: number
}

/** One holder at a time. */
export function mutex(): Semaphore {
  return semaphore(1)
}

export function semaphore(limit: number): Semaphore {
  let free = limit
  // Insertion order is the queue; a waiter that aborts leaves from the middle.
  const waiters = new Set<(slot: Disposable) => void>()

  function slot(): Disposable {
    let held = true
    return {
      [Symbol.dispose]() {
        if (!held) return
        held = false
        const [next] = waiters
        if (next === undefined) {
          free++
          return
        }
        waiters.delete(next)
        next(slot())
      },
    }
  }

  return {
    get free() {
      return free
    },
    get waiting() {
      return waiters.size
    },
    acquire(signal) {
      if (signal?.aborted === true) return Promise.reject(signal.reason)
      if (free > 0) {
        free--
        return Promise.resolve(slot())
      }
      return new Promise((resolve, reject) => {
        const onAbort = (): void => {
          waiters.delete(take)
          reject(signal?.reason)
        }
        const take = (given: Disposable): void => {
          signal?.removeEventListener('abort', onAbort)
          resolve(given)
        }
        waiters.add(take)
        signal?.addEventListener('abort', onAbort, { once: true })
      })
    },
  }
}
