import type { JsonObject } from '@kairship/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configMap, foo, fooCrd, install } from './objects.ts'
import { at, eventually, list, startWorld, text, type World } from './support.ts'

const merge = 'application/merge-patch+json'

describe('Garbage collection', () => {
  let world: World
  let maps: string
  const foos = '/apis/ex.io/v1/namespaces/test/foos'
  beforeAll(async () => {
    world = await startWorld()
    maps = `${await world.namespace('test')}/configmaps`
    await install(world, fooCrd())
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const owned = (name: string, owner: JsonObject, more: JsonObject = {}): JsonObject => {
    const { apiVersion, kind } = owner
    const uid = text(owner, 'metadata.uid')
    const reference = { apiVersion, kind, name: text(owner, 'metadata.name'), uid, ...more } as JsonObject
    return { name, ownerReferences: [reference] }
  }
  const gone = (path: string): Promise<void> =>
    eventually(async () => expect((await world.call('GET', path)).code).toBe(404))

  it('deletes dependents after their owner, of any kind', async () => {
    const owner = await world.ok('POST', maps, { body: configMap('owner') })
    await world.ok('POST', maps, { body: configMap('child', { metadata: owned('child', owner) }) })
    const custom = await world.ok('POST', foos, { body: foo('child', { metadata: owned('child', owner) }) })
    await world.ok('POST', maps, { body: configMap('grandchild', { metadata: owned('grandchild', custom) }) })
    await world.ok('DELETE', `${maps}/owner`)
    await gone(`${maps}/child`)
    await gone(`${foos}/child`)
    await gone(`${maps}/grandchild`)
  })

  it('keeps dependents that have another owner left', async () => {
    const [first, second] = [
      await world.ok('POST', maps, { body: configMap('one') }),
      await world.ok('POST', maps, { body: configMap('two') }),
    ]
    const both = [...list(owned('', first), 'ownerReferences'), ...list(owned('', second), 'ownerReferences')]
    const metadata = { name: 'shared', ownerReferences: both } as JsonObject
    await world.ok('POST', maps, { body: configMap('shared', { metadata }) })
    await world.ok('DELETE', `${maps}/one`)
    await eventually(async () => {
      const references = list(await world.ok('GET', `${maps}/shared`), 'metadata.ownerReferences')
      expect(references.map((each) => text(each, 'name'))).toEqual(['two'])
    })
    await world.ok('DELETE', `${maps}/two`)
    await gone(`${maps}/shared`)
  })

  it('foreground: the owner waits with finalizer foregroundDeletion for blocking dependents', async () => {
    const owner = await world.ok('POST', maps, { body: configMap('front') })
    const metadata = { ...owned('blocking', owner, { blockOwnerDeletion: true }), finalizers: ['x.io/y'] }
    await world.ok('POST', maps, { body: configMap('blocking', { metadata }) })
    const deleted = await world.ok('DELETE', `${maps}/front?propagationPolicy=Foreground`)
    expect(at(deleted, 'metadata.finalizers')).toEqual(['foregroundDeletion'])
    await eventually(async () =>
      expect(at(await world.ok('GET', `${maps}/blocking`), 'metadata.deletionTimestamp')).toBeDefined(),
    )
    expect((await world.call('GET', `${maps}/front`)).code).toBe(200)
    await world.ok('PATCH', `${maps}/blocking`, { type: merge, body: { metadata: { finalizers: null } } })
    await gone(`${maps}/front`)
  })

  it('orphan: references to the owner go, its dependents stay', async () => {
    const owner = await world.ok('POST', maps, { body: configMap('parent') })
    await world.ok('POST', maps, { body: configMap('orphan', { metadata: owned('orphan', owner) }) })
    await world.ok('DELETE', `${maps}/parent?propagationPolicy=Orphan`)
    await gone(`${maps}/parent`)
    const orphan = await world.ok('GET', `${maps}/orphan`)
    expect(list(orphan, 'metadata.ownerReferences')).toEqual([])
    expect(orphan['metadata']).not.toHaveProperty('deletionTimestamp')
  })

  it('goes by uid: a dependent of an owner that never was is deleted', async () => {
    const ghost = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'owner', uid: 'no-such-uid' } }
    await world.ok('POST', maps, { body: configMap('lost', { metadata: owned('lost', ghost) }) })
    await gone(`${maps}/lost`)
  })

  it('deletes dependents whose owner is in another namespace', async () => {
    const other = `${await world.namespace('elsewhere')}/configmaps`
    const owner = await world.ok('POST', other, { body: configMap('far') })
    await world.ok('POST', maps, { body: configMap('near', { metadata: owned('near', owner) }) })
    await gone(`${maps}/near`)
    expect((await world.call('GET', `${other}/far`)).code).toBe(200)
  })

  it('is not blocked by circles', async () => {
    const first = await world.ok('POST', maps, { body: configMap('round1') })
    const second = await world.ok('POST', maps, { body: configMap('round2', { metadata: owned('round2', first) }) })
    await world.ok('PATCH', `${maps}/round1`, { type: merge, body: { metadata: owned('round1', second) } })
    await world.ok('DELETE', `${maps}/round1`)
    await gone(`${maps}/round1`)
    await gone(`${maps}/round2`)
  })
})

