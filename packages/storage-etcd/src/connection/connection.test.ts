import { createServer } from 'node:net'
import { systemClock } from '@kairship/runtime'
import { manualClock } from '@kairship/runtime/testing'
import { expect, it } from 'vitest'
import { describeWithEtcd, startEtcd } from '../testing/index.ts'
import { decodeWatch, encodeRange, encodeWatchCreate } from '../wire/messages.ts'
import { Connection } from './connection.ts'
import { GrpcError } from './grpc-error.ts'

const range = '/etcdserverpb.KV/Range'
const patient = (): AbortSignal => AbortSignal.timeout(10_000)

await describeWithEtcd(process.env, 'a connection', (binary) => {
  it('ends its calls when the other side has vanished without a word', async () => {
    await using etcd = await startEtcd(binary)
    const clock = manualClock()
    const connection = await Connection.open({ endpoint: etcd.endpoint, tls: undefined, clock }, patient())
    const stream = connection.stream('/etcdserverpb.Watch/Watch', {})
    stream.write(encodeWatchCreate({ key: 'a', end: 'b', startRevision: 1 }))
    const messages = stream[Symbol.asyncIterator]()
    const first = await messages.next()
    expect(first.done === true ? undefined : decodeWatch(first.value).created).toBe(true)
    etcd.pause()
    const lost = [
      expect(messages.next()).rejects.toThrow(GrpcError),
      expect(connection.unary(range, encodeRange({ key: 'a' }), {}, patient())).rejects.toThrow(GrpcError),
    ]
    await clock.advance(16_000)
    await Promise.all(lost)
    expect(connection.usable).toBe(false)
    await expect(connection.unary(range, encodeRange({ key: 'a' }), {}, patient())).rejects.toMatchObject({
      sent: false,
    })
    etcd.resume()
  })

  it('stays when pings are answered, and pings nobody while nothing waits', async () => {
    await using etcd = await startEtcd(binary)
    const clock = manualClock()
    const connection = await Connection.open({ endpoint: etcd.endpoint, tls: undefined, clock }, patient())
    await connection.unary(range, encodeRange({ key: 'a' }), {}, patient())
    await clock.advance(60_000)
    expect([connection.usable, clock.pending]).toEqual([true, 0])
    connection.close()
  })

  it('hands on what the server says about a call it refuses', async () => {
    await using etcd = await startEtcd(binary)
    const options = { endpoint: etcd.endpoint, tls: undefined, clock: systemClock() }
    const connection = await Connection.open(options, patient())
    const refused = connection.unary(range, encodeRange({ key: '' }), {}, patient())
    await expect(refused).rejects.toMatchObject({ message: 'etcdserver: key is not provided', code: 3, sent: true })
    const unknown = connection.unary('/etcdserverpb.KV/Nothing', new Uint8Array(0), {}, patient())
    await expect(unknown).rejects.toMatchObject({ code: 12 })
    connection.close()
  })
})

it('a connection is not open before the other side has shown that it is a server of the right kind', async () => {
  const server = createServer((socket) => void socket.on('error', () => {}).resume())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const endpoint = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  const opening = Connection.open({ endpoint, tls: undefined, clock: systemClock() }, AbortSignal.timeout(100))
  await expect(opening).rejects.toMatchObject({ sent: false, message: expect.stringContaining(endpoint) })
  await new Promise((resolve) => server.close(resolve))
})
