import type { JsonObject } from '@kairship/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configMap, crd, foo, fooCrd, fooSchema, install } from './objects.ts'
import { namesOf, startWorld, type World } from './support.ts'

describe('Selectors', () => {
  let world: World
  let core: string
  let maps: string
  const foos = '/apis/ex.io/v1/namespaces/test/foos'
  beforeAll(async () => {
    world = await startWorld()
    core = await world.namespace('test')
    maps = `${core}/configmaps`
    await install(world, fooCrd())
    for (const [name, labels] of [
      ['one', { all: '', env: 'dev', rank: '1' }],
      ['two', { all: '', env: 'prod', rank: '5' }],
      ['three', { all: '', other: 'x' }],
    ] as const) {
      await world.ok('POST', maps, { body: configMap(name, { metadata: { name, labels } }) })
      await world.ok('POST', foos, { body: foo(name, { metadata: { name, labels } }) })
    }
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const select = async (path: string, name: string, selector: string): Promise<string[]> =>
    namesOf(await world.ok('GET', `${path}?${name}=${encodeURIComponent(selector)}`))

  it('select by labels with =, ==, !=, in, notin, existence, absence, > and <, joined by commas', async () => {
    for (const path of [maps, foos]) {
      for (const [selector, expected] of [
        ['env=dev', ['one']],
        ['env==dev', ['one']],
        ['all,env!=dev', ['three', 'two']],
        ['env in (dev, prod)', ['one', 'two']],
        ['all,env notin (dev)', ['three', 'two']],
        ['env', ['one', 'two']],
        ['all,!env', ['three']],
        ['rank>2', ['two']],
        ['rank<5', ['one']],
        ['env in (dev,prod),rank>2', ['two']],
      ] as const) {
        expect([selector, await select(path, 'labelSelector', selector)]).toEqual([selector, expected])
      }
    }
  })

  it('refuse label selectors that cannot be parsed: 400', async () => {
    for (const path of [maps, foos]) {
      const refused = await world.refused('GET', `${path}?labelSelector=${encodeURIComponent('a in b')}`)
      expect([refused.code, refused.reason]).toEqual([400, 'BadRequest'])
      expect(refused.message).toContain("unable to parse requirement: found 'b' expected: '('")
    }
  })

  it('select by metadata.name and metadata.namespace with =, == and !=', async () => {
    for (const path of [maps, foos]) {
      expect(await select(path, 'fieldSelector', 'metadata.name=one')).toEqual(['one'])
      expect(await select(path, 'fieldSelector', 'metadata.name==one,metadata.namespace=test')).toEqual(['one'])
      expect(await select(path, 'fieldSelector', 'metadata.namespace=none')).toEqual([])
    }
    expect(await select(foos, 'fieldSelector', 'metadata.name!=one')).toEqual(['three', 'two'])
  })

  it('refuse fields that are not selectable: 400 with those that are', async () => {
    const refused = await world.refused('GET', `${maps}?fieldSelector=data.x%3D1`)
    expect(refused).toMatchObject({ code: 400, reason: 'BadRequest' })
    expect(refused.message).toContain(
      '"data.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
    )
    const cluster = await world.refused('GET', '/api/v1/persistentvolumes?fieldSelector=spec.x%3D1')
    expect(cluster.message).toContain('"spec.x" is not a known field selector: only "metadata.name"')
    const custom = await world.refused('GET', `${foos}?fieldSelector=spec.color%3Dred`)
    expect([custom.code, custom.reason]).toEqual([400, 'BadRequest'])
    expect(custom.message).toContain('spec.color')
  })

  it('select pods by node, phase, restart policy, scheduler, service account and network', async () => {
    const spec = { containers: [{ name: 'c', image: 'i' }], nodeName: 'n1', serviceAccountName: 'default' }
    await world.ok('POST', `${core}/pods`, { body: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec } })
    for (const selector of [
      'spec.nodeName=n1',
      'status.phase=Pending',
      'spec.restartPolicy=Always',
      'spec.schedulerName=default-scheduler',
      'spec.serviceAccountName=default',
      'spec.hostNetwork=false',
      'status.podIP=',
      'status.nominatedNodeName=',
    ]) {
      expect([selector, await select(`${core}/pods`, 'fieldSelector', selector)]).toEqual([selector, ['p']])
    }
    expect(await select('/api/v1/pods', 'fieldSelector', 'spec.nodeName=n2')).toEqual([])
  })

  it('select events, secrets, services, namespaces, nodes, jobs and requests by their own fields', async () => {
    const event = { involvedObject: { kind: 'Pod', namespace: 'test', name: 'p' }, reason: 'Why', type: 'Normal' }
    const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } }
    const jobs = '/apis/batch/v1/namespaces/test/jobs'
    for (const [path, apiVersion, kind, more] of [
      [`${core}/events`, 'v1', 'Event', event],
      [`${core}/secrets`, 'v1', 'Secret', { type: 'x.io/y' }],
      [`${core}/services`, 'v1', 'Service', { spec: { type: 'NodePort', ports: [{ port: 80 }] } }],
      ['/api/v1/nodes', 'v1', 'Node', { spec: { unschedulable: true } }],
      [jobs, 'batch/v1', 'Job', { spec: { template } }],
    ] as const) {
      await world.ok('POST', path, { body: { apiVersion, kind, metadata: { name: 'x' }, ...more } as JsonObject })
    }
    for (const [path, selector, expected] of [
      [`${core}/events`, 'involvedObject.kind=Pod,involvedObject.name=p,reason=Why,type=Normal', ['x']],
      ['/apis/events.k8s.io/v1/namespaces/test/events', 'regarding.kind=Pod,regarding.name=p', ['x']],
      [`${core}/events`, 'involvedObject.name=other', []],
      [`${core}/secrets`, 'type=x.io/y', ['x']],
      [`${core}/services`, 'spec.type=NodePort', ['x']],
      ['/api/v1/nodes', 'spec.unschedulable=true', ['x']],
      [jobs, 'status.successful=0', ['x']],
    ] as const) {
      expect([selector, await select(path, 'fieldSelector', selector)]).toEqual([selector, expected])
    }
    expect(await select('/api/v1/namespaces', 'fieldSelector', 'status.phase=Active')).toContain('test')
    expect(
      (
        await world.call(
          'GET',
          '/apis/certificates.k8s.io/v1/certificatesigningrequests?fieldSelector=spec.signerName%3Dx',
        )
      ).code,
    ).toBe(200)
  })

  it('select custom resources by the fields that their CRD names', async () => {
    const version = {
      name: 'v1',
      served: true,
      storage: true,
      schema: { openAPIV3Schema: fooSchema },
      selectableFields: [{ jsonPath: '.spec.color' }],
    }
    await install(world, crd(fooSchema, { plural: 'paints', kind: 'Paint', versions: [version] }))
    const paints = '/apis/ex.io/v1/namespaces/test/paints'
    for (const color of ['red', 'blue']) {
      await world.ok('POST', paints, { body: { ...foo(color, { spec: { color } }), kind: 'Paint' } })
    }
    expect(await select(paints, 'fieldSelector', 'spec.color=red')).toEqual(['red'])
    using watch = await world.watch(`${paints}?watch=1&fieldSelector=spec.color%3Dblue`)
    expect(await watch.names(1)).toEqual(['ADDED blue'])
    expect((await world.refused('GET', `${paints}?fieldSelector=spec.big%3D1`)).code).toBe(400)
  })
})
