import type { JsonObject, Operation, PatchType } from '@kairship/apimachinery'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { configMap, configMaps, createNamespace, deployment, deployments, ok, refused } from '../testing/calls.ts'
import { startTestServer, type TestServer } from '../testing/test-server.ts'

describe('patch', () => {
  let server: TestServer
  let count = 0
  let name = ''
  beforeAll(async () => {
    server = await startTestServer()
    await createNamespace(server.connection, 'test')
  })
  afterAll(() => server[Symbol.asyncDispose]())
  beforeEach(async () => {
    name = `p${count++}`
    await ok(server.connection, { verb: 'create', ...configMaps, body: configMap(name, { data: { a: '1', b: '2' } }) })
  })

  const patch = (patchType: PatchType, body: unknown, more: Partial<Operation> = {}): Operation => ({
    verb: 'patch',
    patchType,
    ...configMaps,
    name,
    body: body as JsonObject,
    ...more,
  })

  it('merges', async () => {
    const patched = await ok(server.connection, patch('merge', { data: { a: null, c: '3' } }))
    expect(patched['data']).toEqual({ b: '2', c: '3' })
  })

  it('applies JSON patches, with negative indices as upstream', async () => {
    const at = [
      { op: 'add', path: '/metadata/finalizers', value: ['x.io/a', 'x.io/b'] },
      { op: 'remove', path: '/metadata/finalizers/-1' },
      { op: 'test', path: '/data/missing', value: null },
      { op: 'replace', path: '/data/a', value: 'new' },
    ]
    const patched = await ok(server.connection, patch('json', at))
    expect(patched).toMatchObject({ metadata: { finalizers: ['x.io/a'] }, data: { a: 'new' } })
  })

  it('merges lists by key in strategic patches', async () => {
    const where = { ...deployments, name }
    await ok(server.connection, { verb: 'create', ...deployments, body: deployment(name) })
    const containers = [
      { name: 'c', image: 'nginx:2' },
      { name: 'side', image: 'busybox' },
    ]
    const patched = await ok(
      server.connection,
      patch('strategic', { spec: { template: { spec: { containers } } } }, where),
    )
    const found = (
      patched as never as { spec: { template: { spec: { containers: { name: string; image: string }[] } } } }
    ).spec.template.spec.containers
    expect(new Map(found.map((each) => [each.name, each.image]))).toEqual(
      new Map([
        ['c', 'nginx:2'],
        ['side', 'busybox'],
      ]),
    )
  })

  it('takes a resourceVersion in the patch as a condition', async () => {
    const stale = patch('merge', { metadata: { resourceVersion: '1' }, data: { a: 'x' } })
    expect(await refused(server.connection, stale)).toMatchObject({ code: 409, reason: 'Conflict' })
  })

  it('keeps the revision when nothing changes (trap 6)', async () => {
    const before = await ok(server.connection, { verb: 'get', ...configMaps, name })
    expect(await ok(server.connection, patch('merge', { data: { a: '1' } }))).toBe(before)
  })

  it.each<[string, PatchType, unknown, number, string]>([
    [
      'a test that fails',
      'json',
      [{ op: 'test', path: '/data/a', value: 'no' }],
      422,
      'the server rejected our request due to an error in our request',
    ],
    [
      'a path that is missing',
      'json',
      [{ op: 'remove', path: '/data/none' }],
      422,
      'the server rejected our request due to an error in our request',
    ],
    [
      'a JSON patch that is no list',
      'json',
      {},
      400,
      'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
    ],
  ])('refuses %s', async (_, type, body, code, message) => {
    const status = await refused(server.connection, patch(type, body))
    expect([status['code'], status['message']]).toEqual([code, message])
  })

  it('refuses force outside apply', async () => {
    const status = await refused(server.connection, patch('merge', {}, { query: { force: true } }))
    expect([status['code'], status['message']]).toEqual([
      422,
      'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
    ])
  })

  it('says that the object is missing', async () => {
    const status = await refused(server.connection, patch('merge', {}, { name: 'missing' }))
    expect([status['code'], status['message']]).toEqual([404, 'configmaps "missing" not found'])
  })
})
