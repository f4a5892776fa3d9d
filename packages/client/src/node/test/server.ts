import { createSecureServer } from 'node:http2'
import type { Http2SecureServer, Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import type { Server } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Issued, TestCa } from './certificates.ts'
import { testCa } from './certificates.ts'

export type Handler = (request: Http2ServerRequest, response: Http2ServerResponse) => void | Promise<void>

export interface TestServer extends AsyncDisposable {
  readonly url: string
  readonly ca: TestCa
  readonly sockets: ReadonlySet<Socket>
  handler: Handler
}

/** An HTTPS server on the loopback, h2 with HTTP/1.1 beside it, or HTTP/1.1 alone. */
export async function testServer(
  handler: Handler,
  options: { readonly http1Only?: boolean } = {},
): Promise<TestServer> {
  const ca = await testCa('test CA')
  const own: Issued = await ca.issue({ name: 'server', hosts: ['127.0.0.1', 'localhost'] })
  const tls = { cert: own.certificate, key: own.key, requestCert: true, rejectUnauthorized: false, ca: ca.certificate }
  const sockets = new Set<Socket>()
  const listen = (request: Http2ServerRequest, response: Http2ServerResponse): void => {
    void state.handler(request, response)
  }
  const server: Http2SecureServer | Server = options.http1Only
    ? createHttpsServer(tls, (request, response) =>
        listen(request as unknown as Http2ServerRequest, response as unknown as Http2ServerResponse),
      )
    : createSecureServer({ ...tls, allowHTTP1: true }, listen)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
  })
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const state: TestServer = {
    url: `https://127.0.0.1:${port}`,
    ca,
    sockets,
    handler,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
  return state
}

export function json(response: Http2ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
