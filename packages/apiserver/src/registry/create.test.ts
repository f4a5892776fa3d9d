import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configMap, configMaps, createNamespace, deployment, deployments, ok, refused } from '../testing/calls.ts'
import { startTestServer, type TestServer } from '../testing/test-server.ts'

describe('create', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer()
    await createNamespace(server.connection, 'test')
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const create = (body: object, more = {}) => ({ verb: 'create' as const, ...configMaps, body: body as never, ...more })

  it('fills in the system fields and ignores what the caller sent for them', async () => {
    const reply = await server.connection.request({
      verb: 'create',
      ...deployments,
      body: {
        ...deployment('filled'),
        metadata: { name: 'filled', uid: 'mine', creationTimestamp: '2001-01-01T00:00:00Z', generation: 9 },
        status: { replicas: 7 },
      },
    })
    expect(reply.status).toBe(201)
    const { metadata, status } = reply.body as never as { metadata: { [key: string]: unknown }; status?: object }
    expect(metadata).toMatchObject({ name: 'filled', namespace: 'test', generation: 1 })
    expect(metadata['uid']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/)
    expect(metadata['creationTimestamp']).toMatch(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    expect(metadata['creationTimestamp']).not.toBe('2001-01-01T00:00:00Z')
    expect(metadata['resourceVersion']).toMatch(/^\d+$/)
    expect(status).not.toMatchObject({ replicas: 7 })
  })

  it('answers with the very object that readers share, frozen', async () => {
    const created = await ok(server.connection, create(configMap('shared', { data: { a: 'b' } })))
    const read = await ok(server.connection, { verb: 'get', ...configMaps, name: 'shared' })
    expect(read).toBe(created)
    expect(Object.isFrozen(read['data'])).toBe(true)
  })

  it('invents names for generateName and tries again when one is taken', async () => {
    const names = new Set<unknown>()
    for (let index = 0; index < 20; index++) {
      const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'gen-' } }
      const { metadata } = await ok(server.connection, create(body))
      names.add((metadata as { name: string }).name)
    }
    expect(names.size).toBe(20)
    for (const name of names) expect(name).toMatch(/^gen-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
  })

  it('says that an object exists already', async () => {
    await ok(server.connection, create(configMap('twice')))
    expect(await refused(server.connection, create(configMap('twice')))).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'configmaps "twice" already exists',
      reason: 'AlreadyExists',
      details: { name: 'twice', kind: 'configmaps' },
      code: 409,
    })
  })

  it('says that an object with this name is still being deleted', async () => {
    const body = { ...deployment('dying'), metadata: { name: 'dying', finalizers: ['example.io/wait'] } }
    await ok(server.connection, { verb: 'create', ...deployments, body })
    await ok(server.connection, { verb: 'delete', ...deployments, name: 'dying' })
    const status = await refused(server.connection, { verb: 'create', ...deployments, body })
    expect(status['message']).toBe('object is being deleted: deployments.apps "dying" already exists')
  })

  it.each([
    ['no name', {}, 422, 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required'],
    [
      'a namespace other than the URL has',
      { metadata: { name: 'a', namespace: 'other' } },
      400,
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
    [
      'a resourceVersion',
      { metadata: { name: 'a', resourceVersion: '5' } },
      500,
      'resourceVersion should not be set on objects to be created',
    ],
  ])('refuses %s', async (_, body, code, message) => {
    const status = await refused(server.connection, create({ apiVersion: 'v1', kind: 'ConfigMap', ...body }))
    expect([status['code'], status['message']]).toEqual([code, message])
  })

  it('refuses another kind than the URL is about', async () => {
    const status = await refused(server.connection, create({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } }))
    expect(status).toMatchObject({ code: 400, reason: 'BadRequest' })
    expect(status['message']).toMatch(/^Pod in version "v1" cannot be handled as a ConfigMap: /)
  })

  it('names the namespace that is missing', async () => {
    const status = await refused(server.connection, create(configMap('a'), { namespace: 'nowhere' }))
    expect(status).toMatchObject({
      code: 404,
      message: 'namespaces "nowhere" not found',
      details: { kind: 'namespaces' },
    })
  })

  it('does everything but store the object on a dry run', async () => {
    const body = await ok(server.connection, create(configMap('dry'), { query: { dryRun: true } }))
    const metadata = body['metadata'] as { uid?: string; resourceVersion?: string }
    expect(metadata.uid).toBeTypeOf('string')
    expect(metadata.resourceVersion).toBeUndefined()
    expect(await refused(server.connection, { verb: 'get', ...configMaps, name: 'dry' })).toMatchObject({ code: 404 })
  })

  it('refuses an object that is larger than a store should hold', async () => {
    const status = await refused(server.connection, create(configMap('large', { data: { a: 'x'.repeat(1_600_000) } })))
    expect(status['code']).toBeGreaterThanOrEqual(400)
    expect(await refused(server.connection, { verb: 'get', ...configMaps, name: 'large' })).toMatchObject({ code: 404 })
  })
})
