import { silentLogger, systemClock } from '@kairship/runtime'
import { CompactedError, memoryStore } from '@kairship/storage'
import { type Fault, faultyStore } from '@kairship/storage/testing'
import { describe, expect, it } from 'vitest'
import { PlaneCache } from './cache/plane-cache.ts'
import { configMap, configMaps, createNamespace, http, httpWatch, ok, refused } from './testing/calls.ts'
import { startTestServer, testKeys } from './testing/test-server.ts'

const keys = await testKeys()

async function eventually(check: () => Promise<void> | void): Promise<void> {
  const deadline = Date.now() + 10_000
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

describe('a plane whose store goes wrong', () => {
  it('answers 503 while the store takes no writes, keeps serving reads, and goes on afterwards', async () => {
    let fault: Fault | undefined
    await using inner = memoryStore()
    const store = faultyStore(inner, ({ operation }) => (operation === 'create' ? fault : undefined))
    await using server = await startTestServer({ store }, keys)
    await createNamespace(server.connection, 'test')
    const create = (name: string) => ({ verb: 'create' as const, ...configMaps, body: configMap(name) })
    await ok(server.connection, create('before'))
    fault = { type: 'fail' }
    expect(await refused(server.connection, create('during'))).toMatchObject({
      code: 503,
      reason: 'ServiceUnavailable',
    })
    expect(await ok(server.connection, { verb: 'get', ...configMaps, name: 'before' })).toMatchObject({
      kind: 'ConfigMap',
    })
    fault = undefined
    await ok(server.connection, create('after'))
    expect(await refused(server.connection, { verb: 'get', ...configMaps, name: 'during' })).toMatchObject({
      code: 404,
    })
  })

  it('shows a write whose answer was lost, because it did happen', async () => {
    let fault: Fault | undefined
    await using inner = memoryStore()
    const store = faultyStore(inner, ({ operation }) => (operation === 'create' ? fault : undefined))
    await using server = await startTestServer({ store }, keys)
    await createNamespace(server.connection, 'test')
    fault = { type: 'lose-answer' }
    expect(await refused(server.connection, { verb: 'create', ...configMaps, body: configMap('lost') })).toMatchObject({
      code: 503,
    })
    fault = undefined
    await eventually(async () => {
      await ok(server.connection, { verb: 'get', ...configMaps, name: 'lost' })
    })
  })

  it('catches up after its watch of the store broke, without gap or repeat', async () => {
    await using inner = memoryStore()
    const store = faultyStore(inner, ({ operation, call }) =>
      operation === 'watch' && call === 0 ? { type: 'break', afterBatches: 60 } : undefined,
    )
    await using server = await startTestServer({ store }, keys)
    await createNamespace(server.connection, 'test')
    const names = Array.from({ length: 100 }, (_, index) => `n${index}`)
    const seen: string[] = []
    const abort = new AbortController()
    const query = { labelSelector: 'counted' }
    const watching = (async () => {
      for await (const batch of server.connection.watch({ verb: 'watch', ...configMaps, query }, abort.signal)) {
        for (const event of batch) if (event.type !== 'BOOKMARK') seen.push(event.object.metadata.name ?? '')
        if (seen.length >= names.length) abort.abort()
      }
    })()
    for (const name of names) {
      const body = configMap(name, { metadata: { name, labels: { counted: 'yes' } } })
      await ok(server.connection, { verb: 'create', ...configMaps, body })
    }
    await watching
    expect(seen).toEqual(names)
    expect(server.plane.ready).toBe(true)
  })

  it('reads everything anew when the store has forgotten what came in between, and ends watches with 410', async () => {
    await using inner = memoryStore()
    let broken = false
    const store = faultyStore(inner, ({ operation }) => {
      if (operation !== 'watch' || broken) return undefined
      broken = true
      return { type: 'break', afterBatches: 2, error: new CompactedError(99) }
    })
    const cache = new PlaneCache({ store, clock: systemClock(), log: silentLogger() })
    const told: string[] = []
    await cache.load()
    cache.resource('', 'things').subscribe((event) => told.push(`${event.type} ${event.object.metadata.name ?? ''}`))
    const abort = new AbortController()
    const running = cache.run(abort.signal)
    const write = (name: string) =>
      store.create(
        `/core/things/${name}`,
        Buffer.from(`{"apiVersion":"v1","kind":"Thing","metadata":{"name":"${name}"}}`),
      )
    for (const name of ['a', 'b', 'c', 'd']) await write(name)
    await eventually(() => expect(cache.resource('', 'things').items.size).toBe(4))
    expect(new Set(told)).toEqual(new Set(['put a', 'put b', 'put c', 'put d']))
    expect(told).toHaveLength(4)
    expect(cache.resource('', 'things').generation).toBeGreaterThan(0)
    abort.abort()
    await running
  })
})

describe('a plane that is opened again', () => {
  it('serves what was acknowledged, with the same revisions and identities', async () => {
    await using store = memoryStore()
    const first = await startTestServer({ store }, keys)
    await createNamespace(first.connection, 'test')
    const created = await ok(first.connection, {
      verb: 'create',
      ...configMaps,
      body: configMap('kept', { data: { a: 'b' } }),
    })
    await first[Symbol.asyncDispose]()
    await using second = await startTestServer({ store }, keys)
    expect(await ok(second.connection, { verb: 'get', ...configMaps, name: 'kept' })).toEqual(created)
    expect((await http(second, '/api/v1/namespaces/test/configmaps/kept')).json).toEqual(created)
  })

  it('tells watchers of before that their revision is too old', async () => {
    await using store = memoryStore()
    const first = await startTestServer({ store }, keys)
    await createNamespace(first.connection, 'test')
    const list = await ok(first.connection, { verb: 'list', ...configMaps })
    const { resourceVersion } = list['metadata'] as { resourceVersion: string }
    await ok(first.connection, { verb: 'create', ...configMaps, body: configMap('later') })
    await first[Symbol.asyncDispose]()
    await using second = await startTestServer({ store }, keys)
    using watch = await httpWatch(
      second,
      `/api/v1/namespaces/test/configmaps?watch=1&resourceVersion=${resourceVersion}`,
    )
    expect(watch.status).toBe(200)
    expect(await watch.next()).toMatchObject({
      type: 'ERROR',
      object: { kind: 'Status', code: 410, reason: 'Expired' },
    })
    expect(await watch.next()).toBeUndefined()
    const exact = `/api/v1/namespaces/test/configmaps?resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`
    expect((await http(second, exact)).json).toMatchObject({
      code: 410,
      message: 'The resourceVersion for the provided list is too old.',
    })
  })

  it('ends every watch when it closes', async () => {
    const server = await startTestServer({}, keys)
    const ended = (async () => {
      for await (const _ of server.connection.watch({ verb: 'watch', ...configMaps }, AbortSignal.timeout(15_000))) {
        // Nothing to see.
      }
    })()
    using watch = await httpWatch(server, '/api/v1/configmaps?watch=1&labelSelector=nothing')
    await server[Symbol.asyncDispose]()
    await ended.catch(() => undefined)
    expect(await watch.next().catch(() => undefined)).toBeUndefined()
  })
})
