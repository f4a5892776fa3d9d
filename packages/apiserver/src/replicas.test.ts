import type { JsonObject } from '@kairship/apimachinery'
import { createEtcdEngine, type EtcdEngine, openEtcdStore } from '@kairship/storage-etcd'
import { describeWithEtcd, type EtcdServer, startEtcd } from '@kairship/storage-etcd/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  configMap,
  configMaps,
  createNamespace,
  deployment,
  deployments,
  http,
  httpWatch,
  ok,
} from './testing/calls.ts'
import { refused } from './testing/calls.ts'
import { eventually } from './testing/eventually.ts'
import { startTestServer, type TestServer, testKeys } from './testing/test-server.ts'

const keys = await testKeys()

interface Replicas extends AsyncDisposable {
  readonly a: TestServer
  readonly b: TestServer
}
const versionOf = (object: JsonObject): string => (object['metadata'] as { resourceVersion: string }).resourceVersion

const namesIn = (list: JsonObject): string[] =>
  (list['items'] as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name)

await describeWithEtcd(process.env, 'planes on etcd', (binary) => {
  let etcd: EtcdServer
  let engine: EtcdEngine
  let other: EtcdEngine
  let planes = 0
  beforeAll(async () => {
    etcd = await startEtcd(binary)
    engine = createEtcdEngine({ endpoints: [etcd.endpoint] })
    other = createEtcdEngine({ endpoints: [etcd.endpoint] })
  })
  afterAll(async () => {
    await engine[Symbol.asyncDispose]()
    await other[Symbol.asyncDispose]()
    await etcd[Symbol.asyncDispose]()
  })

  /** Two API servers that know nothing of each other but the etcd below. */
  async function replicas(): Promise<Replicas> {
    const prefix = `/planes/${planes++}`
    const owned = new AsyncDisposableStack()
    const [storeA, storeB] = await Promise.all([engine.open(prefix), other.open(prefix)])
    owned.use(storeA)
    owned.use(storeB)
    const plane = { clientCa: keys.ca }
    const [a, b] = await Promise.all([
      startTestServer({ store: storeA, plane }, keys),
      startTestServer({ store: storeB, plane }, keys),
    ])
    owned.use(a)
    owned.use(b)
    await createNamespace(a.connection, 'test')
    return { a, b, [Symbol.asyncDispose]: () => owned.disposeAsync() }
  }

  it('start at the same moment on an empty etcd', async () => {
    await using world = await replicas()
    const { a, b } = world
    expect([a.plane.ready, b.plane.ready]).toEqual([true, true])
    const namespaces = { verb: 'list', group: '', version: 'v1', resource: 'namespaces' } as const
    const [seenByA, seenByB] = [await ok(a.connection, namespaces), await ok(b.connection, namespaces)]
    expect(seenByA['items']).toEqual(seenByB['items'])
  })

  it('show with every read what was written through the other one before', async () => {
    await using world = await replicas()
    const servers = [world.a, world.b] as const
    for (let i = 0; i < 40; i++) {
      const [writer, reader] = i % 2 === 0 ? servers : servers.toReversed()
      if (writer === undefined || reader === undefined) return
      const name = `n${i}`
      const created = await ok(writer.connection, { verb: 'create', ...configMaps, body: configMap(name) })
      expect(await ok(reader.connection, { verb: 'get', ...configMaps, name })).toEqual(created)
      const list = await ok(reader.connection, { verb: 'list', ...configMaps })
      expect(namesIn(list).filter((each) => each.startsWith('n')).length).toBe(i + 1)
      expect(Number(versionOf(list))).toBeGreaterThanOrEqual(Number(versionOf(created)))
      if (i % 4 === 0) {
        const body = { ...created, data: { i: String(i) } }
        const updated = await ok(reader.connection, { verb: 'update', ...configMaps, name, body })
        expect(await ok(writer.connection, { verb: 'get', ...configMaps, name })).toEqual(updated)
      }
    }
    const last = await ok(servers[0].connection, { verb: 'delete', ...configMaps, name: 'n3' })
    expect(last['status']).toBe('Success')
    expect((await refused(servers[1].connection, { verb: 'get', ...configMaps, name: 'n3' }))['code']).toBe(404)
  })

  it('take writes that build on what the other one has just written', async () => {
    await using world = await replicas()
    const { a, b } = world
    let object = await ok(a.connection, { verb: 'create', ...configMaps, body: configMap('c') })
    for (let i = 0; i < 20; i++) {
      const { connection } = i % 2 === 0 ? b : a
      object = await ok(connection, {
        verb: 'update',
        ...configMaps,
        name: 'c',
        body: { ...object, data: { i: `${i}` } },
      })
    }
    const stale = { ...object, metadata: { ...(object['metadata'] as JsonObject), resourceVersion: '1' } }
    expect((await refused(b.connection, { verb: 'update', ...configMaps, name: 'c', body: stale }))['code']).toBe(409)
    await createNamespace(b.connection, 'fresh')
    const inFresh = { ...configMaps, namespace: 'fresh' }
    await ok(a.connection, { verb: 'create', ...inFresh, body: configMap('at-once') })
    expect((await refused(b.connection, { verb: 'create', ...inFresh, body: configMap('at-once') }))['reason']).toBe(
      'AlreadyExists',
    )
  })

  it('lose no patch when both change the same object at the same time', { timeout: 30_000 }, async () => {
    await using world = await replicas()
    const { a, b } = world
    await ok(a.connection, { verb: 'create', ...configMaps, body: configMap('c', { data: {} }) })
    const patch = async (server: TestServer, name: string): Promise<void> => {
      for (let i = 0; i < 20; i++) {
        const body = { data: { [`${name}${i}`]: 'x' } }
        for (let done = false; !done; ) {
          const reply = await server.connection.request({
            verb: 'patch',
            patchType: 'merge',
            ...configMaps,
            name: 'c',
            body,
          })
          done = reply.status === 200
          if (!done) expect(reply.status).toBe(409)
        }
      }
    }
    await Promise.all([patch(a, 'a'), patch(b, 'b')])
    const { data } = await ok(b.connection, { verb: 'get', ...configMaps, name: 'c' })
    expect(Object.keys(data as JsonObject).length).toBe(40)
  })

  it('tell the same story to watchers of either, in the same order and with the same revisions', async () => {
    await using world = await replicas()
    const { a, b } = world
    const list = await ok(a.connection, { verb: 'list', ...configMaps })
    const path = `/api/v1/namespaces/test/configmaps?watch=1&resourceVersion=${versionOf(list)}`
    using watchA = await httpWatch(a, path)
    using watchB = await httpWatch(b, path)
    await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        ok((i % 2 === 0 ? a : b).connection, { verb: 'create', ...configMaps, body: configMap(`n${i}`) }),
      ),
    )
    for (let i = 0; i < 30; i++) {
      const event = await watchA.next()
      expect(event?.['type']).toBe('ADDED')
      expect(await watchB.next()).toEqual(event)
    }
  })

  it('serve a page of one with the continue token of the other, from the same snapshot', async () => {
    await using world = await replicas()
    const { a, b } = world
    for (let i = 0; i < 10; i++) await ok(a.connection, { verb: 'create', ...configMaps, body: configMap(`n${i}`) })
    const first = await ok(a.connection, { verb: 'list', ...configMaps, query: { limit: 4 } })
    await ok(a.connection, { verb: 'delete', ...configMaps, name: 'n9' })
    const token = (first['metadata'] as { continue: string }).continue
    const rest = await ok(b.connection, { verb: 'list', ...configMaps, query: { continue: token } })
    expect(versionOf(rest)).toBe(versionOf(first))
    const names = [first, rest].flatMap(namesIn)
    expect(names.filter((name) => name.startsWith('n'))).toEqual(Array.from({ length: 10 }, (_, i) => `n${i}`))
  })

  it('serve a custom resource at once that was defined through the other one', async () => {
    await using world = await replicas()
    const { a, b } = world
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'widgets.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object' } } } },
          },
        ],
      },
    }
    const crds = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' } as const
    await ok(a.connection, { verb: 'create', ...crds, body: crd })
    const path = '/apis/example.com/v1/namespaces/test/widgets'
    const body = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' }, spec: {} }
    expect((await http(b, path, { method: 'POST', body })).status).toBe(201)
    expect((await http(a, `${path}/w`)).status).toBe(200)
    expect((await http(b, '/apis/example.com/v1')).status).toBe(200)
  })

  it('obey rights at once that were given and taken through the other one', async () => {
    await using world = await replicas()
    const { a, b } = world
    const rbac = { group: 'rbac.authorization.k8s.io', version: 'v1' } as const
    const reader = b.plane.connect({ username: 'eve', groups: ['system:authenticated'] })
    const list = { verb: 'list', ...configMaps } as const
    expect((await reader.request(list)).status).toBe(403)
    const bindings = { ...rbac, resource: 'rolebindings', namespace: 'test' } as const
    await ok(a.connection, {
      verb: 'create',
      ...bindings,
      body: {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: 'eve' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
        subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'eve' }],
      },
    })
    expect((await reader.request(list)).status).toBe(200)
    await ok(a.connection, { verb: 'delete', ...bindings, name: 'eve' })
    expect((await reader.request(list)).status).toBe(403)
  })

  it('give no Service an address or port that the other one has given', async () => {
    await using world = await replicas()
    const { a, b } = world
    const services = { group: '', version: 'v1', resource: 'services', namespace: 'test' } as const
    const service = (name: string, nodePort?: number): JsonObject => {
      const port = nodePort === undefined ? { port: 80 } : { port: 80, nodePort }
      return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { type: 'NodePort', ports: [port] } }
    }
    const given = new Set<unknown>()
    for (let i = 0; i < 20; i++) {
      const { connection } = i % 2 === 0 ? a : b
      const { spec } = await ok(connection, { verb: 'create', ...services, body: service(`s${i}`) })
      const { clusterIP, ports } = spec as { clusterIP: string; ports: { nodePort: number }[] }
      given.add(clusterIP).add(ports[0]?.nodePort)
    }
    expect(given.size).toBe(40)
    const taken = [...given].find((thing) => typeof thing === 'number')
    const again = { verb: 'create', ...services, body: service('again', Number(taken)) } as const
    expect([(await refused(a.connection, again))['code'], (await refused(b.connection, again))['code']]).toEqual([
      422, 422,
    ])
  })

  it('empty a namespace and collect garbage, though both do it', { timeout: 30_000 }, async () => {
    await using world = await replicas()
    const { a, b } = world
    const owner = await ok(a.connection, { verb: 'create', ...deployments, body: deployment('owner') })
    const { uid } = owner['metadata'] as { uid: string }
    const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'owner', uid }]
    for (let i = 0; i < 10; i++) {
      const metadata = { name: `d${i}`, ownerReferences }
      await ok((i % 2 === 0 ? a : b).connection, { verb: 'create', ...configMaps, body: configMap('', { metadata }) })
    }
    await ok(b.connection, { verb: 'delete', ...deployments, name: 'owner' })
    await eventually(async () => {
      const left = await ok(a.connection, { verb: 'list', ...configMaps })
      expect(namesIn(left)).toEqual(['kube-root-ca.crt'])
    })
    const namespaces = { group: '', version: 'v1', resource: 'namespaces', name: 'test' } as const
    await ok(a.connection, { verb: 'delete', ...namespaces })
    await eventually(async () => {
      expect((await b.connection.request({ verb: 'get', ...namespaces })).status).toBe(404)
    })
    const accounts = { group: '', version: 'v1', resource: 'serviceaccounts' } as const
    const all = await ok(a.connection, { verb: 'list', ...accounts })
    expect(all).toEqual(await ok(b.connection, { verb: 'list', ...accounts }))
  })

  it('go on after etcd was killed: the same plane, the same watches, nothing acknowledged lost', async () => {
    await using own = await startEtcd(binary)
    await using ownEngine = createEtcdEngine({ endpoints: [own.endpoint], timeoutMs: 1_000 })
    await using store = await ownEngine.open('/plane')
    await using server = await startTestServer({ store }, keys)
    await createNamespace(server.connection, 'test')
    const list = await ok(server.connection, { verb: 'list', ...configMaps })
    using watch = await httpWatch(
      server,
      `/api/v1/namespaces/test/configmaps?watch=1&resourceVersion=${versionOf(list)}`,
    )
    const names: string[] = []
    for (let i = 0; i < 60; i++) {
      if (i % 20 === 10) {
        await own.kill()
        expect((await http(server, '/api/v1/namespaces/test/configmaps')).status).toBe(503)
        expect((await http(server, '/readyz')).status).toBe(500)
        expect(server.plane.ready).toBe(false)
        expect((await http(server, '/api/v1/namespaces/test/configmaps?resourceVersion=0')).status).toBe(200)
        await own.start()
      }
      const body = configMap(`n${i}`)
      const reply = await server.connection.request({ verb: 'create', ...configMaps, body })
      if (reply.status === 201) names.push(`n${i}`)
      else expect(reply.status).toBe(503)
    }
    expect(names.length).toBeGreaterThan(50)
    // What was answered with 503 may be there too.
    const missing = new Set(names)
    while (missing.size > 0) {
      const event = await watch.next()
      expect(event?.['type']).toBe('ADDED')
      missing.delete((event?.['object'] as { metadata: { name: string } } | undefined)?.metadata.name ?? '')
    }
  })

  it('reach etcd over TLS, with a certificate of their own', async () => {
    const clientCa = keys.ca.certificate
    await using own = await startEtcd(binary, { tls: { ...keys.serving, clientCa } })
    await using issuer = await startTestServer({}, keys)
    const identity = await issuer.plane.issueCertificate({ username: 'kairship', groups: [] }, 60_000)
    const tls = { ca: keys.serving.certificate, ...identity }
    await using store = await openEtcdStore({ endpoints: [own.endpoint], prefix: '/plane', tls })
    await using server = await startTestServer({ store }, keys)
    await createNamespace(server.connection, 'test')
    expect(await ok(server.connection, { verb: 'create', ...configMaps, body: configMap('c') })).toBeDefined()
    const stranger = { endpoints: [own.endpoint], prefix: '/plane', timeoutMs: 500 }
    await expect(openEtcdStore({ ...stranger, tls: { ca: keys.serving.certificate } })).rejects.toThrow(
      /no connection/u,
    )
    await expect(openEtcdStore({ ...stranger, tls: identity })).rejects.toThrow(/self-signed certificate/u)
  })
})
