const firstMs = 50
const longestMs = 60_000

/** 50 ms, 100 ms, … up to a minute. */
export function backoffDelay(failures: number): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 16))
}
