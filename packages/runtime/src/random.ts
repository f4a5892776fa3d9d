import type { Random } from './contracts.ts'

/** The platform's randomness; `bytes` and `uuid` are cryptographically strong. */
export function systemRandom(): Random {
  // Much faster where it exists: the engine makes many at once. It is missing on pages served over plain HTTP.
  const hasUuid = typeof globalThis.crypto.randomUUID === 'function'
  return {
    next: () => Math.random(),
    uuid: hasUuid ? () => globalThis.crypto.randomUUID() : () => formatUuid(randomBytes(16)),
    bytes: randomBytes,
  }
}

/** `getRandomValues` refuses more than this at once. */
const largestRequest = 65_536

function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at += largestRequest) {
    globalThis.crypto.getRandomValues(bytes.subarray(at, at + largestRequest))
  }
  return bytes
}

/** A version 4 UUID made of 16 random bytes. */
export function formatUuid(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < 16; i++) {
    let byte = bytes[i] ?? 0
    if (i === 6) byte = (byte & 0x0f) | 0x40
    if (i === 8) byte = (byte & 0x3f) | 0x80
    if (i === 4 || i === 6 || i === 8 || i === 10) text += '-'
    text += (byte < 16 ? '0' : '') + byte.toString(16)
  }
  return text
}
