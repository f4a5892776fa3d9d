import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'

/** One HTTP exchange, whatever the protocol version. */
export interface WireRequest {
  readonly method: string
  readonly path: string
  /** Lower-case names. */
  readonly headers: OutgoingHttpHeaders
  readonly body?: string
  /** Aborting cancels the exchange at any point, also while the body is read. */
  readonly signal: AbortSignal
  /** A watch: takes no slot away from ordinary requests. */
  readonly long: boolean
}

export interface WireResponse {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Readable
}

/** Resolves with the response's head; throws `TransportError` when there is none. */
export interface Transport extends AsyncDisposable {
  send(request: WireRequest): Promise<WireResponse>
}

/** What is known about a request that got no answer: `dial` no connection, `refused` surely not processed, `lost` unknown. */
export class TransportError extends Error {
  override readonly name = 'TransportError'
  readonly stage: 'dial' | 'refused' | 'lost'
  constructor(stage: 'dial' | 'refused' | 'lost', cause: unknown) {
    super(explain(cause), { cause })
    this.stage = stage
  }
}

const words: { readonly [code: string]: string } = {
  ECONNREFUSED: 'connection refused: nothing listens there',
  ECONNRESET: 'the connection was reset',
  ENOTFOUND: 'the host name cannot be resolved',
  EAI_AGAIN: 'the host name cannot be resolved at the moment',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'connecting timed out',
  EPIPE: 'the connection was closed by the server',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the server certificate is self-signed and not trusted by the given CA',
  SELF_SIGNED_CERT_IN_CHAIN: 'the server certificate is signed by a CA that is not the given one',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the server certificate is signed by a CA that is not the given one',
  UNABLE_TO_GET_ISSUER_CERT: 'the server certificate is signed by a CA that is not the given one',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the server certificate is signed by a CA that is not the given one',
  CERT_SIGNATURE_FAILURE: 'the server certificate is signed by a CA that is not the given one',
  CERT_HAS_EXPIRED: 'the server certificate has expired',
  CERT_NOT_YET_VALID: 'the server certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the server certificate is for another host name',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the server does not speak TLS (is it http:// rather than https://?)',
  EPROTO: 'the TLS handshake failed',
}

function explain(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  return words[code] ?? cause.message
}
