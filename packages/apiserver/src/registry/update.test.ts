import type { JsonObject, Operation } from '@kairship/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configMap, configMaps, createNamespace, deployment, deployments, ok, refused } from '../testing/calls.ts'
import { startTestServer, type TestServer } from '../testing/test-server.ts'

type Meta = { uid: string; resourceVersion: string; generation?: number; labels?: object; finalizers?: string[] }
const meta = (object: JsonObject): Meta => object['metadata'] as Meta

describe('update', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer()
    await createNamespace(server.connection, 'test')
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const create = (body: JsonObject, where = configMaps as Omit<Operation, 'verb'>) =>
    ok(server.connection, { verb: 'create', ...where, body })
  const put = (name: string, body: JsonObject, where = configMaps as Omit<Operation, 'verb'>): Operation => ({
    verb: 'update',
    ...where,
    name,
    body,
  })

  it('replaces the object and keeps its system fields', async () => {
    const created = await create(configMap('replaced', { data: { a: '1' } }))
    const updated = await ok(server.connection, put('replaced', configMap('replaced', { data: { b: '2' } })))
    expect(updated['data']).toEqual({ b: '2' })
    expect(meta(updated).uid).toBe(meta(created).uid)
    expect(Number(meta(updated).resourceVersion)).toBeGreaterThan(Number(meta(created).resourceVersion))
  })

  it('refuses a stale revision', async () => {
    const created = await create(configMap('stale'))
    await ok(server.connection, put('stale', configMap('stale', { data: { a: '1' } })))
    const status = await refused(server.connection, put('stale', { ...created, data: { a: '2' } }))
    expect(status).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on configmaps "stale": the object has been modified; please apply your changes to the latest version and try again',
      details: { name: 'stale', kind: 'configmaps' },
    })
  })

  it('keeps the revision and says nothing when nothing changes (trap 6)', async () => {
    const created = await create(deployment('same'), deployments)
    const updated = await ok(server.connection, put('same', created, deployments))
    expect(meta(updated).resourceVersion).toBe(meta(created).resourceVersion)
  })

  it.each<[string, JsonObject, number, string]>([
    [
      'another name than the URL has',
      configMap('other'),
      400,
      'the name of the object (other) does not match the name on the URL (target)',
    ],
    [
      'no name',
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} },
      400,
      'the name of the object (target based on URL) was undeterminable: name must be provided',
    ],
    ['a missing object', configMap('target'), 404, 'configmaps "target" not found'],
  ])('refuses %s', async (_, body, code, message) => {
    const status = await refused(server.connection, put('target', body))
    expect([status['code'], status['message']]).toEqual([code, message])
  })

  it('refuses an object of another uid', async () => {
    const created = await create(configMap('uid'))
    const status = await refused(
      server.connection,
      put('uid', configMap('uid', { metadata: { name: 'uid', uid: 'another' } })),
    )
    expect(status['message']).toBe(
      `Operation cannot be fulfilled on configmaps "uid": Precondition failed: UID in precondition: another, UID in object meta: ${meta(created).uid}`,
    )
  })

  it('creates kinds that are created by PUT, and wants a revision to update them', async () => {
    const leases = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases', namespace: 'test' }
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'leader' } }
    const reply = await server.connection.request(put('leader', { ...lease, spec: { holderIdentity: 'a' } }, leases))
    expect(reply.status).toBe(201)
    const status = await refused(server.connection, put('leader', { ...lease, spec: { holderIdentity: 'b' } }, leases))
    expect([status['code'], status['message']]).toEqual([
      422,
      'leases.coordination.k8s.io "leader" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
    ])
  })

  it('counts changes of the spec only in the generation', async () => {
    const created = await create(deployment('generations'), deployments)
    expect(meta(created).generation).toBe(1)
    const patch = (body: JsonObject, subresource?: string) =>
      ok(server.connection, {
        verb: 'patch',
        patchType: 'merge',
        ...deployments,
        name: 'generations',
        body,
        ...(subresource === undefined ? {} : { subresource }),
      })
    expect(meta(await patch({ metadata: { labels: { a: 'b' } } })).generation).toBe(1)
    expect(meta(await patch({ status: { replicas: 1 } }, 'status')).generation).toBe(1)
    expect(meta(await patch({ spec: { replicas: 5 } })).generation).toBe(2)
  })

  it('keeps status and spec apart', async () => {
    await create(deployment('apart'), deployments)
    const at = { ...deployments, name: 'apart' }
    const body = { metadata: { labels: { dropped: 'yes' } }, spec: { replicas: 9 }, status: { replicas: 3 } }
    const onStatus = await ok(server.connection, {
      verb: 'patch',
      patchType: 'merge',
      ...at,
      subresource: 'status',
      body,
    })
    expect(onStatus).toMatchObject({ spec: { replicas: 1 }, status: { replicas: 3 } })
    expect(meta(onStatus).labels).toBeUndefined()
    const onMain = await ok(server.connection, {
      verb: 'patch',
      patchType: 'merge',
      ...at,
      body: { spec: { replicas: 2 }, status: { replicas: 8 } },
    })
    expect(onMain).toMatchObject({ spec: { replicas: 2 }, status: { replicas: 3 } })
  })

  it('reads and writes replicas through the scale subresource', async () => {
    const created = await create(deployment('scaled'), deployments)
    const at = { ...deployments, name: 'scaled', subresource: 'scale' }
    expect(await ok(server.connection, { verb: 'get', ...at })).toMatchObject({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      metadata: {
        name: 'scaled',
        namespace: 'test',
        uid: meta(created).uid,
        resourceVersion: meta(created).resourceVersion,
      },
      spec: { replicas: 1 },
      status: { replicas: 0, selector: 'app=scaled' },
    })
    await ok(server.connection, { verb: 'patch', patchType: 'merge', ...at, body: { spec: { replicas: 4 } } })
    const read = await ok(server.connection, { verb: 'get', ...deployments, name: 'scaled' })
    expect(read).toMatchObject({ metadata: { generation: 2 }, spec: { replicas: 4 } })
    const stale = { metadata: { name: 'scaled', namespace: 'test', resourceVersion: '1' }, spec: { replicas: 6 } }
    expect(await refused(server.connection, { verb: 'update', ...at, body: stale })).toMatchObject({ code: 409 })
  })

  it('lets many writers patch one object at once and loses no change', async () => {
    await create(configMap('busy', { data: {} }))
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        ok(server.connection, {
          verb: 'patch',
          patchType: 'merge',
          ...configMaps,
          name: 'busy',
          body: { data: { [`k${index}`]: 'v' } },
        }),
      ),
    )
    const read = await ok(server.connection, { verb: 'get', ...configMaps, name: 'busy' })
    expect(Object.keys(read['data'] as object)).toHaveLength(50)
  })
})
