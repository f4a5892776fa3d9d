import type { JsonObject, Operation } from '@kairship/apimachinery'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { configMap, configMaps, createNamespace, deployment, deployments, ok, pods, refused } from '../testing/calls.ts'
import { startTestServer, type TestServer } from '../testing/test-server.ts'

type Meta = { uid: string; resourceVersion: string; [key: string]: unknown }
const meta = (object: JsonObject): Meta => object['metadata'] as Meta

describe('delete', () => {
  let server: TestServer
  let count = 0
  let name = ''
  beforeAll(async () => {
    server = await startTestServer()
    await createNamespace(server.connection, 'test')
  })
  afterAll(() => server[Symbol.asyncDispose]())
  beforeEach(() => {
    name = `d${count++}`
  })

  const create = (body: JsonObject, where: Omit<Operation, 'verb'> = configMaps) =>
    ok(server.connection, { verb: 'create', ...where, body })
  const remove = (body: JsonObject = {}, where: Omit<Operation, 'verb'> = configMaps): Operation => ({
    verb: 'delete',
    ...where,
    name,
    body,
  })
  const exists = async (where: Omit<Operation, 'verb'> = configMaps): Promise<boolean> =>
    (await server.connection.request({ verb: 'get', ...where, name })).status === 200

  it('answers a Status when the object is gone at once', async () => {
    const { uid } = meta(await create(deployment(name), deployments))
    expect(await ok(server.connection, remove({}, deployments))).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name, group: 'apps', kind: 'deployments', uid },
    })
    expect(await exists(deployments)).toBe(false)
  })

  it('waits for finalizers, changes nothing on a second call and lets the last finalizer remove the object', async () => {
    await create({ ...deployment(name), metadata: { name, finalizers: ['x.io/wait'] } }, deployments)
    const marked = await ok(server.connection, remove({}, deployments))
    expect(meta(marked)).toMatchObject({ deletionGracePeriodSeconds: 0, generation: 2, finalizers: ['x.io/wait'] })
    expect(meta(marked)['deletionTimestamp']).toBeTypeOf('string')
    const again = await ok(server.connection, remove({}, deployments))
    expect(meta(again).resourceVersion).toBe(meta(marked).resourceVersion)
    const added = { metadata: { finalizers: ['x.io/wait', 'y.io/z'] } }
    const at = { ...deployments, name }
    const status = await refused(server.connection, { verb: 'patch', patchType: 'merge', ...at, body: added })
    expect(status['code']).toBe(422)
    expect(status['message']).toContain(
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"y.io/z"}',
    )
    await ok(server.connection, { verb: 'patch', patchType: 'merge', ...at, body: { metadata: { finalizers: null } } })
    expect(await exists(deployments)).toBe(false)
  })

  it('checks preconditions', async () => {
    const { uid, resourceVersion } = meta(await create(configMap(name)))
    const byUid = await refused(server.connection, remove({ preconditions: { uid: 'abc' } }))
    expect([byUid['code'], byUid['message']]).toEqual([
      409,
      `Operation cannot be fulfilled on ConfigMap "${name}": the UID in the precondition (abc) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    ])
    const byVersion = await refused(server.connection, remove({ preconditions: { resourceVersion: '1' } }))
    expect(byVersion['message']).toBe(
      `Operation cannot be fulfilled on ConfigMap "${name}": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
    )
    expect(await exists()).toBe(true)
  })

  it('adds the finalizer of the propagation policy', async () => {
    await create(deployment(name), deployments)
    const marked = await ok(server.connection, remove({ propagationPolicy: 'Orphan' }, deployments))
    expect(meta(marked)['finalizers']).toEqual(['orphan'])
  })

  it('refuses an unknown policy', async () => {
    await create(configMap(name))
    const status = await refused(server.connection, remove({ propagationPolicy: 'Nope' }))
    expect(status['code']).toBe(422)
    expect(status['message']).toContain('supported values: "Foreground", "Background", "Orphan", "nil"')
  })

  it('keeps everything on a dry run', async () => {
    await create(configMap(name))
    await ok(server.connection, remove({ dryRun: ['All'] }))
    expect(await exists()).toBe(true)
  })

  it('lets scheduled pods end in grace and unscheduled ones go at once', async () => {
    const pod = (nodeName?: string): JsonObject => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: { containers: [{ name: 'c', image: 'nginx:1' }], ...(nodeName === undefined ? {} : { nodeName }) },
    })
    await create(pod(), pods)
    const gone = await ok(server.connection, remove({}, pods))
    expect(gone['kind']).toBe('Pod')
    expect(await exists(pods)).toBe(false)
    await create(pod('node-1'), pods)
    const marked = await ok(server.connection, remove({}, pods))
    expect(meta(marked)).toMatchObject({ deletionGracePeriodSeconds: 30 })
    expect(await exists(pods)).toBe(true)
    await ok(server.connection, remove({ gracePeriodSeconds: 0 }, pods))
    expect(await exists(pods)).toBe(false)
  })

  it('keeps the pods of a Job unless told otherwise, with a warning', async () => {
    const jobs = { group: 'batch', version: 'v1', resource: 'jobs', namespace: 'test' }
    const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'nginx:1' }] } }
    await create({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: { template } }, jobs)
    const reply = await server.connection.request(remove({}, jobs))
    expect(reply.warnings).toEqual([
      'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
    ])
    expect(meta(reply.body as JsonObject)['finalizers']).toContain('orphan')
  })

  it('deletes the collection that a selector names and answers it', async () => {
    for (const each of ['x', 'y', 'z']) {
      const labels = each === 'z' ? {} : { doomed: 'yes' }
      await create(configMap(`${name}${each}`, { metadata: { name: `${name}${each}`, labels } }))
    }
    const list = await ok(server.connection, {
      verb: 'deletecollection',
      ...configMaps,
      query: { labelSelector: 'doomed=yes' },
    })
    expect(list['kind']).toBe('ConfigMapList')
    expect((list['items'] as JsonObject[]).map((item) => meta(item)['name'])).toEqual([`${name}x`, `${name}y`])
    name = `${name}z`
    expect(await exists()).toBe(true)
  })
})
