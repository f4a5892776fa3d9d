import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { startTestServer } from '@kairship/apiserver/testing'
import fc from 'fast-check'
import { expect } from 'vitest'
import { type FuzzRequest, fuzzRequests } from './fuzz-requests.ts'

/** Sends `runs` strange requests to a plane over HTTP. */
export async function fuzzPlane(options: { readonly runs: number; readonly seed?: number }): Promise<{
  readonly statuses: ReadonlyMap<number, number>
  readonly longestBlockMs: number
}> {
  await using plane = await startTestServer()
  const server = createServer({ maxHeaderSize: 1 << 20 }, (request, response) => {
    void plane.plane.handle(request, response, { prefix: '', credentials: { user: plane.admin } })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const statuses = new Map<number, number>()
  const prototype = Object.getOwnPropertyNames(Object.prototype).toSorted()
  const delay = monitorEventLoopDelay({ resolution: 10 })
  delay.enable()
  try {
    await fc.assert(
      fc.asyncProperty(fuzzRequests, async (request) => {
        const { status, body } = await send(port, request)
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        // A few mistakes of clients are answered with 500 upstream; such a Status has no reason.
        if (status >= 500)
          expect(body, `${status} for ${JSON.stringify(request).slice(0, 2_000)}`).toMatch(/"?code"?: ?500/)
        expect(body, JSON.stringify(request).slice(0, 2_000)).not.toMatch(/"?reason"?: ?"?InternalError/)
        expect(Object.getOwnPropertyNames(Object.prototype).toSorted()).toEqual(prototype)
        expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
      }),
      { numRuns: options.runs, ...(options.seed === undefined ? {} : { seed: options.seed }) },
    )
    expect(await send(port, { method: 'GET', path: '/readyz', headers: {}, body: undefined })).toMatchObject({
      status: 200,
    })
  } finally {
    delay.disable()
    server.closeAllConnections()
    server.close()
  }
  return { statuses, longestBlockMs: delay.max / 1e6 }
}

/** The status and the beginning of the body; fails when there is no whole answer within 10 s. */
function send(
  port: number,
  { method, path, headers, body }: FuzzRequest,
): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
    const outgoing = httpRequest(
      { host: '127.0.0.1', port, method, path, headers: { ...headers, ...length }, agent: false },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => {
          if (text.length < 4_000) text += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
        response.on('error', reject)
        // Watches have begun once their headers are there; their first events are enough.
        if (!/[?&]watch=/.test(path) || response.statusCode !== 200) return
        setTimeout(() => {
          resolve({ status: 200, body: text })
          response.destroy()
        }, 20)
      },
    )
    outgoing.setTimeout(10_000, () => outgoing.destroy(new Error(`no answer to ${method} ${path.slice(0, 300)}`)))
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
