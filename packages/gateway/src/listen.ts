import type { Server } from 'node:net'

export interface Address {
  readonly host: string
  readonly port: number
}

/** An address cannot be listened on; `code` is the system's (`EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL` …). */
export class ListenError extends Error {
  override readonly name = 'ListenError'
  readonly address: Address
  readonly code: string
  constructor(address: Address, code: string, options: ErrorOptions) {
    super(`cannot listen on ${formatAddress(address)}: ${reasons[code] ?? code}`, options)
    this.address = address
    this.code = code
  }
}

const reasons: { readonly [code: string]: string } = {
  EADDRINUSE: 'another program uses this port',
  EACCES: 'this port needs more rights',
  EADDRNOTAVAIL: 'this machine does not have this address',
  ENOTFOUND: 'this name has no address',
}

export function listen(server: Server, address: Address): Promise<Address> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      const code = 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
      reject(new ListenError(address, code, { cause: error }))
    }
    server.once('error', failed)
    server.listen({ host: address.host, port: address.port, exclusive: true }, () => {
      server.off('error', failed)
      const bound = server.address()
      resolve({ host: address.host, port: bound === null || typeof bound === 'string' ? address.port : bound.port })
    })
  })
}

/** `host:port`, `[v6]:port` or `:port` (all interfaces). */
export function parseAddress(text: string): Address | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^[\]:/\s]*)):(\d{1,5})$/.exec(text)
  if (match === null) return undefined
  const port = Number(match[3])
  if (port > 65535) return undefined
  return { host: match[1] ?? (match[2] === '' || match[2] === undefined ? '0.0.0.0' : match[2]), port }
}

export function formatAddress(address: Address): string {
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}
