import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'

/** A request as both HTTP versions give it. */
export type Message = IncomingMessage | Http2ServerRequest

/** The part of a response that both HTTP versions share. */
export interface Answer {
  statusCode: number
  readonly headersSent: boolean
  readonly destroyed?: boolean
  setHeader(name: string, value: string | number | string[]): unknown
  /** Both have it; the types of the HTTP/2 one do not say so. */
  flushHeaders?(): void
  write(chunk: Uint8Array): boolean
  destroy?(): unknown
  end(): unknown
  end(chunk: Uint8Array): unknown
  on(event: 'close', listener: () => void): unknown
  once(event: 'drain', listener: () => void): unknown
}

export function header(request: Message, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}
