import { constants, type ClientHttp2Stream } from 'node:http2'
import { deferred, type Deferred } from '@kairship/runtime'
import { frame, FrameReader } from './frames.ts'
import type { GrpcError } from './grpc-error.ts'

/** Messages that nobody has read yet; beyond this the server has to wait. */
const bufferedBytes = 8 * 2 ** 20

/** A call with messages in both directions. Reading it throws the `GrpcError` it ended with, and ends when cancelled. */
export class GrpcStream implements AsyncIterable<Buffer>, Disposable {
  readonly #stream: ClientHttp2Stream
  readonly #error: () => GrpcError | undefined
  readonly #reader = new FrameReader()
  #messages: Buffer[] = []
  #bytes = 0
  #failure: unknown
  #cancelled = false
  #ended = false
  #waiting: Deferred<void> | undefined

  /** `error` tells after the end how the call ended. */
  constructor(stream: ClientHttp2Stream, error: () => GrpcError | undefined) {
    this.#stream = stream
    this.#error = error
    stream.on('data', (chunk: Buffer) => this.#take(chunk))
    stream.once('close', () => this.#end())
  }

  write(message: Uint8Array): void {
    if (!this.#ended && !this.#cancelled) this.#stream.write(frame(message))
  }

  /** Ends the call; who reads it sees a regular end. */
  cancel(): void {
    if (this.#cancelled || this.#ended) return
    this.#cancelled = true
    this.#stream.close(constants.NGHTTP2_CANCEL)
    this.#wake()
  }
  [Symbol.dispose](): void {
    this.cancel()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (;;) {
      while (this.#messages.length > 0 && !this.#cancelled) {
        const messages = this.#messages
        this.#messages = []
        this.#bytes = 0
        this.#stream.resume()
        for (const message of messages) {
          if (this.#cancelled) return
          yield message
        }
      }
      if (this.#cancelled) return
      if (this.#ended) {
        if (this.#failure !== undefined) throw this.#failure
        return
      }
      this.#waiting = deferred()
      await this.#waiting.promise
    }
  }

  #take(chunk: Buffer): void {
    try {
      for (const message of this.#reader.push(chunk)) {
        this.#messages.push(message)
        this.#bytes += message.length
      }
    } catch (error) {
      this.#failure = error
      this.#stream.close(constants.NGHTTP2_PROTOCOL_ERROR)
    }
    if (this.#bytes > bufferedBytes) this.#stream.pause()
    this.#wake()
  }
  #end(): void {
    this.#ended = true
    this.#failure ??= this.#error()
    this.#wake()
  }
  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.resolve()
  }
}
