import { isIP } from 'node:net'

/** A call that got no answer. `message` is how upstream words it, without the part that names method and URL. */
export class OutboundError extends Error {
  override readonly name = 'OutboundError'
}

const unknownAuthority = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

/** What Go's network library says where Node's says `error`. Clients and people search for these texts. */
export function failureText(error: unknown, hostname: string, port: number): string {
  const cause = firstOf(error)
  if (cause instanceof OutboundError) return cause.message
  const message = cause instanceof Error ? cause.message : String(cause)
  const code = field(cause, 'code')
  const address = hostPort(field(cause, 'address') || hostname, port)
  switch (code) {
    case 'ECONNREFUSED':
      return `dial tcp ${address}: connect: connection refused`
    case 'EHOSTUNREACH':
      return `dial tcp ${address}: connect: no route to host`
    case 'ENETUNREACH':
      return `dial tcp ${address}: connect: network is unreachable`
    case 'ETIMEDOUT':
      return `dial tcp ${address}: i/o timeout`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `dial tcp: lookup ${hostname}: no such host`
    case 'ECONNRESET':
      return message === 'socket hang up' ? 'EOF' : 'read: connection reset by peer'
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid'
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `tls: failed to verify certificate: x509: certificate is not valid for ${hostname}`
    default:
      if (unknownAuthority.has(code)) {
        return 'tls: failed to verify certificate: x509: certificate signed by unknown authority'
      }
      return message
  }
}

export function hostPort(host: string, port: number): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`
}

/** Several addresses were tried: the first failure tells enough. */
function firstOf(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error
}

function field(error: unknown, key: 'code' | 'address'): string {
  if (typeof error !== 'object' || error === null) return ''
  const value: unknown = Reflect.get(error, key)
  return typeof value === 'string' ? value : ''
}
