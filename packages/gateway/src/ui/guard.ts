import type { IncomingHttpHeaders } from 'node:http'
import { isLoopback } from '../listen.ts'

/**
 * A page of another site can make a browser send requests to this loopback port, and DNS rebinding can make it read the
 * answers. Both are refused here: only names of this machine in `Host`, and API answers only for our own pages.
 */
export function refusal(headers: IncomingHttpHeaders, forApi: boolean): string | undefined {
  const host = headers.host
  if (host === undefined || !isOwnName(host)) {
    return 'This address answers only under localhost, 127.0.0.1 or [::1].'
  }
  const site = headers['sec-fetch-site']
  if (forApi && site !== undefined && site !== 'same-origin' && site !== 'none') {
    return 'This API answers only to its own pages.'
  }
  return undefined
}

function isOwnName(host: string): boolean {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]+))(?::\d+)?$/.exec(host)
  const name = match?.[1] ?? match?.[2]
  return name !== undefined && isLoopback(name.toLowerCase())
}

export const securityHeaders: { readonly [name: string]: string } = {
  'content-security-policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; " +
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
}