describe('Namespaces', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld()
    await install(world, fooCrd())
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const namespaces = '/api/v1/namespaces'

  it('default, kube-system, kube-public and kube-node-lease exist', async () => {
    for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) {
      expect((await world.call('GET', `${namespaces}/${name}`)).code).toBe(200)
    }
  })

  it('default, kube-system and kube-public cannot be deleted: 403', async () => {
    for (const name of ['default', 'kube-system', 'kube-public']) {
      expect(await world.refused('DELETE', `${namespaces}/${name}`)).toEqual({
        code: 403,
        reason: 'Forbidden',
        message: `namespaces "${name}" is forbidden: this namespace may not be deleted`,
        details: { name, kind: 'namespaces' },
      })
    }
  })

  it('get a label with their name, the finalizer kubernetes and phase Active', async () => {
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'fresh', labels: { a: 'b' } } }
    expect(await world.ok('POST', namespaces, { body })).toMatchObject({
      metadata: { labels: { a: 'b', 'kubernetes.io/metadata.name': 'fresh' } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    })
    const kept = await world.ok('PATCH', `${namespaces}/fresh`, { type: merge, body: { metadata: { labels: null } } })
    expect(at(kept, 'metadata.labels')).toEqual({ 'kubernetes.io/metadata.name': 'fresh' })
  })

  it('get the service account default and the config map kube-root-ca.crt, also when those are deleted', async () => {
    await world.namespace('equipped')
    const account = `${namespaces}/equipped/serviceaccounts/default`
    const ca = `${namespaces}/equipped/configmaps/kube-root-ca.crt`
    for (const path of [account, ca]) await eventually(() => world.ok('GET', path))
    expect(text(at(await world.ok('GET', ca), 'data') as object, 'ca.crt')).toBe('')
    expect((at(await world.ok('GET', ca), 'data') as Record<string, string>)['ca.crt']).toContain('BEGIN CERTIFICATE')
    for (const path of [account, ca]) {
      await world.ok('DELETE', path)
      await eventually(() => world.ok('GET', path))
    }
  })

  it('answer a deletion with 200 and phase Terminating, and take everything in them along', async () => {
    const path = await world.namespace('full')
    await world.ok('POST', `${path}/configmaps`, { body: configMap('a') })
    await world.ok('POST', '/apis/ex.io/v1/namespaces/full/foos', { body: foo('a') })
    const { code, json } = await world.call('DELETE', path)
    expect([code, json['kind'], at(json, 'status.phase')]).toEqual([200, 'Namespace', 'Terminating'])
    expect(at(json, 'metadata.deletionTimestamp')).toBeDefined()
    await eventually(async () => expect((await world.call('GET', path)).code).toBe(404))
    expect((await world.ok('GET', `${path}/configmaps`))['items']).toEqual([])
    expect((await world.ok('GET', '/apis/ex.io/v1/namespaces/full/foos'))['items']).toEqual([])
  })

  it('say in their conditions what keeps them', async () => {
    const path = await world.namespace('held')
    const metadata = { name: 'stays', finalizers: ['x.io/y'] }
    await world.ok('POST', `${path}/configmaps`, { body: configMap('stays', { metadata }) })
    await world.ok('DELETE', path)
    await eventually(async () => {
      const conditions = new Map(
        list(await world.ok('GET', path), 'status.conditions').map((each) => [text(each, 'type'), each]),
      )
      expect([...conditions.keys()].toSorted()).toEqual([
        'NamespaceContentRemaining',
        'NamespaceDeletionContentFailure',
        'NamespaceDeletionDiscoveryFailure',
        'NamespaceDeletionGroupVersionParsingFailure',
        'NamespaceFinalizersRemaining',
      ])
      expect(conditions.get('NamespaceContentRemaining')).toMatchObject({
        status: 'True',
        reason: 'SomeResourcesRemain',
        message: 'Some resources are remaining: configmaps. has 1 resource instances',
      })
      expect(conditions.get('NamespaceFinalizersRemaining')).toMatchObject({
        status: 'True',
        reason: 'SomeFinalizersRemain',
        message: 'Some content in the namespace has finalizers remaining: x.io/y in 1 resource instances',
      })
    })
    await world.ok('PATCH', `${path}/configmaps/stays`, { type: merge, body: { metadata: { finalizers: null } } })
    await eventually(async () => expect((await world.call('GET', path)).code).toBe(404))
  })

  it('keep finalizers of others in spec until those remove them through /finalize', async () => {
    const body = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'shared' },
      spec: { finalizers: ['x.io/mine'] },
    }
    const created = await world.ok('POST', namespaces, { body })
    expect(list(created, 'spec.finalizers').toSorted((a, b) => (String(a) < String(b) ? -1 : 1))).toEqual([
      'kubernetes',
      'x.io/mine',
    ])
    await world.ok('DELETE', `${namespaces}/shared`)
    let left: JsonObject = {}
    await eventually(async () => {
      left = await world.ok('GET', `${namespaces}/shared`)
      expect(at(left, 'spec.finalizers')).toEqual(['x.io/mine'])
    })
    await world.ok('PUT', `${namespaces}/shared/finalize`, { body: { ...left, spec: {} } })
    await eventually(async () => expect((await world.call('GET', `${namespaces}/shared`)).code).toBe(404))
  })

  it('delete pods before anything else', async () => {
    const path = await world.namespace('ordered')
    const spec = { containers: [{ name: 'c', image: 'i' }] }
    const metadata = { name: 'p', finalizers: ['x.io/y'] }
    await world.ok('POST', `${path}/pods`, { body: { apiVersion: 'v1', kind: 'Pod', metadata, spec } })
    await world.ok('POST', `${path}/configmaps`, { body: configMap('waits') })
    await world.ok('DELETE', path)
    await eventually(async () =>
      expect(at(await world.ok('GET', `${path}/pods/p`), 'metadata.deletionTimestamp')).toBeDefined(),
    )
    expect((await world.call('GET', `${path}/configmaps/waits`)).code).toBe(200)
    await world.ok('PATCH', `${path}/pods/p`, { type: merge, body: { metadata: { finalizers: null } } })
    await eventually(async () => expect((await world.call('GET', path)).code).toBe(404))
  })
})
