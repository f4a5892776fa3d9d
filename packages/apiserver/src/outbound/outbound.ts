import { lookup as resolve, type LookupAddress } from 'node:dns'
import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import type { Clock } from '@kairship/runtime'
import { failureText, OutboundError } from './failure-text.ts'

/** Where planes may connect to. */
export interface OutboundPolicy {
  /** Asked for every address before a connection is made, after names were resolved. Default: everything may be called. */
  permits(address: string, port: number): boolean
}

/** An HTTPS server to call, after references were resolved. */
export interface Endpoint {
  /** What is connected to: a name or an address. */
  readonly hostname: string
  readonly port: number
  /** What the certificate must be valid for, when it is not `hostname`. */
  readonly servername?: string
  /** PEM bundle; the system's roots when absent. */
  readonly ca?: string
  readonly insecure?: boolean
  /** PEM client certificate and key. */
  readonly client?: { readonly certificate: string; readonly key: string }
}

export interface OutboundRequest {
  readonly method: string
  /** Path with query. */
  readonly path: string
  readonly headers: OutgoingHttpHeaders
}

export interface OutboundCall extends OutboundRequest {
  readonly body?: string | Uint8Array
  readonly timeoutMs: number
  readonly maxBytes: number
  readonly signal?: AbortSignal | undefined
}

export interface OutboundAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: Buffer
}

const idleMs = 30_000
const maxIdleSockets = 16

/**
 * How planes of a process call HTTPS servers that their objects name: with the given CA bundle, no redirects, bounded
 * answers, a deadline, and connections that are used again. The policy sees every address before it is connected to.
 */
export class Outbound implements Disposable {
  readonly #clock: Clock
  readonly #policy: OutboundPolicy | undefined
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: maxIdleSockets, timeout: 0, scheduling: 'lifo' })

  constructor(clock: Clock, policy?: OutboundPolicy) {
    this.#clock = clock
    this.#policy = policy
  }

  /** One request with its whole answer. Throws `OutboundError`. */
  async call(endpoint: Endpoint, call: OutboundCall): Promise<OutboundAnswer> {
    const deadline = new AbortController()
    const late = (): void => deadline.abort(new OutboundError('context deadline exceeded'))
    using _ = this.#clock.setTimeout(late, call.timeoutMs, { unref: true })
    const signals = call.signal === undefined ? [deadline.signal] : [deadline.signal, call.signal]
    const signal = AbortSignal.any(signals)
    for (;;) {
      const opened = this.open(endpoint, call, signal)
      try {
        opened.end(call.body)
        return await answer(opened, call.maxBytes)
      } catch (error) {
        // The server had closed an idle connection in this very moment.
        if (opened.reusedSocket && !signal.aborted && isReset(error)) continue
        const reason: unknown = signal.aborted ? signal.reason : error
        throw new OutboundError(failureText(reason, endpoint.servername ?? endpoint.hostname, endpoint.port), {
          cause: error,
        })
      }
    }
  }

  /** A request for callers that stream: they own it, and its errors. Throws `OutboundError` when the policy forbids it. */
  open(endpoint: Endpoint, { method, path, headers }: OutboundRequest, signal?: AbortSignal): ClientRequest {
    const { hostname, port, servername, ca, insecure = false, client } = endpoint
    if (isIP(hostname) !== 0) this.#check(hostname, port)
    const name = servername ?? hostname
    const options: RequestOptions = {
      agent: this.#agent,
      host: hostname,
      port,
      method,
      path,
      headers: { host: port === 443 ? bracketed(name) : `${bracketed(name)}:${port}`, ...headers },
      servername: isIP(name) === 0 ? name : '',
      rejectUnauthorized: !insecure,
      lookup: this.#lookup(port),
      timeout: 0,
    }
    if (ca !== undefined) options.ca = ca
    if (client !== undefined) Object.assign(options, { cert: client.certificate, key: client.key })
    if (signal !== undefined) options.signal = signal
    const request = httpsRequest(options)
    request.once('socket', (socket) => socket.setKeepAlive(true, idleMs))
    return request
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }

  #check(address: string, port: number): void {
    if (this.#policy?.permits(address, port) === false) {
      throw new OutboundError(`dial tcp ${address}: connections to this address are not allowed`)
    }
  }

  #lookup(port: number): LookupFunction {
    return (hostname, options, callback) => {
      resolve(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
        if (error !== null) return callback(error, '', 0)
        const allowed = found.filter(({ address }) => this.#policy?.permits(address, port) !== false)
        const [first] = allowed
        if (first === undefined) {
          return callback(new OutboundError(`dial tcp: connections to ${hostname} are not allowed`), '', 0)
        }
        if (options.all === true) callback(null, allowed)
        else callback(null, first.address, first.family)
      })
    }
  }
}

function bracketed(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host
}

async function answer(request: ClientRequest, maxBytes: number): Promise<OutboundAnswer> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve)
    request.on('error', reject)
  })
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response) {
    if (!(chunk instanceof Uint8Array)) throw new Error('bytes are expected')
    size += chunk.length
    if (size > maxBytes) {
      request.destroy()
      throw new OutboundError(`the response is larger than ${maxBytes} bytes`)
    }
    chunks.push(chunk)
  }
  const { statusCode = 0, headers } = response
  return { status: statusCode, contentType: headers['content-type'] ?? '', body: Buffer.concat(chunks, size) }
}

function isReset(error: unknown): boolean {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined
  return code === 'ECONNRESET' || code === 'EPIPE'
}
