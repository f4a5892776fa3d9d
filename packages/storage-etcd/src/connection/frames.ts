import { grpcCode, GrpcError } from './grpc-error.ts'

const headerBytes = 5

/** A message as gRPC puts it on the wire: not compressed, with its length before it. */
export function frame(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(headerBytes + message.byteLength)
  framed[0] = 0
  framed.writeUInt32BE(message.byteLength, 1)
  framed.set(message, headerBytes)
  return framed
}

/** Cuts a stream of bytes into messages. */
export class FrameReader {
  #chunks: Buffer[] = []
  #bytes = 0
  #needed = headerBytes

  push(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    const messages: Buffer[] = []
    while (this.#bytes >= this.#needed) {
      const all = this.#chunks.length === 1 ? (this.#chunks[0] ?? chunk) : Buffer.concat(this.#chunks, this.#bytes)
      this.#chunks = [all]
      const end = headerBytes + all.readUInt32BE(1)
      this.#needed = end
      if (all.length < end) break
      if (all[0] !== 0) throw new GrpcError(grpcCode.internal, 'a compressed message was not asked for', { sent: true })
      messages.push(all.subarray(headerBytes, end))
      this.#chunks = end === all.length ? [] : [all.subarray(end)]
      this.#bytes = all.length - end
      this.#needed = headerBytes
    }
    return messages
  }
}
