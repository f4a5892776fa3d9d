import { connect, createServer, type ClientHttp2Session, type Http2Session, type ServerHttp2Stream } from 'node:http2'
import type { IncomingHttpHeaders } from 'node:http2'
import { frame, FrameReader } from '../connection/frames.ts'

/** Stands between a client and etcd, and lets the network or the server go wrong as a test wants it. */
export interface EtcdProxy extends AsyncDisposable {
  readonly endpoint: string
  /** Ends every connection and lets none be made until `mend`. */
  cut(): void
  mend(): void
  /** What becomes of each message of a watch; `undefined` lets all through. */
  tamper: ((message: Buffer) => readonly Uint8Array[]) | undefined
  /** While it is there, answers to calls that are no watches wait for it. */
  gate: Promise<void> | undefined
  /** How many answers have waited for a gate. */
  readonly held: number
  /** How many watches were begun so far. */
  readonly watches: number
}

export async function startEtcdProxy(target: string): Promise<EtcdProxy> {
  const sessions = new Set<Http2Session>()
  let isCut = false
  let watches = 0
  let held = 0
  const server = createServer()
  server.on('session', (session) => {
    if (isCut) {
      session.destroy()
      return
    }
    const upstream = connect(target)
    upstream.on('error', () => session.destroy())
    session.on('error', () => {})
    session.once('close', () => {
      sessions.delete(session)
      upstream.destroy()
    })
    upstream.once('close', () => session.destroy())
    sessions.add(session)
    session.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
      const isWatch = headers[':path'] === '/etcdserverpb.Watch/Watch'
      if (isWatch) watches++
      const change = (message: Buffer): readonly Uint8Array[] =>
        isWatch ? (proxy.tamper?.(message) ?? [message]) : [message]
      const wait = (): Promise<void> | undefined => {
        if (isWatch || proxy.gate === undefined) return undefined
        held++
        return proxy.gate
      }
      forward(upstream, stream, headers, change, wait)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const proxy: EtcdProxy = {
    endpoint: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    cut() {
      isCut = true
      for (const session of sessions) session.destroy()
    },
    mend() {
      isCut = false
    },
    tamper: undefined,
    gate: undefined,
    get held() {
      return held
    },
    get watches() {
      return watches
    },
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return proxy
}

function forward(
  upstream: ClientHttp2Session,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  change: (message: Buffer) => readonly Uint8Array[],
  wait: () => Promise<void> | undefined,
): void {
  if (upstream.destroyed) {
    stream.destroy()
    return
  }
  const request = upstream.request({ ...headers })
  const reader = new FrameReader()
  let trailers: IncomingHttpHeaders = {}
  stream.on('error', () => {})
  request.on('error', () => {})
  stream.on('data', (chunk: Buffer) => request.write(chunk))
  stream.once('end', () => request.end())
  stream.once('close', () => request.close())
  request.once('response', (answer) => {
    if (!stream.destroyed) stream.respond(answer, { waitForTrailers: true })
  })
  stream.once('wantTrailers', () => stream.sendTrailers(trailers))
  request.once('trailers', (last) => {
    trailers = last
  })
  let gate: Promise<void> | undefined
  request.on('data', (chunk: Buffer) => {
    gate ??= wait()
    const messages = reader.push(chunk)
    const pass = (): void => {
      for (const message of messages) {
        for (const one of change(message)) if (!stream.destroyed) stream.write(frame(one))
      }
    }
    if (gate === undefined) pass()
    else void gate.then(pass)
  })
  const end = (): void => {
    if (!stream.destroyed) stream.end()
  }
  request.once('end', () => (gate === undefined ? end() : void gate.then(end)))
  request.once('close', () => (gate === undefined ? end() : void gate.then(end)))
}
