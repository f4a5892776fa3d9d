import type { JsonObject, ManagedFieldsEntry, Operation } from '@kairship/apimachinery'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { configMaps, createNamespace, deployments, ok, refused } from '../testing/calls.ts'
import { startTestServer, type TestServer } from '../testing/test-server.ts'

const managedFields = (object: JsonObject): ManagedFieldsEntry[] =>
  (object['metadata'] as { managedFields?: ManagedFieldsEntry[] }).managedFields ?? []
const resourceVersion = (object: JsonObject): unknown => (object['metadata'] as JsonObject)['resourceVersion']

describe('server-side apply', () => {
  let server: TestServer
  let count = 0
  let name = ''
  beforeAll(async () => {
    server = await startTestServer()
    await createNamespace(server.connection, 'test')
  })
  afterAll(() => server[Symbol.asyncDispose]())
  beforeEach(() => {
    name = `a${count++}`
  })

  const config = (data: JsonObject): JsonObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data })
  const apply = (fieldManager: string | undefined, body: JsonObject, more: Partial<Operation> = {}): Operation => ({
    verb: 'patch',
    patchType: 'apply',
    ...configMaps,
    name,
    body,
    query: { ...(fieldManager === undefined ? {} : { fieldManager }), ...more.query },
    ...Object.fromEntries(Object.entries(more).filter(([key]) => key !== 'query')),
  })
  const web = (container: JsonObject, spec: JsonObject = {}): JsonObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'c', image: 'nginx:1', ...container }] },
      },
      ...spec,
    },
  })

  it('creates, and repeats without a trace', async () => {
    const created = await server.connection.request(apply('one', config({ a: '1' })))
    expect(created.status).toBe(201)
    expect(managedFields(created.body as JsonObject)).toMatchObject([
      {
        manager: 'one',
        operation: 'Apply',
        apiVersion: 'v1',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { 'f:a': {} } },
      },
    ])
    const again = await server.connection.request(apply('one', config({ a: '1' })))
    expect([again.status, again.body]).toEqual([200, created.body])
  })

  it('refuses to change what another manager owns, unless forced', async () => {
    await ok(server.connection, apply('one', config({ a: '1', b: '1' })))
    const status = await refused(server.connection, apply('two', config({ a: '2' })))
    expect(status).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict: conflict with "one": .data.a',
      details: { causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.data.a' }] },
    })
    const forced = await ok(server.connection, apply('two', config({ a: '2' }), { query: { force: true } }))
    expect(forced['data']).toEqual({ a: '2', b: '1' })
    expect(managedFields(forced).map(({ manager, fieldsV1 }) => [manager, fieldsV1?.['f:data']])).toEqual([
      ['one', { 'f:b': {} }],
      ['two', { 'f:a': {} }],
    ])
  })

  it('removes what its manager no longer says and nobody else owns', async () => {
    await ok(server.connection, apply('one', config({ mine: '1', ours: '1' })))
    await ok(server.connection, apply('two', config({ ours: '1' })))
    const left = await ok(server.connection, apply('one', config({})))
    expect(left['data']).toEqual({ ours: '1' })
  })

  it('owns list items by the keys of the schema, with their defaults filled in (trap 8)', async () => {
    const created = await ok(server.connection, apply('one', web({ ports: [{ containerPort: 80 }] }), deployments))
    const text = JSON.stringify(managedFields(created)[0]?.fieldsV1)
    expect(text).toContain('"k:{\\"name\\":\\"c\\"}"')
    expect(text).toContain('"k:{\\"containerPort\\":80,\\"protocol\\":\\"TCP\\"}":{".":{},"f:containerPort":{}}')
    expect(text).toContain('"f:selector":{}')
  })

  it('counts other writes as ownership too, by program and subresource', async () => {
    const where = { ...deployments, name }
    const body = web({}, { replicas: 1 })
    await ok(server.connection, { verb: 'create', ...deployments, body, userAgent: 'kubectl/v1.32 (linux)' })
    await ok(server.connection, {
      verb: 'patch',
      patchType: 'merge',
      ...where,
      subresource: 'status',
      body: { status: { replicas: 1 } },
      query: { fieldManager: 'controller' },
    })
    const scaled = { spec: { replicas: 3 } }
    await ok(server.connection, {
      verb: 'patch',
      patchType: 'merge',
      ...where,
      subresource: 'scale',
      body: scaled,
      query: { fieldManager: 'scaler' },
    })
    const entries = managedFields(await ok(server.connection, { verb: 'get', ...where }))
    const owners = entries.map(({ manager, operation, subresource = '' }) => `${manager} ${operation} ${subresource}`)
    expect(new Set(owners)).toEqual(new Set(['kubectl Update ', 'controller Update status', 'scaler Update scale']))
    const conflict = await refused(server.connection, apply('one', web({}, { replicas: 9 }), deployments))
    expect(conflict['message']).toMatch(/conflict with "scaler" with subresource "scale" using apps\/v1/)
  })

  it.each<[string, Operation['query'], JsonObject, number, string | RegExp]>([
    [
      'no manager',
      {},
      {},
      422,
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    ],
    ['managedFields', { fieldManager: 'one' }, { managedFields: [{}] }, 400, 'metadata.managedFields must be nil'],
    ['a stale revision', { fieldManager: 'one' }, { resourceVersion: '1' }, 409, /the object has been modified/],
  ])('refuses %s', async (_, query, metadata, code, message) => {
    await ok(server.connection, apply('one', config({ a: '1' })))
    const body = { ...config({ a: '2' }), metadata: { name, ...metadata } }
    const status = await refused(server.connection, {
      verb: 'patch',
      patchType: 'apply',
      ...configMaps,
      name,
      body,
      ...(query === undefined ? {} : { query }),
    })
    expect(status['code']).toBe(code)
    if (typeof message === 'string') expect(status['message']).toBe(message)
    else expect(status['message']).toMatch(message)
  })

  it('refuses fields that the kind does not have', async () => {
    const status = await refused(server.connection, apply('one', web({}, { foo: 1 }), deployments))
    expect([status['code'], status['message']]).toEqual([
      500,
      `failed to create typed patch object (/${name}; apps/v1, Kind=Deployment): .spec.foo: field not declared in schema`,
    ])
  })

  it('forgets all ownership when told so with an empty entry', async () => {
    const created = await ok(server.connection, apply('one', config({ a: '1' })))
    const body = { metadata: { managedFields: [{}] } }
    const cleared = await ok(server.connection, { verb: 'patch', patchType: 'merge', ...configMaps, name, body })
    expect(managedFields(cleared)).toEqual([])
    expect(resourceVersion(cleared)).not.toBe(resourceVersion(created))
  })

  it('does not store anything on a dry run', async () => {
    await ok(server.connection, apply('one', config({ a: '1' }), { query: { dryRun: true } }))
    expect(await refused(server.connection, { verb: 'get', ...configMaps, name })).toMatchObject({ code: 404 })
  })

  it('lets many apply one new object at once', async () => {
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        server.connection.request(apply(`m${index}`, config({ [`k${index}`]: 'v' }))),
      ),
    )
    expect(replies.map(({ status }) => status).filter((status) => status === 201)).toHaveLength(1)
    const read = await ok(server.connection, { verb: 'get', ...configMaps, name })
    expect(Object.keys(read['data'] as object)).toHaveLength(20)
  })
})
