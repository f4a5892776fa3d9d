/** The part of protobuf that etcd's messages need: varints, and fields with a length. */

const start = 128

/** Appends fields; what has its default value is left out, as proto3 does. */
export class ProtoWriter {
  #buffer: Buffer = Buffer.allocUnsafe(start)
  #length = 0

  /** int64, uint64, enum: a safe integer, not negative. */
  varint(field: number, value: number): this {
    if (value !== 0) this.#tag(field, 0).#number(value)
    return this
  }
  bool(field: number, value: boolean): this {
    return this.varint(field, value ? 1 : 0)
  }
  text(field: number, value: string): this {
    if (value === '') return this
    const size = Buffer.byteLength(value)
    this.#tag(field, 2).#number(size).#reserve(size)
    this.#length += this.#buffer.write(value, this.#length)
    return this
  }
  bytes(field: number, value: Uint8Array): this {
    return value.byteLength === 0 ? this : this.#sized(field, value)
  }
  /** A message inside: present even when it is empty. */
  message(field: number, value: Uint8Array): this {
    return this.#sized(field, value)
  }
  /** Present even when it has the default value: a member of a oneof. */
  presentVarint(field: number, value: number): this {
    return this.#tag(field, 0).#number(value)
  }
  finish(): Uint8Array {
    return this.#buffer.subarray(0, this.#length)
  }

  #sized(field: number, value: Uint8Array): this {
    this.#tag(field, 2).#number(value.byteLength).#reserve(value.byteLength)
    this.#buffer.set(value, this.#length)
    this.#length += value.byteLength
    return this
  }
  #tag(field: number, wireType: number): this {
    return this.#number(field * 8 + wireType)
  }
  #number(value: number): this {
    this.#reserve(10)
    let rest = value
    while (rest >= 0x80) {
      this.#buffer[this.#length++] = (rest % 0x80) + 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.#buffer[this.#length++] = rest
    return this
  }
  #reserve(size: number): this {
    const needed = this.#length + size
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2))
      this.#buffer.copy(grown, 0, 0, this.#length)
      this.#buffer = grown
    }
    return this
  }
}

export class ProtoError extends Error {
  override readonly name = 'ProtoError'
}

/** Walks the fields of a message: `while (reader.next()) switch (reader.field) …`, taking each with one method. */
export class ProtoReader {
  readonly #buffer: Buffer
  #position: number
  readonly #end: number
  #wireType = 0
  /** Whether the current field has been taken; otherwise `next` passes over it. */
  #taken = true
  field = 0

  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#position = 0
    this.#end = bytes.byteLength
  }

  next(): boolean {
    if (!this.#taken) this.#skip()
    if (this.#position >= this.#end) return false
    const tag = this.#number()
    this.field = Math.floor(tag / 8)
    this.#wireType = tag % 8
    this.#taken = false
    return true
  }
  /** int64 as a number: revisions are far below 2^53, and small negative ones come out right. */
  varint(): number {
    this.#take(0)
    return this.#number()
  }
  bool(): boolean {
    return this.varint() !== 0
  }
  text(): string {
    const [from, to] = this.#span()
    return this.#buffer.toString('utf8', from, to)
  }
  /** A view, which keeps the whole message in memory. */
  bytes(): Uint8Array {
    const [from, to] = this.#span()
    return this.#buffer.subarray(from, to)
  }
  message(): ProtoReader {
    return new ProtoReader(this.bytes())
  }

  #span(): [number, number] {
    this.#take(2)
    const size = this.#number()
    const from = this.#position
    this.#position += size
    if (size < 0 || this.#position > this.#end) throw new ProtoError('a field is longer than its message')
    return [from, this.#position]
  }
  #take(wireType: number): void {
    if (this.#wireType !== wireType) {
      throw new ProtoError(`field ${this.field} has wire type ${this.#wireType}, not ${wireType}`)
    }
    this.#taken = true
  }
  #skip(): void {
    const wireType = this.#wireType
    if (wireType === 2) this.#span()
    else if (wireType === 0) this.varint()
    else if (wireType === 1) this.#position += 8
    else if (wireType === 5) this.#position += 4
    else throw new ProtoError(`unknown wire type ${wireType}`)
    this.#taken = true
  }
  #number(): number {
    let low = 0
    let high = 0
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#buffer[this.#position++]
      if (byte === undefined || this.#position > this.#end) throw new ProtoError('a message ends within a number')
      const bits = byte & 0x7f
      if (shift < 28) low |= bits << shift
      else if (shift === 28) {
        low |= bits << 28
        high |= bits >> 4
      } else high |= bits << (shift - 32)
      if (byte < 0x80) return high * 2 ** 32 + (low >>> 0)
    }
    throw new ProtoError('a number has more than ten bytes')
  }
}
