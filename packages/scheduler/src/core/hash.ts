const OFFSET = 0x811c9dc5
const PRIME = 0x01000193

/** FNV-1a, 32 bit, over the UTF-8 bytes of `text`. */
export function fnv1a32(text: string): number {
  let hash = OFFSET
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code > 0x7f) return fnv1a32Bytes(new TextEncoder().encode(text))
    hash = Math.imul(hash ^ code, PRIME)
  }
  return hash >>> 0
}

function fnv1a32Bytes(bytes: Uint8Array): number {
  let hash = OFFSET
  for (const byte of bytes) hash = Math.imul(hash ^ byte, PRIME)
  return hash >>> 0
}
