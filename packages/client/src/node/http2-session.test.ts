import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { Operation } from '@kairship/apimachinery'
import { systemClock } from '@kairship/runtime'
import { httpConnection } from './http-connection.ts'
import { json, testServer } from './test/server.ts'

const clock = systemClock()
const getPod: Operation = { verb: 'get', group: '', version: 'v1', resource: 'pods', namespace: 'default', name: 'a' }
const watchPods: Operation = { verb: 'watch', group: '', version: 'v1', resource: 'pods' }

describe('a connection over HTTP/2', () => {
  it('serves requests while more watches are open than one connection carries', async () => {
    await using server = await testServer((request, response) => {
      if (!request.url.includes('watch=true')) return json(response, 200, { metadata: {} })
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write('{"type":"ADDED","object":{"metadata":{"name":"a"}}}\n')
    })
    await using connection = httpConnection({ server: server.url, clock, tls: { ca: server.ca.certificate } })
    const stop = new AbortController()
    let open = 0
    const watches = Array.from({ length: 260 }, async () => {
      for await (const batch of connection.watch(watchPods, stop.signal)) open += batch.length
    })
    while (open < 260) await clock.sleep(5)
    expect((await connection.request(getPod)).status).toBe(200)
    stop.abort()
    await Promise.all(watches)
  })

  it('gives up on a server that accepts connections and says nothing at all', async () => {
    const mute = createServer()
    const sockets = new Set<{ destroy(): void }>()
    mute.on('connection', (socket) => sockets.add(socket))
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
    const { port } = mute.address() as AddressInfo
    await using connection = httpConnection({
      server: `https://127.0.0.1:${port}`,
      clock,
      timeouts: { connectMs: 100 },
    })
    const all = await Promise.allSettled(Array.from({ length: 20 }, () => connection.request(getPod)))
    expect(all.every((result) => result.status === 'rejected')).toBe(true)
    expect(sockets.size).toBe(1)
    for (const socket of sockets) socket.destroy()
    mute.close()
  })
})
