import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import type { UserInfo } from '@kairship/apimachinery'

/** Headers that name the user to a server which trusts our client certificate. */
export function identityHeaders({ username, uid, groups, extra = {} }: UserInfo): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = { 'x-remote-user': username, 'x-remote-group': [...groups] }
  if (uid !== undefined && uid !== '') headers['x-remote-uid'] = uid
  for (const [key, values] of Object.entries(extra)) {
    headers[`x-remote-extra-${encodeURIComponent(key.toLowerCase())}`] = [...values]
  }
  return headers
}

const hopByHop = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** What of a request may go on: not who asked us (the plane has checked that), nor what claims to be from us. */
export function forwardedHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const forwarded: OutgoingHttpHeaders = {}
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(':') || hopByHop.has(name) || name === 'host' || name === 'authorization') continue
    if (name.startsWith('x-remote-') || name.startsWith('impersonate-')) continue
    forwarded[name] = value
  }
  return forwarded
}

/** What of an answer may go back. */
export function returnedHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const returned: OutgoingHttpHeaders = {}
  for (const [name, value] of Object.entries(headers)) if (!hopByHop.has(name)) returned[name] = value
  return returned
}
