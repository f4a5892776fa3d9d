import { request as httpRequest, Agent as HttpAgent } from 'node:http'
import type { IncomingMessage, RequestOptions } from 'node:http'
import { request as httpsRequest, Agent as HttpsAgent } from 'node:https'
import type { SecureContext } from 'node:tls'
import type { Transport, WireRequest, WireResponse } from './transport.ts'
import { TransportError } from './transport.ts'

export interface Endpoint {
  readonly secure: boolean
  readonly host: string
  readonly port: number
}

export interface TlsSettings {
  readonly context: SecureContext
  readonly serverName: string
  readonly verify: boolean
}

/** HTTP/1.1 with keep-alive; watches use connections of their own so that they never hold up a request. */
export function http1Transport(endpoint: Endpoint, tls: TlsSettings, maxSockets: number): Transport {
  return new Http1Transport(endpoint, tls, maxSockets)
}

class Http1Transport implements Transport {
  readonly #endpoint: Endpoint
  readonly #requests: HttpAgent
  readonly #watches: HttpAgent

  constructor(endpoint: Endpoint, tls: TlsSettings, maxSockets: number) {
    this.#endpoint = endpoint
    const agent = (sockets: number): HttpAgent => {
      const common = { keepAlive: true, maxSockets: sockets, noDelay: true }
      if (!endpoint.secure) return new HttpAgent(common)
      return new HttpsAgent({
        ...common,
        secureContext: tls.context,
        servername: tls.serverName,
        rejectUnauthorized: tls.verify,
      })
    }
    this.#requests = agent(maxSockets)
    this.#watches = agent(Infinity)
  }

  send(wire: WireRequest): Promise<WireResponse> {
    const options: RequestOptions = {
      host: this.#endpoint.host,
      port: this.#endpoint.port,
      method: wire.method,
      path: wire.path,
      headers:
        wire.body === undefined ? wire.headers : { ...wire.headers, 'content-length': Buffer.byteLength(wire.body) },
      agent: wire.long ? this.#watches : this.#requests,
      signal: wire.signal,
    }
    return new Promise((resolve, reject) => {
      const request = this.#endpoint.secure ? httpsRequest(options) : httpRequest(options)
      let connected = false
      request.once('socket', (socket) => {
        if (!socket.connecting) connected = true
        else socket.once(this.#endpoint.secure ? 'secureConnect' : 'connect', () => (connected = true))
      })
      request.once('response', (message: IncomingMessage) => {
        resolve({ status: message.statusCode ?? 0, headers: message.headers, body: message })
      })
      request.on('error', (error) => {
        reject(wire.signal.aborted ? wire.signal.reason : new TransportError(connected ? 'lost' : 'dial', error))
      })
      request.end(wire.body)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#requests.destroy()
    this.#watches.destroy()
  }
}
