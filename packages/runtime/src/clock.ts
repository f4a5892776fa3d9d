import type { Clock } from './contracts.ts'

/** Engines keep delays in 31 bits and fire at once when given more. */
const longestTimer = 2 ** 31 - 1

/** The machine's time and timers. */
export function systemClock(): Clock {
  const clock: Clock = {
    now: () => Date.now(),
    setTimeout: (callback, ms, options) => startTimer(callback, ms, options?.unref === true),
    sleep: (ms, signal) => sleepOn(clock, ms, signal),
  }
  return clock
}

function startTimer(callback: () => void, ms: number, unref: boolean): Disposable {
  let handle: ReturnType<typeof setTimeout> | undefined
  const arm = (left: number): void => {
    handle = left > longestTimer ? setTimeout(() => arm(left - longestTimer), longestTimer) : setTimeout(callback, left)
    // Browsers answer with a number, which has nothing to unref.
    if (unref && typeof handle === 'object') handle.unref()
  }
  arm(ms)
  return { [Symbol.dispose]: () => clearTimeout(handle) }
}

/** `Clock.sleep` in terms of `Clock.setTimeout`, for every clock. */
export function sleepOn(clock: Pick<Clock, 'setTimeout'>, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason)
      return
    }
    const onAbort = (): void => {
      timer[Symbol.dispose]()
      reject(signal?.reason)
    }
    const timer = clock.setTimeout(() => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
