import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Http2ServerRequest } from 'node:http2'
import type { Operation, WatchEvent } from '@kairship/apimachinery'
import { ApiError, ConnectionError } from '@kairship/apimachinery'
import { systemClock } from '@kairship/runtime'
import { httpConnection } from './http-connection.ts'
import type { HttpConnectionOptions } from './options.ts'
import { testCa } from './test/certificates.ts'
import { json, testServer } from './test/server.ts'
import type { TestServer } from './test/server.ts'

const clock = systemClock()
const getPod: Operation = { verb: 'get', group: '', version: 'v1', resource: 'pods', namespace: 'default', name: 'a' }
const watchPods: Operation = {
  verb: 'watch',
  group: '',
  version: 'v1',
  resource: 'pods',
  query: { resourceVersion: '5' },
}

function to(server: TestServer, options: Partial<HttpConnectionOptions> = {}): HttpConnectionOptions {
  return { server: server.url, clock, tls: { ca: server.ca.certificate }, ...options }
}

async function bodyOf(request: Http2ServerRequest): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

for (const http1Only of [false, true]) {
  describe(`a connection over ${http1Only ? 'HTTP/1.1' : 'HTTP/2'}`, () => {
    it('sends operations as Kubernetes requests and returns the answers', async () => {
      const seen: unknown[] = []
      await using server = await testServer(
        async (request, response) => {
          seen.push([request.method, request.url, request.headers['content-type'], await bodyOf(request)])
          json(response, request.method === 'POST' ? 201 : 200, { metadata: { name: 'a' } })
        },
        { http1Only },
      )
      await using connection = httpConnection(to(server, { server: `${server.url}/instances/demo/` }))
      const apps = { group: 'apps', version: 'v1', resource: 'deployments', namespace: 'ns' }
      await connection.request({ ...apps, verb: 'create', body: { a: 1 }, query: { dryRun: true, fieldManager: 'me' } })
      await connection.request({
        ...apps,
        verb: 'patch',
        name: 'x',
        subresource: 'scale',
        patchType: 'merge',
        body: [],
      })
      await connection.request({ ...apps, verb: 'list', query: { labelSelector: 'a=b,c in (d)', limit: 5 } })
      const reply = await connection.request({ ...apps, verb: 'delete', name: 'x' })
      expect(reply).toEqual({ status: 200, body: { metadata: { name: 'a' } }, warnings: [] })
      const base = '/instances/demo/apis/apps/v1/namespaces/ns/deployments'
      expect(seen).toEqual([
        ['POST', `${base}?dryRun=All&fieldManager=me`, 'application/json', '{"a":1}'],
        ['PATCH', `${base}/x/scale`, 'application/merge-patch+json', '[]'],
        ['GET', `${base}?labelSelector=a%3Db%2Cc+in+%28d%29&limit=5`, undefined, ''],
        ['DELETE', `${base}/x`, undefined, ''],
      ])
    })

    it('reads a watch line by line, whatever the chunks, and throws its ERROR event after the others', async () => {
      await using server = await testServer(
        (request, response) => {
          expect(request.url).toBe('/api/v1/pods?watch=true&resourceVersion=5')
          response.writeHead(200, { 'content-type': 'application/json' })
          const pod = JSON.stringify({
            type: 'ADDED',
            object: { kind: 'Pod', metadata: { name: 'ü', resourceVersion: '6' } },
          })
          const bookmark =
            '{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"9","annotations":{"k8s.io/initial-events-end":"true"}}}}'
          const status = {
            kind: 'Status',
            apiVersion: 'v1',
            status: 'Failure',
            reason: 'Expired',
            code: 410,
            metadata: {},
          }
          const bytes = Buffer.from(`${pod}\n${bookmark}\n${JSON.stringify({ type: 'ERROR', object: status })}\n`)
          const cut = bytes.indexOf(0xc3) + 1
          response.write(bytes.subarray(0, cut))
          setTimeout(() => response.end(bytes.subarray(cut)), 5)
        },
        { http1Only },
      )
      await using connection = httpConnection(to(server))
      const events: WatchEvent[] = []
      const read = async (): Promise<void> => {
        for await (const batch of connection.watch(watchPods, AbortSignal.timeout(5_000))) events.push(...batch)
      }
      await expect(read()).rejects.toMatchObject({ name: 'ApiError', code: 410 })
      expect(events).toEqual([
        { type: 'ADDED', object: { kind: 'Pod', metadata: { name: 'ü', resourceVersion: '6' } } },
        { type: 'BOOKMARK', resourceVersion: '9', initialEventsEnd: true },
      ])
    })

    it('delivers events while the watch is open, and ends quietly when the reader stops', async () => {
      let ended = (): void => undefined
      const gone = new Promise<void>((resolve) => (ended = resolve))
      await using server = await testServer(
        (_request, response) => {
          response.writeHead(200, { 'content-type': 'application/json' })
          response.write('{"type":"ADDED","object":{"metadata":{"name":"a"}}}\n')
          response.on('close', ended)
        },
        { http1Only },
      )
      await using connection = httpConnection(to(server))
      const stop = new AbortController()
      let count = 0
      for await (const batch of connection.watch(watchPods, stop.signal)) {
        count += batch.length
        if (count > 0) stop.abort()
      }
      expect(count).toBe(1)
      await gone
    })

    it('throws the Status of a refused watch', async () => {
      await using server = await testServer(
        (_request, response) => {
          json(response, 403, {
            kind: 'Status',
            apiVersion: 'v1',
            status: 'Failure',
            reason: 'Forbidden',
            code: 403,
            metadata: {},
            message: 'no',
          })
        },
        { http1Only },
      )
      await using connection = httpConnection(to(server))
      const read = async (): Promise<void> => {
        for await (const _ of connection.watch(watchPods, AbortSignal.timeout(5_000)));
      }
      await expect(read()).rejects.toThrow(ApiError)
    })

    it('gives up on a server that accepts and never answers, and serves the next request when it does', async () => {
      let silent = true
      await using server = await testServer(
        (_request, response) => {
          if (!silent) json(response, 200, { metadata: { name: 'a' } })
        },
        { http1Only },
      )
      await using connection = httpConnection(to(server, { timeouts: { requestMs: 150 }, limits: { inFlight: 2 } }))
      const waiting = Array.from({ length: 10 }, () => connection.request(getPod))
      for (const result of await Promise.allSettled(waiting)) {
        expect(result).toMatchObject({ status: 'rejected', reason: { name: 'ConnectionError' } })
      }
      expect(server.sockets.size).toBeLessThanOrEqual(2)
      silent = false
      expect((await connection.request(getPod)).status).toBe(200)
    })

    it('refuses answers beyond its limit, also compressed ones', async () => {
      await using server = await testServer(
        (request, response) => {
          const bomb = Buffer.from(JSON.stringify({ metadata: {}, data: 'x'.repeat(1_000_000) }))
          response.setHeader('content-type', 'application/json')
          if (request.headers['accept-encoding'] === 'gzip') response.setHeader('content-encoding', 'gzip')
          response.end(request.headers['accept-encoding'] === 'gzip' ? gzipSync(bomb) : bomb)
        },
        { http1Only },
      )
      for (const gzip of [false, true]) {
        await using connection = httpConnection(to(server, { gzip, limits: { responseBytes: 100_000 } }))
        await expect(connection.request(getPod)).rejects.toThrow(ConnectionError)
        await using generous = httpConnection(to(server, { gzip }))
        expect((await generous.request(getPod)).body['data']).toHaveLength(1_000_000)
      }
    })

    it('never follows a redirect', async () => {
      let followed = false
      await using server = await testServer(
        (request, response) => {
          if (request.url === '/evil') followed = true
          response.writeHead(302, { location: '/evil' })
          response.end()
        },
        { http1Only },
      )
      await using connection = httpConnection(to(server))
      await expect(connection.request(getPod)).rejects.toThrow(/redirect/)
      await expect(connection.raw('/version')).rejects.toThrow(/redirect/)
      expect(followed).toBe(false)
    })

    it('makes a Status of failures that are none, and collects warnings', async () => {
      await using server = await testServer(
        (request, response) => {
          if (request.url.includes('deployments'))
            return response
              .writeHead(404, { 'content-type': 'text/plain' })
              .end('404 page not found\n') as unknown as void
          response.setHeader('warning', ['299 - "first \\"quoted\\""', '299 - "second"'])
          json(response, 200, { metadata: {} })
        },
        { http1Only },
      )
      await using connection = httpConnection(to(server))
      const missing = await connection.request({
        verb: 'get',
        group: 'nope',
        version: 'v1',
        resource: 'deployments',
        namespace: 'a',
        name: 'b',
      })
      expect(missing).toMatchObject({ status: 404, body: { kind: 'Status', reason: 'NotFound', code: 404 } })
      expect((await connection.request(getPod)).warnings).toEqual(['first "quoted"', 'second'])
    })

    it('asks for a new token when the server refuses the old one', async () => {
      await using server = await testServer(
        (request, response) => {
          const ok = request.headers.authorization === 'Bearer two'
          json(
            response,
            ok ? 200 : 401,
            ok
              ? { metadata: {} }
              : { kind: 'Status', status: 'Failure', code: 401, reason: 'Unauthorized', metadata: {} },
          )
        },
        { http1Only },
      )
      const tokens = ['one', 'two']
      const tokenSource = { token: async () => tokens[0] ?? '', invalidate: () => void tokens.shift() }
      await using connection = httpConnection(to(server, { tokenSource }))
      expect((await connection.request(getPod)).status).toBe(200)
    })

    it('keeps integers exact', async () => {
      await using server = await testServer(
        (_request, response) => {
          response.setHeader('content-type', 'application/json')
          response.end('{"metadata":{},"big":9007199254740993}')
        },
        { http1Only },
      )
      await using connection = httpConnection(to(server))
      expect(JSON.stringify((await connection.request(getPod)).body)).toBe('{"metadata":{},"big":9007199254740993}')
    })

    it('explains a certificate of a foreign CA and a refused connection', async () => {
      const server = await testServer((_request, response) => json(response, 200, { metadata: {} }), { http1Only })
      const other = await testCa('other CA')
      await using wrong = httpConnection(to(server, { tls: { ca: other.certificate } }))
      await expect(wrong.request(getPod)).rejects.toThrow(/signed by a CA that is not the given one/)
      await using insecure = httpConnection(to(server, { tls: { insecure: true } }))
      expect((await insecure.request(getPod)).status).toBe(200)
      await using late = httpConnection(to(server))
      await server[Symbol.asyncDispose]()
      await expect(late.request(getPod)).rejects.toThrow(/connection refused/)
    })

    it('survives a server that restarts', async () => {
      let answered = 0
      await using server = await testServer(
        (_request, response) => {
          answered++
          json(response, 200, { metadata: {} })
        },
        { http1Only },
      )
      await using connection = httpConnection(to(server))
      await connection.request(getPod)
      for (const socket of server.sockets) socket.destroy()
      expect((await connection.request(getPod)).status).toBe(200)
      expect(answered).toBe(2)
    })
  })
}

describe('a connection to a server that accepts and never speaks TLS', () => {
  it('can be given up at once', async () => {
    const accepted = Promise.withResolvers<void>()
    const silent = createServer(() => accepted.resolve())
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as AddressInfo
    const connection = httpConnection({ server: `https://127.0.0.1:${port}`, clock, timeouts: { connectMs: 60_000 } })
    const request = connection.request(getPod).catch((error: unknown) => error)
    await accepted.promise
    await connection[Symbol.asyncDispose]()
    expect(await request).toBeInstanceOf(ConnectionError)
    silent.close()
  })
})
