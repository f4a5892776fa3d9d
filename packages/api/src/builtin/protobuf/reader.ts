/** Bytes that are not a protobuf message of the expected kind. The text is safe to show to the sender. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError'
}

export type WireType = 0 | 1 | 2 | 5

/** A cursor over one message. Every read checks its bounds: the bytes come from the network. */
export class ProtobufReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at: number
  readonly #end: number
  /** Of the field whose tag was read last. */
  wire: WireType = 0

  constructor(bytes: Uint8Array, from: number = 0, to: number = bytes.length) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#at = from
    this.#end = to
  }

  get done(): boolean {
    return this.#at >= this.#end
  }

  /** The next field's number; sets `wire`. */
  tag(): number {
    const value = this.#uint32()
    const wire = value & 7
    const field = value >>> 3
    if (field === 0) throw new ProtobufError('illegal field number 0')
    if (wire !== 0 && wire !== 1 && wire !== 2 && wire !== 5) throw new ProtobufError(`illegal wire type ${wire}`)
    this.wire = wire
    return field
  }

  /** A varint of up to 64 bits as a signed integer. */
  int64(): bigint {
    this.#expect(0)
    let result = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte()
      result |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asIntN(64, result)
    }
    throw new ProtobufError('integer overflow')
  }

  /** A varint whose low 32 bits are the value, as protobuf's int32. */
  int32(): number {
    this.#expect(0)
    let result = 0
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#byte()
      if (shift < 32) result |= (byte & 0x7f) << shift
      if (byte < 0x80) return result
    }
    throw new ProtobufError('integer overflow')
  }

  bool(): boolean {
    return this.int64() !== 0n
  }

  double(): number {
    this.#expect(1)
    this.#need(8)
    const value = this.#view.getFloat64(this.#at, true)
    this.#at += 8
    return value
  }

  /** A view of the bytes of a length-delimited field; valid as long as the message is. */
  bytes(): Uint8Array {
    const [from, to] = this.#range()
    return this.#bytes.subarray(from, to)
  }

  string(): string {
    const [from, to] = this.#range()
    // Names and numbers, most of what objects are made of, are short and ASCII: faster than the decoder.
    if (to - from <= 48) {
      let text = ''
      for (let at = from; at < to; at++) {
        const code = this.#bytes[at] ?? 0
        if (code >= 0x80) return utf8.decode(this.#bytes.subarray(from, to))
        text += String.fromCharCode(code)
      }
      return text
    }
    return utf8.decode(this.#bytes.subarray(from, to))
  }

  message(): ProtobufReader {
    const [from, to] = this.#range()
    return new ProtobufReader(this.#bytes, from, to)
  }

  /** Steps over the value of a field nobody knows. */
  skip(): void {
    switch (this.wire) {
      case 0:
        this.int64()
        return
      case 1:
        this.#need(8)
        this.#at += 8
        return
      case 2:
        this.#range()
        return
      case 5:
        this.#need(4)
        this.#at += 4
        return
    }
  }

  #range(): [from: number, to: number] {
    this.#expect(2)
    const length = this.#uint32()
    this.#need(length)
    const from = this.#at
    this.#at += length
    return [from, this.#at]
  }

  #uint32(): number {
    let result = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#byte()
      result += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) {
        if (result > 0xffffffff) break
        return result
      }
    }
    throw new ProtobufError('integer overflow')
  }

  #byte(): number {
    this.#need(1)
    return this.#bytes[this.#at++] ?? 0
  }

  #need(count: number): void {
    if (count > this.#end - this.#at) throw new ProtobufError('unexpected end of message')
  }

  #expect(wire: WireType): void {
    if (this.wire !== wire) throw new ProtobufError(`wrong wire type ${this.wire}`)
  }
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
