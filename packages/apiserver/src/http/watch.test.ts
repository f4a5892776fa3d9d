import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configMap, configMaps, createNamespace, http, httpWatch, ok } from '../testing/calls.ts'
import { startTestServer, type TestServer } from '../testing/test-server.ts'

const namespace = '/api/v1/namespaces/test'
const collection = `${namespace}/configmaps`
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'

describe('watches over HTTP', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer()
    await createNamespace(server.connection, 'test')
    await ok(server.connection, {
      verb: 'create',
      ...configMaps,
      body: configMap('first', { metadata: { name: 'first', labels: { http: 'yes' } }, data: { a: 'b' } }),
    })
  })
  afterAll(() => server[Symbol.asyncDispose]())

  it('sends the headers of a watch before there is anything to tell (trap 3)', async () => {
    using watch = await httpWatch(server, `${collection}?watch=1&labelSelector=nothing&timeoutSeconds=30`)
    expect(watch.status).toBe(200)
    expect(watch.headers['content-type']).toBe('application/json')
  })

  it('tells events line by line, with kind and apiVersion in the object', async () => {
    using watch = await httpWatch(server, `${collection}?watch=true&labelSelector=http`)
    expect(await watch.next()).toMatchObject({ type: 'ADDED', object: { kind: 'ConfigMap', apiVersion: 'v1' } })
    await http(server, `${collection}/first`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: '{"data":{"changed":"yes"}}',
    })
    expect(await watch.next()).toMatchObject({ type: 'MODIFIED', object: { data: { changed: 'yes' } } })
  })

  it('ends a watch in silence when there is nothing to tell, also from a revision that is not there yet', async () => {
    const { metadata } = (await http(server, collection)).json as { metadata: { resourceVersion: string } }
    const now = Number(metadata.resourceVersion)
    for (const revision of [now, now + 1000]) {
      const watch = await http(server, `${collection}?watch=1&resourceVersion=${revision}&timeoutSeconds=1`)
      expect([watch.status, watch.text]).toEqual([200, ''])
    }
  })

  it('repeats the columns of a table watch only once', async () => {
    await ok(server.connection, {
      verb: 'create',
      ...configMaps,
      body: configMap('second', { metadata: { name: 'second', labels: { http: 'yes' } } }),
    })
    using watch = await httpWatch(server, `${collection}?watch=1&labelSelector=http`, { headers: { accept: table } })
    const events = [await watch.next(), await watch.next()]
    const columns = events.map(
      (event) => (event as never as { object: { columnDefinitions: [] } }).object.columnDefinitions.length,
    )
    expect(columns).toEqual([3, 0])
  })
})
