import type { Random } from './contracts.ts'

export interface BackoffOptions {
  readonly baseMs: number
  readonly capMs: number
  /** Growth per attempt. Default 2. */
  readonly factor?: number
  /** 0 none; 0.5 takes away up to half of the delay at random, so that many failures do not retry together. */
  readonly jitter?: number
  /** Required for jitter to have an effect. */
  readonly random?: Random
}

/** Delay before a retry; `attempt` counts from 0. */
export type Backoff = (attempt: number) => number

export function exponentialBackoff(options: BackoffOptions): Backoff {
  const { baseMs, capMs, factor = 2, jitter = 0, random } = options
  return (attempt) => {
    // Large attempts overflow to Infinity, which the cap absorbs.
    const full = Math.min(capMs, baseMs * factor ** Math.max(0, attempt))
    return random === undefined ? full : full - full * jitter * random.next()
  }
}
