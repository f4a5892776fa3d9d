import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import { errors, type UserInfo } from '@kairship/apimachinery'
import type { Answer, Message } from '../http/message.ts'
import { writeHead } from '../http/respond.ts'
import { failureText } from '../outbound/failure-text.ts'
import type { Outbound } from '../outbound/outbound.ts'
import type { PlaneRegistry } from '../strategy.ts'
import { endpointOf } from './availability.ts'
import type { FrontProxy } from './front-proxy.ts'
import { forwardedHeaders, identityHeaders, returnedHeaders } from './identity.ts'
import type { RemoteState } from './remote.ts'

export interface ProxyOptions {
  readonly registry: PlaneRegistry
  readonly outbound: Outbound
  readonly frontProxy: FrontProxy
}

export interface Proxied {
  readonly state: RemoteState
  readonly user: UserInfo
  /** With query, without the plane's mount. */
  readonly path: string
  readonly signal: AbortSignal
}

/** Hands requests for remote group versions to the servers of their APIServices. */
export class AggregationProxy {
  readonly #options: ProxyOptions
  constructor(options: ProxyOptions) {
    this.#options = options
  }

  /** Answers with what the other server answers, as it comes. Resolves to its status; throws 503 before it answered. */
  async forward(request: Message, answer: Answer, proxied: Proxied): Promise<number> {
    const headers = this.#headers(request, proxied.user)
    const { length, chunked } = framing(request)
    if (length !== undefined) headers['content-length'] = length
    else if (chunked) headers['transfer-encoding'] = 'chunked'
    const response = await this.#open(request, proxied, headers, (outgoing) => {
      if (length === undefined && !chunked) outgoing.end()
      else request.pipe(outgoing)
    })
    const { statusCode = 502 } = response
    writeHead(answer, statusCode, returnedHeaders(response.headers))
    answer.flushHeaders?.()
    try {
      for await (const chunk of response) {
        if (!answer.write(chunk)) await drained(answer)
        if (proxied.signal.aborted) break
      }
      answer.end()
    } catch {
      // The other server broke off: so do we, for the client must not take it for the end.
      answer.destroy?.()
    }
    return statusCode
  }

  /** Passes an upgraded connection through, byte for byte. Throws before anything was written. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Uint8Array, proxied: Proxied): Promise<void> {
    const headers = this.#headers(request, proxied.user)
    headers['connection'] = 'Upgrade'
    headers['upgrade'] = request.headers.upgrade
    const endpoint = await this.#endpoint(proxied.state)
    const outgoing = this.#options.outbound.open(endpoint, {
      method: request.method ?? 'GET',
      path: proxied.path,
      headers,
    })
    await new Promise<void>((resolve, reject) => {
      // Nobody else listens to errors of a socket that was taken out of HTTP.
      socket.on('error', () => outgoing.destroy())
      outgoing.on('error', (error) => reject(unreachable(failureText(error, endpoint.hostname, endpoint.port))))
      outgoing.on('upgrade', (response, upstream, first) => {
        socket.write(rawHead(response))
        socket.write(first)
        upstream.write(head)
        join(socket, upstream)
        resolve()
      })
      outgoing.on('response', (response) => {
        socket.write(rawHead(response, true))
        response.on('error', () => socket.destroy())
        response.pipe(socket)
        resolve()
      })
      socket.on('close', () => outgoing.destroy())
      outgoing.end()
    })
  }

  /** A GET with its whole answer, for callers in this process. */
  async get(path: string, accept: string, { state, user }: Pick<Proxied, 'state' | 'user'>): Promise<Whole> {
    const endpoint = await this.#endpoint(state)
    const headers = { accept, ...identityHeaders(user) }
    const call = { method: 'GET', path, headers, timeoutMs: 60_000, maxBytes: 64 * 1024 * 1024 }
    try {
      return await this.#options.outbound.call(endpoint, call)
    } catch (error) {
      throw unreachable(error instanceof Error ? error.message : String(error))
    }
  }

  async #endpoint(state: RemoteState): Promise<Awaited<ReturnType<typeof endpointOf>>> {
    const { registry, frontProxy } = this.#options
    if (!state.condition.available) throw errors.unavailable('service unavailable')
    try {
      return await endpointOf(state.remote, { registry, client: () => frontProxy.client() })
    } catch (error) {
      throw unreachable(error instanceof Error ? error.message : String(error))
    }
  }

  async #open(
    request: Message,
    { state, path, signal }: Proxied,
    headers: OutgoingHttpHeaders,
    send: (outgoing: ReturnType<Outbound['open']>) => void,
  ): Promise<IncomingMessage> {
    const endpoint = await this.#endpoint(state)
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void =>
        reject(unreachable(failureText(error, endpoint.servername ?? endpoint.hostname, endpoint.port)))
      try {
        const call = { method: request.method ?? 'GET', path, headers }
        const outgoing = this.#options.outbound.open(endpoint, call, signal)
        outgoing.on('error', fail)
        outgoing.once('response', resolve)
        send(outgoing)
      } catch (error) {
        fail(error)
      }
    })
  }

  #headers(request: Message, user: UserInfo): OutgoingHttpHeaders {
    const { 'content-length': _length, ...headers } = forwardedHeaders(request.headers)
    const before = request.headers['x-forwarded-for']
    const address = request.socket?.remoteAddress
    const chain = [before, address].flat().filter((each) => each !== undefined)
    return {
      ...headers,
      ...identityHeaders(user),
      ...(chain.length === 0 ? {} : { 'x-forwarded-for': chain.join(', ') }),
    }
  }
}

function drained(answer: Answer): Promise<void> {
  return new Promise((resolve) => {
    answer.once('drain', resolve)
    answer.on('close', resolve)
  })
}

type Whole = Awaited<ReturnType<Outbound['call']>>

/** Whether a request has a body, and how it is delimited. */
function framing(request: Message): { readonly length: string | undefined; readonly chunked: boolean } {
  const length = request.headers['content-length']
  if (length !== undefined) return { length, chunked: false }
  if (request.headers['transfer-encoding'] !== undefined) return { length: undefined, chunked: true }
  const open = 'stream' in request && !request.stream.endAfterHeaders
  return { length: undefined, chunked: open }
}

function unreachable(reason: string): Error {
  return errors.unavailable(`error trying to reach service: ${reason}`)
}

function rawHead({ statusCode = 502, statusMessage = '', rawHeaders }: IncomingMessage, closing = false): string {
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`]
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    // The body is passed on without its framing, and ends with the connection.
    if (closing && /^(connection|transfer-encoding|keep-alive)$/i.test(name)) continue
    lines.push(`${name}: ${rawHeaders[index + 1] ?? ''}`)
  }
  if (closing) lines.push('Connection: close')
  return `${lines.join('\r\n')}\r\n\r\n`
}

/** Whatever one side says, the other hears; both end together. */
function join(one: Duplex, other: Duplex): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.pipe(to)
    from.on('error', () => to.destroy())
    from.on('close', () => to.destroy())
  }
}
