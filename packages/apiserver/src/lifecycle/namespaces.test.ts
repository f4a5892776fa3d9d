import type { JsonObject, Operation, Reply, Unstructured } from '@kairship/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, startTestServer } from '../testing/index.ts'
import type { TestServer } from '../testing/index.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

function request(operation: Operation): Promise<Reply> {
  return server.connection.request(operation)
}
function message(reply: Reply): string {
  const { message: text } = reply.body
  return typeof text === 'string' ? text : ''
}
const namespaces = { group: '', version: 'v1', resource: 'namespaces' } as const
const maps = { group: '', version: 'v1', resource: 'configmaps' } as const
let count = 0

async function newNamespace(): Promise<string> {
  const name = `ns-${count++}`
  await request({ ...namespaces, verb: 'create', body: { metadata: { name } } })
  return name
}
async function createMap(namespace: string, name: string, metadata: object = {}): Promise<Unstructured> {
  const body = { metadata: { name, ...metadata } } as JsonObject
  const reply = await request({ ...maps, verb: 'create', namespace, body })
  if (reply.status !== 201) throw new Error(message(reply))
  return reply.body as unknown as Unstructured
}
async function exists(namespace: string, name: string): Promise<boolean> {
  return (await request({ ...maps, verb: 'get', namespace, name })).status === 200
}
async function gone(namespace: string, ...names: string[]): Promise<void> {
  await eventually(async () => {
    for (const name of names) expect([name, await exists(namespace, name)]).toEqual([name, false])
  })
}

describe('a new plane', () => {
  it('has the four namespaces, the kubernetes Service and the roles of RBAC', async () => {
    const list = await request({ ...namespaces, verb: 'list' })
    const names = (list.body['items'] as unknown as Unstructured[]).map((item) => item.metadata.name)
    expect(names).toEqual(expect.arrayContaining(['default', 'kube-node-lease', 'kube-public', 'kube-system']))
    const service = await request({
      group: '',
      version: 'v1',
      resource: 'services',
      verb: 'get',
      namespace: 'default',
      name: 'kubernetes',
    })
    expect(service.body).toMatchObject({ spec: { clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443 }] } })
    const role = await request({
      group: 'rbac.authorization.k8s.io',
      version: 'v1',
      resource: 'clusterroles',
      verb: 'get',
      name: 'cluster-admin',
    })
    expect(role.body).toMatchObject({
      metadata: {
        labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
        annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
      },
    })
  })
})

describe('a namespace', () => {
  it('is labelled with its name and held by the kubernetes finalizer', async () => {
    const name = await newNamespace()
    const { body } = await request({ ...namespaces, verb: 'get', name })
    expect(body).toMatchObject({
      metadata: { labels: { 'kubernetes.io/metadata.name': name } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    })
  })

  it('gets a default ServiceAccount and the root certificate, again and again', async () => {
    const namespace = await newNamespace()
    const root = { ...maps, namespace, name: 'kube-root-ca.crt' } as const
    await eventually(async () => {
      const account = { group: '', version: 'v1', resource: 'serviceaccounts', namespace, name: 'default' } as const
      expect((await request({ ...account, verb: 'get' })).status).toBe(200)
      expect((await request({ ...root, verb: 'get' })).body['data']).toEqual({ 'ca.crt': server.ca })
    })
    await request({ ...root, verb: 'delete' })
    await eventually(async () => expect((await request({ ...root, verb: 'get' })).status).toBe(200))
    await request({ ...root, verb: 'patch', patchType: 'merge', body: { data: { 'ca.crt': 'changed' } } })
    await eventually(async () => {
      expect((await request({ ...root, verb: 'get' })).body['data']).toEqual({ 'ca.crt': server.ca })
    })
  })

  it('that does not exist takes nothing', async () => {
    const reply = await request({ ...maps, verb: 'create', namespace: 'other', body: { metadata: { name: 'a' } } })
    expect(reply).toMatchObject({
      status: 404,
      body: { message: 'namespaces "other" not found', details: { name: 'other', kind: 'namespaces' } },
    })
  })

  it('called default may not be deleted', async () => {
    const reply = await request({ ...namespaces, verb: 'delete', name: 'default' })
    expect(reply.status).toBe(403)
    expect(message(reply)).toBe('namespaces "default" is forbidden: this namespace may not be deleted')
  })

  it('is emptied when it is deleted, and then gone', async () => {
    const namespace = await newNamespace()
    await createMap(namespace, 'a')
    await createMap(namespace, 'held', { finalizers: ['ex.io/hold'] })
    const deleted = await request({ ...namespaces, verb: 'delete', name: namespace })
    expect(deleted).toMatchObject({ status: 200, body: { kind: 'Namespace', status: { phase: 'Terminating' } } })
    await gone(namespace, 'a')
    const late = await request({ ...maps, verb: 'create', namespace, body: { metadata: { name: 'zz' } } })
    expect(late).toMatchObject({
      status: 403,
      body: {
        message: `configmaps "zz" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
        details: {
          causes: [
            {
              reason: 'NamespaceTerminating',
              message: `namespace ${namespace} is being terminated`,
              field: 'metadata.namespace',
            },
          ],
        },
      },
    })
    await eventually(async () => {
      const { body } = await request({ ...namespaces, verb: 'get', name: namespace })
      expect(body['status']).toMatchObject({
        phase: 'Terminating',
        conditions: expect.arrayContaining([
          expect.objectContaining({
            type: 'NamespaceContentRemaining',
            status: 'True',
            message: 'Some resources are remaining: configmaps. has 1 resource instances',
          }),
          expect.objectContaining({
            type: 'NamespaceFinalizersRemaining',
            message: 'Some content in the namespace has finalizers remaining: ex.io/hold in 1 resource instances',
          }),
        ]),
      })
    })
    const release = { ...maps, verb: 'patch', patchType: 'merge', namespace, name: 'held' } as const
    await request({ ...release, body: { metadata: { finalizers: null } } })
    await eventually(async () => {
      expect((await request({ ...namespaces, verb: 'get', name: namespace })).status).toBe(404)
    })
  })

  it('loses its pods before anything else', async () => {
    const namespace = await newNamespace()
    await createMap(namespace, 'a')
    const pods = { group: '', version: 'v1', resource: 'pods', namespace } as const
    const spec = { containers: [{ name: 'c', image: 'x' }] }
    const body = { metadata: { name: 'p', finalizers: ['ex.io/hold'] }, spec }
    expect((await request({ ...pods, verb: 'create', body })).status).toBe(201)
    await request({ ...namespaces, verb: 'delete', name: namespace })
    await eventually(async () => {
      const pod = await request({ ...pods, verb: 'get', name: 'p' })
      expect(pod.body['metadata']).toHaveProperty('deletionTimestamp')
    })
    expect(await exists(namespace, 'a')).toBe(true)
    await request({ ...pods, verb: 'patch', patchType: 'merge', name: 'p', body: { metadata: { finalizers: null } } })
    await eventually(async () => {
      expect((await request({ ...namespaces, verb: 'get', name: namespace })).status).toBe(404)
    })
  })
})
