import type { JsonObject, Operation, Reply, Unstructured } from '@kairship/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, startTestServer } from '../../testing/index.ts'
import type { TestServer } from '../../testing/index.ts'

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
function ownedBy(owner: Unstructured, more: object = {}): object {
  const { name = '', uid = '' } = owner.metadata
  return { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name, uid, ...more }] }
}
async function gone(namespace: string, ...names: string[]): Promise<void> {
  await eventually(async () => {
    for (const name of names) expect([name, await exists(namespace, name)]).toEqual([name, false])
  })
}
async function remove(namespace: string, name: string, propagationPolicy?: string): Promise<Reply> {
  const body = propagationPolicy === undefined ? {} : { propagationPolicy }
  return request({ ...maps, verb: 'delete', namespace, name, body })
}

describe('the garbage collector', () => {
  it('deletes dependents when their owner is gone, and theirs in turn', async () => {
    const ns = await newNamespace()
    const owner = await createMap(ns, 'owner')
    const child = await createMap(ns, 'child', ownedBy(owner))
    await createMap(ns, 'grandchild', ownedBy(child))
    await createMap(ns, 'stranger')
    await remove(ns, 'owner')
    await gone(ns, 'owner', 'child', 'grandchild')
    expect(await exists(ns, 'stranger')).toBe(true)
  })

  it('keeps a dependent while one of its owners lives, without the reference to the other', async () => {
    const ns = await newNamespace()
    const [a, b] = [await createMap(ns, 'a'), await createMap(ns, 'b')]
    const reference = (owner: Unstructured): object =>
      (ownedBy(owner) as { ownerReferences: object[] }).ownerReferences[0] ?? {}
    await createMap(ns, 'both', { ownerReferences: [reference(a), reference(b)] })
    await remove(ns, 'a')
    await eventually(async () => {
      const { body } = await request({ ...maps, verb: 'get', namespace: ns, name: 'both' })
      const owners = (body as unknown as Unstructured).metadata.ownerReferences?.map((owner) => owner.name)
      expect(owners).toEqual(['b'])
    })
    await remove(ns, 'b')
    await gone(ns, 'both')
  })

  it('deletes an object whose owner never was: ownership is by uid', async () => {
    const ns = await newNamespace()
    const owner = await createMap(ns, 'owner')
    const impostor = { ...owner, metadata: { ...owner.metadata, uid: '00000000-0000-4000-8000-000000000000' } }
    await createMap(ns, 'child', ownedBy(impostor))
    await gone(ns, 'child')
    expect(await exists(ns, 'owner')).toBe(true)
  })

  it('does not let an owner in another namespace own anything', async () => {
    const [here, there] = [await newNamespace(), await newNamespace()]
    const owner = await createMap(there, 'owner')
    await createMap(here, 'child', ownedBy(owner))
    await gone(here, 'child')
  })

  it('deletes the owner last when told to do so in the foreground', async () => {
    const ns = await newNamespace()
    const owner = await createMap(ns, 'owner')
    await createMap(ns, 'child', { ...ownedBy(owner, { blockOwnerDeletion: true }), finalizers: ['ex.io/hold'] })
    await createMap(ns, 'loose', ownedBy(owner))
    const reply = await remove(ns, 'owner', 'Foreground')
    expect(reply.body).toMatchObject({ metadata: { finalizers: ['foregroundDeletion'] } })
    await gone(ns, 'loose')
    await eventually(async () => {
      const { body } = await request({ ...maps, verb: 'get', namespace: ns, name: 'child' })
      expect(body['metadata']).toHaveProperty('deletionTimestamp')
    })
    expect(await exists(ns, 'owner')).toBe(true)
    const release = { ...maps, verb: 'patch', patchType: 'merge', namespace: ns, name: 'child' } as const
    await request({ ...release, body: { metadata: { finalizers: null } } })
    await gone(ns, 'child', 'owner')
  })

  it('leaves orphans when told to', async () => {
    const ns = await newNamespace()
    const owner = await createMap(ns, 'owner')
    await createMap(ns, 'child', ownedBy(owner))
    await remove(ns, 'owner', 'Orphan')
    await gone(ns, 'owner')
    const { body } = await request({ ...maps, verb: 'get', namespace: ns, name: 'child' })
    expect((body as unknown as Unstructured).metadata.ownerReferences ?? []).toEqual([])
  })

  it('is not blocked by a circle of owners', async () => {
    const ns = await newNamespace()
    const a = await createMap(ns, 'a')
    const b = await createMap(ns, 'b', ownedBy(a, { blockOwnerDeletion: true }))
    const body = { metadata: ownedBy(b, { blockOwnerDeletion: true }) } as never
    await request({ ...maps, verb: 'patch', patchType: 'merge', namespace: ns, name: 'a', body })
    await remove(ns, 'a', 'Foreground')
    await gone(ns, 'a', 'b')
  })

  it('collects custom resources as well', async () => {
    const ns = await newNamespace()
    const crd = {
      metadata: { name: 'leaves.gc.io' },
      spec: {
        group: 'gc.io',
        scope: 'Namespaced',
        names: { plural: 'leaves', kind: 'Leaf' },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    }
    await request({
      group: 'apiextensions.k8s.io',
      version: 'v1',
      resource: 'customresourcedefinitions',
      verb: 'create',
      body: crd,
    })
    const leaves = { group: 'gc.io', version: 'v1', resource: 'leaves', namespace: ns } as const
    const owner = await createMap(ns, 'owner')
    const body = { apiVersion: 'gc.io/v1', kind: 'Leaf', metadata: { name: 'leaf', ...ownedBy(owner) } } as never
    const leaf = await request({ ...leaves, verb: 'create', body })
    const uid = (leaf.body as unknown as Unstructured).metadata.uid ?? ''
    await createMap(ns, 'below', { ownerReferences: [{ apiVersion: 'gc.io/v1', kind: 'Leaf', name: 'leaf', uid }] })
    await remove(ns, 'owner')
    await gone(ns, 'below')
    expect((await request({ ...leaves, verb: 'get', name: 'leaf' })).status).toBe(404)
  })

  it('leaves dependents of a kind that nobody serves alone', async () => {
    const ns = await newNamespace()
    const ownerReferences = [{ apiVersion: 'nobody.io/v1', kind: 'Ghost', name: 'g', uid: 'u' }]
    await createMap(ns, 'child', { ownerReferences })
    const owner = await createMap(ns, 'owner')
    await createMap(ns, 'other', ownedBy(owner))
    await remove(ns, 'owner')
    await gone(ns, 'other')
    expect(await exists(ns, 'child')).toBe(true)
  })
})
