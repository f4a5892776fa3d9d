import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { Duplex } from 'node:stream'
import type { JsonObject } from '@kairship/apimachinery'
import { selfSigned } from './keys.ts'

export interface HttpsServer extends AsyncDisposable {
  /** `https://127.0.0.1:<port>` */
  readonly url: string
  readonly port: number
  /** As objects hold it: base64 of PEM. */
  readonly caBundle: string
}

export interface HttpsServerOptions {
  readonly hosts?: readonly string[]
  /** PEM; client certificates are then asked for and verified. */
  readonly clientCa?: string
  readonly onUpgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
}

/** A real HTTPS server on a free port of 127.0.0.1, for what planes call. */
export async function httpsServer(
  handle: (request: IncomingMessage, response: ServerResponse, body: string) => void,
  { hosts = ['127.0.0.1'], clientCa, onUpgrade }: HttpsServerOptions = {},
): Promise<HttpsServer> {
  const { certificate, key } = await selfSigned('outside', hosts)
  const clients = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true }
  const server = createServer({ cert: certificate, key, ...clients }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => handle(request, response, Buffer.concat(chunks).toString()))
  })
  if (onUpgrade !== undefined) server.on('upgrade', onUpgrade)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no address')
  const { port } = address
  return {
    url: `https://127.0.0.1:${port}`,
    port,
    caBundle: Buffer.from(certificate).toString('base64'),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export interface ReviewServer extends HttpsServer {
  /** `request` of every review, in order, with the path it came to. */
  readonly asked: {
    readonly path: string
    readonly request: JsonObject
    readonly headers: IncomingMessage['headers']
  }[]
  /** What a path answers: `response` without the uid; `'hang'` for never. */
  answers: { [path: string]: ((request: JsonObject) => JsonObject) | 'hang' }
}

/** Answers reviews; an unknown path allows everything. */
export async function reviewServer(options: HttpsServerOptions = {}): Promise<ReviewServer> {
  const asked: ReviewServer['asked'] = []
  const answers: ReviewServer['answers'] = {}
  const server = await httpsServer((incoming, response, body) => {
    const path = (incoming.url ?? '').split('?')[0] ?? ''
    const review = JSON.parse(body)
    const { request } = review
    asked.push({ path, request, headers: incoming.headers })
    const answer = answers[path]
    if (answer === 'hang') return
    const { kind, apiVersion } = review
    response.setHeader('content-type', 'application/json')
    const content = { uid: request.uid, ...(answer === undefined ? { allowed: true } : answer(request)) }
    response.end(JSON.stringify({ kind, apiVersion, response: content }))
  }, options)
  return { ...server, asked, answers }
}

export function jsonPatch(operations: readonly JsonObject[]): JsonObject {
  return { allowed: true, patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(operations)).toString('base64') }
}
