import type { PackedValues } from './protocol.ts'

/** A value that is kept keeps its whole chunk in memory. */
const chunkBytes = 64 * 1024

/** Puts values together for a message. */
export class Packer {
  readonly #sizes: number[] = []
  readonly #chunks: Uint8Array[] = []
  #waiting: Uint8Array[] = []
  #bytes = 0

  add(value: Uint8Array): void {
    this.#sizes.push(value.byteLength)
    if (this.#bytes > 0 && this.#bytes + value.byteLength > chunkBytes) this.#closeChunk()
    this.#waiting.push(value)
    this.#bytes += value.byteLength
  }

  finish(): PackedValues {
    this.#closeChunk()
    return { sizes: Int32Array.from(this.#sizes), chunks: this.#chunks }
  }

  #closeChunk(): void {
    if (this.#bytes > 0) this.#chunks.push(concatenate(this.#waiting, this.#bytes))
    this.#waiting = []
    this.#bytes = 0
  }
}

/** The buffers to hand over with a message. */
export function transferable(packed: PackedValues): ArrayBuffer[] {
  return packed.chunks.flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? [buffer] : []))
}

export function unpack(packed: PackedValues): Uint8Array[] {
  const values: Uint8Array[] = []
  let chunk = 0
  let offset = 0
  for (const size of packed.sizes) {
    // An empty value is in no chunk; a full chunk is followed by the next.
    if (size > 0 && offset >= (packed.chunks[chunk]?.byteLength ?? 0)) {
      chunk++
      offset = 0
    }
    values.push(packed.chunks[chunk]?.subarray(offset, offset + size) ?? new Uint8Array(0))
    offset += size
  }
  return values
}

export function concatenate(parts: readonly Uint8Array[], bytes: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(bytes)
  let offset = 0
  for (const part of parts) {
    all.set(part, offset)
    offset += part.byteLength
  }
  return all
}
