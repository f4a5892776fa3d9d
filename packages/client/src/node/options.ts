import { isIP } from 'node:net'
import { createSecureContext } from 'node:tls'
import type { OutgoingHttpHeaders } from 'node:http'
import type { UserInfo } from '@kairship/apimachinery'
import type { Clock } from '@kairship/runtime'
import type { Endpoint, TlsSettings } from './http1.ts'

export interface TlsOptions {
  /** PEM bundle of trusted CAs; the system's when left out. */
  readonly ca?: string
  /** PEM client certificate (chain) and key. */
  readonly cert?: string
  readonly key?: string
  /** Trust any server certificate. */
  readonly insecure?: boolean
  /** Name the server certificate must be for, when it is not the URL's host. */
  readonly serverName?: string
}

/** A bearer token that may change. `invalidate` is called with a token the server refused; the next `token` should differ. */
export interface TokenSource {
  token(signal: AbortSignal): Promise<string>
  invalidate(token: string): void
}

export interface HttpConnectionOptions {
  /** `https://host:port`, optionally with a path in front of the API: `https://127.0.0.1:8443/instances/demo`. */
  readonly server: string
  readonly clock: Clock
  readonly tls?: TlsOptions
  readonly bearerToken?: string
  readonly tokenSource?: TokenSource
  readonly userAgent?: string
  /** Ask in somebody else's name. */
  readonly impersonate?: UserInfo
  readonly timeouts?: {
    /** TCP and TLS together. Default 10 s. */
    readonly connectMs?: number
    /** A request from start to the last byte; of a watch only until its first byte. Default 32 s. */
    readonly requestMs?: number
  }
  readonly limits?: {
    /** Requests at a time, watches not counted; more wait. Default 128. */
    readonly inFlight?: number
    /** Bytes of one response after decompression. Default 256 MiB. */
    readonly responseBytes?: number
  }
  /** Ask for compressed answers. Default: unless the server is on this machine. */
  readonly gzip?: boolean
}

export function parseServer(server: string): { endpoint: Endpoint; prefix: string } {
  if (!URL.canParse(server)) throw new TypeError(`the server address ${JSON.stringify(server)} is not a URL`)
  const url = new URL(server)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new TypeError(`the server address must begin with https:// or http://, not ${url.protocol}`)
  }
  if (url.username !== '' || url.password !== '') throw new TypeError('the server address must not contain credentials')
  const secure = url.protocol === 'https:'
  return {
    endpoint: {
      secure,
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    },
    prefix: url.pathname.replace(/\/+$/, ''),
  }
}

export function tlsSettings(endpoint: Endpoint, tls: TlsOptions): TlsSettings {
  const { ca, cert, key } = tls
  if ((cert === undefined) !== (key === undefined))
    throw new TypeError('a client certificate needs its key, and a key its certificate')
  const context = createSecureContext({
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  })
  // TLS has no server names for addresses; the certificate is still checked against the address.
  const serverName = tls.serverName ?? (isIP(endpoint.host) === 0 ? endpoint.host : '')
  return { context, serverName, verify: tls.insecure !== true }
}

export function impersonation(user: UserInfo | undefined): OutgoingHttpHeaders {
  if (user === undefined) return {}
  const headers: OutgoingHttpHeaders = { 'impersonate-user': user.username }
  if (user.uid !== undefined) headers['impersonate-uid'] = user.uid
  if (user.groups.length > 0) headers['impersonate-group'] = [...user.groups]
  for (const [key, values] of Object.entries(user.extra ?? {})) {
    headers[`impersonate-extra-${encodeURIComponent(key.toLowerCase())}`] = [...values]
  }
  return headers
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}
