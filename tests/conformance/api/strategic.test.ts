import type { JsonObject } from '@kairship/apimachinery'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { configMap, deployment } from './objects.ts'
import { at, list, startWorld, text, type World } from './support.ts'

const type = 'application/strategic-merge-patch+json'

describe('Strategic merge patch', () => {
  let world: World
  let core: string
  const deployments = '/apis/apps/v1/namespaces/test/deployments'
  let path = ''
  let count = 0
  beforeAll(async () => {
    world = await startWorld()
    core = await world.namespace('test')
  })
  afterAll(() => world[Symbol.asyncDispose]())
  beforeEach(async () => {
    const name = `web-${count++}`
    path = `${deployments}/${name}`
    const containers = [
      {
        name: 'a',
        image: 'a:1',
        args: ['x', 'y'],
        env: [
          { name: 'E1', value: '1' },
          { name: 'E2', value: '2' },
        ],
        ports: [{ containerPort: 80 }],
        volumeMounts: [{ name: 'v', mountPath: '/v' }],
      },
      { name: 'b', image: 'b:1' },
    ]
    const template = {
      metadata: { labels: { app: name }, finalizers: ['x.io/a'] },
      spec: { containers, tolerations: [{ key: 't' }], volumes: [{ name: 'v', emptyDir: {} }] },
    }
    await world.ok('POST', deployments, { body: deployment(name, { template }) })
  })

  const patch = (body: JsonObject): Promise<JsonObject> => world.ok('PATCH', path, { type, body })
  const pod = (spec: JsonObject): JsonObject => ({ spec: { template: { spec } } })
  const pods = (object: unknown): unknown => at(object, 'spec.template.spec')
  const names = (object: unknown, field: string): string[] =>
    list(pods(object), field).map((each) => text(each, 'name'))

  it('merges maps, and null removes', async () => {
    await patch({ metadata: { labels: { a: '1', b: '2' } } })
    expect(at(await patch({ metadata: { labels: { a: null, c: '3' } } }), 'metadata.labels')).toEqual({
      b: '2',
      c: '3',
    })
  })

  it('merges containers by name, their env by name, ports by containerPort and mounts by mountPath', async () => {
    const container = {
      name: 'a',
      image: 'a:2',
      env: [{ name: 'E2', value: '3' }],
      ports: [{ containerPort: 81 }],
      volumeMounts: [{ mountPath: '/w', name: 'v' }],
    }
    const patched = await patch(pod({ containers: [container] }))
    expect(names(patched, 'containers')).toEqual(['a', 'b'])
    const merged = at(pods(patched), 'containers.0')
    expect(merged).toMatchObject({ image: 'a:2', args: ['x', 'y'] })
    expect(list(merged, 'env')).toEqual([
      { name: 'E1', value: '1' },
      { name: 'E2', value: '3' },
    ])
    expect(list(merged, 'ports').map((port) => at(port, 'containerPort'))).toEqual([81, 80])
    expect(
      list(merged, 'volumeMounts')
        .map((mount) => text(mount, 'mountPath'))
        .toSorted(),
    ).toEqual(['/v', '/w'])
  })

  it('replaces lists without a strategy: args, tolerations', async () => {
    const patched = await patch(pod({ containers: [{ name: 'a', args: ['z'] }], tolerations: [{ key: 'u' }] }))
    expect(at(pods(patched), 'containers.0.args')).toEqual(['z'])
    expect(at(pods(patched), 'tolerations')).toEqual([{ key: 'u' }])
  })

  it('adds and removes elements of sets: finalizers', async () => {
    await patch({ metadata: { finalizers: ['x.io/a'] } })
    const patched = await patch({ metadata: { finalizers: ['x.io/b'] } })
    expect(list(patched, 'metadata.finalizers')).toEqual(['x.io/b', 'x.io/a'])
    const removed = await patch({ metadata: { '$deleteFromPrimitiveList/finalizers': ['x.io/a'] } })
    expect(at(removed, 'metadata.finalizers')).toEqual(['x.io/b'])
    await patch({ metadata: { finalizers: null } })
  })

  it('deletes elements with $patch: delete', async () => {
    const patched = await patch(pod({ containers: [{ name: 'b', $patch: 'delete' }] }))
    expect(names(patched, 'containers')).toEqual(['a'])
  })

  it('replaces a list with an element $patch: replace, and a map with the member', async () => {
    const patched = await patch(pod({ containers: [{ $patch: 'replace' }, { name: 'c', image: 'c:1' }] }))
    expect(names(patched, 'containers')).toEqual(['c'])
    await patch({ metadata: { labels: { a: '1' } } })
    const replaced = await patch({ metadata: { labels: { $patch: 'replace', b: '2' } } })
    expect(at(replaced, 'metadata.labels')).toEqual({ b: '2' })
  })

  it('orders by $setElementOrder', async () => {
    const order = { '$setElementOrder/containers': [{ name: 'c' }, { name: 'b' }, { name: 'a' }] }
    const patched = await patch(pod({ ...order, containers: [{ name: 'c', image: 'c:1' }] }))
    expect(names(patched, 'containers')).toEqual(['c', 'b', 'a'])
  })

  it('keeps only the keys of $retainKeys: the strategy of a Deployment, the source of a volume', async () => {
    const strategy = { $retainKeys: ['type'], type: 'Recreate' }
    expect(at(await patch({ spec: { strategy } }), 'spec.strategy')).toEqual({ type: 'Recreate' })
    const volumes = [{ name: 'v', $retainKeys: ['name', 'configMap'], configMap: { name: 'm' } }]
    const [volume] = list(pods(await patch(pod({ volumes }))), 'volumes')
    expect(volume).toMatchObject({ name: 'v', configMap: { name: 'm' } })
    expect(volume).not.toHaveProperty('emptyDir')
  })

  it('merges ports of services by port, conditions by type, owners by uid; what is new comes first', async () => {
    const service = `${core}/services/s`
    const ports = [
      { name: 'http', port: 80 },
      { name: 'https', port: 443 },
    ]
    await world.ok('POST', `${core}/services`, {
      body: { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { ports } },
    })
    const patched = await world.ok('PATCH', service, {
      type,
      body: { spec: { ports: [{ port: 443, targetPort: 8443 }] } },
    })
    expect(list(patched, 'spec.ports')).toMatchObject([{ port: 80 }, { port: 443, name: 'https', targetPort: 8443 }])
    const condition = (kind: string, status: string): JsonObject => ({
      status: { conditions: [{ type: kind, status }] },
    })
    await world.ok('PATCH', `${path}/status`, { type, body: condition('A', 'True') })
    await world.ok('PATCH', `${path}/status`, { type, body: condition('B', 'True') })
    const status = await world.ok('PATCH', `${path}/status`, { type, body: condition('A', 'False') })
    expect(list(status, 'status.conditions').map((each) => [text(each, 'type'), text(each, 'status')])).toEqual([
      ['B', 'True'],
      ['A', 'False'],
    ])
    const owner = async (name: string): Promise<JsonObject> => {
      const created = await world.ok('POST', `${core}/configmaps`, { body: configMap(name) })
      return { apiVersion: 'v1', kind: 'ConfigMap', name, uid: text(created, 'metadata.uid') }
    }
    await patch({ metadata: { ownerReferences: [await owner('o1')] } })
    const owned = await patch({ metadata: { ownerReferences: [await owner('o2')] } })
    expect(list(owned, 'metadata.ownerReferences')).toHaveLength(2)
  })

  it('refuses an element without its merge key: 500 with the element as Go prints it', async () => {
    const refused = await world.refused('PATCH', path, { type, body: pod({ containers: [{ image: 'x' }] }) })
    expect([refused.code, refused.reason]).toEqual([500, undefined])
    expect(refused.message).toBe('map: map[image:x] does not contain declared merge key: name')
  })
})
