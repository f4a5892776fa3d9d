import type { Random } from '../contracts.ts'
import { formatUuid } from '../random.ts'

/** The same numbers for the same seed, on every machine. Not for secrets. */
export function seededRandom(seed: number): Random {
  // mulberry32: 32 bits of state are plenty for tests and simulations.
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => Math.floor(next() * 256))
  return { next, bytes, uuid: () => formatUuid(bytes(16)) }
}
