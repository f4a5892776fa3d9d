import type { IncomingMessage } from 'node:http'
import { createSecureServer, type Http2SecureServer } from 'node:http2'
import { TLSSocket } from 'node:tls'
import type { Credentials, Plane } from './plane.ts'
import type { Message } from './http/message.ts'

export interface ServeOptions {
  readonly host: string
  /** 0 for any free one. */
  readonly port: number
  readonly tls: { readonly certificate: string; readonly key: string; readonly clientCa: string }
}

/** How long a quiet HTTP/1.1 connection is kept: longer than clients do, so that they do not meet one that is just closing. */
const idleMs = 90_000
/** As upstream: selectors in queries are long. HTTP/2 ends at 64 KiB, which Node's library fixes and clients are told. */
const headerBytes = 1 << 20

export interface Listening extends AsyncDisposable {
  readonly url: string
}

/** One plane behind an HTTPS port of its own: HTTP/2 and HTTP/1.1, bearer tokens and client certificates. */
export async function servePlane(plane: Plane, options: ServeOptions): Promise<Listening> {
  const { host, port, tls } = options
  // Options of HTTP/1.1 are taken too, which the types do not say.
  const http1 = { keepAliveTimeout: idleMs, maxHeaderSize: headerBytes }
  const server = createSecureServer({
    cert: tls.certificate,
    key: tls.key,
    ca: tls.clientCa,
    requestCert: true,
    rejectUnauthorized: false,
    allowHTTP1: true,
    ...http1,
  })
  const sockets = new Set<TLSSocket>()
  server.on('secureConnection', (socket: TLSSocket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.setTimeout(0)
  server.on('request', (request, response) => {
    void plane.handle(request, response, { prefix: '', credentials: credentialsOf(request) })
  })
  server.on('upgrade', (request: IncomingMessage, socket, head: Uint8Array) => {
    void plane.upgrade(request, socket, head, { prefix: '', credentials: credentialsOf(request) })
  })
  const bound = await listen(server, host, port)
  return {
    url: `https://${host}:${bound}`,
    [Symbol.asyncDispose]: () => close(server, sockets),
  }
}

function listen(server: Http2SecureServer, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      const address = server.address()
      if (address === null || typeof address === 'string') reject(new Error('the server has no address'))
      else resolve(address.port)
    })
  })
}

function close(server: Http2SecureServer, sockets: ReadonlySet<TLSSocket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    for (const socket of sockets) socket.destroy()
  })
}

/** A token wins over the certificate of the connection. */
export function credentialsOf(request: Message): Credentials {
  const bearer = /^bearer +(\S+)\s*$/i.exec(request.headers.authorization ?? '')
  if (bearer?.[1] !== undefined) return { bearerToken: bearer[1] }
  const socket = 'stream' in request ? request.stream.session?.socket : request.socket
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.raw : undefined
  return certificate === undefined ? {} : { clientCertificate: certificate }
}
