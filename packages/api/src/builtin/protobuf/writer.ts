/** Writes protobuf messages into one growing buffer. Default values are not written, as in proto3. */
export class ProtobufWriter {
  #bytes = new Uint8Array(4096)
  #length = 0

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  string(field: number, value: string | undefined): void {
    if (value !== undefined && value !== '') this.element(field, value)
  }

  /** An element of a repeated string, or a member of a oneof: written even when empty. */
  element(field: number, value: string): void {
    const encoded = utf8.encode(value)
    this.#varint(field * 8 + 2)
    this.#varint(encoded.length)
    this.#reserve(encoded.length)
    this.#bytes.set(encoded, this.#length)
    this.#length += encoded.length
  }

  bool(field: number, value: boolean | undefined): void {
    if (value === true) this.integer(field, 1)
  }

  /** A non-negative integer. */
  integer(field: number, value: number | undefined): void {
    if (value === undefined || value === 0) return
    this.#varint(field * 8)
    this.#varint(value)
  }

  double(field: number, value: number | undefined): void {
    if (value === undefined || value === 0) return
    this.#varint(field * 8 + 1)
    this.#reserve(8)
    new DataView(this.#bytes.buffer).setFloat64(this.#length, value, true)
    this.#length += 8
  }

  message(field: number, write: () => void): void {
    this.#varint(field * 8 + 2)
    const start = this.#length
    write()
    // The length comes first but is known last: make room for it.
    const size = this.#length - start
    const header = varintSize(size)
    this.#reserve(header)
    this.#bytes.copyWithin(start + header, start, this.#length)
    this.#length = start
    this.#varint(size)
    this.#length = start + header + size
  }

  #varint(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a protobuf length or count: ${value}`)
    this.#reserve(8)
    let rest = value
    while (rest > 0x7f) {
      this.#bytes[this.#length++] = (rest % 128) + 128
      rest = Math.floor(rest / 128)
    }
    this.#bytes[this.#length++] = rest
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }
}

const utf8 = new TextEncoder()

function varintSize(value: number): number {
  let size = 1
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) size++
  return size
}
