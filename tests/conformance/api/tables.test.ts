import type { JsonObject } from '@kairship/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configMap, crd, foo, fooCrd, fooSchema, install } from './objects.ts'
import { at, list, startWorld, text, type World } from './support.ts'

const accept =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json'

describe('Tables', () => {
  let world: World
  let core: string
  let maps: string
  const foos = '/apis/ex.io/v1/namespaces/test/foos'
  beforeAll(async () => {
    world = await startWorld()
    core = await world.namespace('test')
    maps = `${core}/configmaps`
    await install(world, fooCrd())
    for (const name of ['a', 'b', 'c']) {
      await world.ok('POST', maps, {
        body: configMap(name, { metadata: { name, labels: { t: '' } }, data: { x: 'y' } }),
      })
      await world.ok('POST', foos, { body: foo(name) })
    }
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const table = (path: string, more = accept): Promise<JsonObject> => world.ok('GET', path, { accept: more })
  /** `Name, Data, Age`: `*` for what only -o wide shows, the type when it is no string. */
  const columns = async (path: string): Promise<string> =>
    list(await table(path), 'columnDefinitions')
      .map((column) => {
        const type = text(column, 'type')
        return `${text(column, 'name')}${at(column, 'priority') === 0 ? '' : '*'}${type === 'string' ? '' : ` ${type}`}`
      })
      .join(', ')

  it('have columns, cells and each object’s metadata', async () => {
    const answer = await table(`${maps}?labelSelector=t`)
    expect(answer).toMatchObject({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { resourceVersion: expect.stringMatching(/^\d+$/) },
      columnDefinitions: [
        { name: 'Name', type: 'string', format: 'name', priority: 0 },
        { name: 'Data', type: 'string', format: '', priority: 0 },
        { name: 'Age', type: 'string', format: '', priority: 0 },
      ],
    })
    for (const column of list(answer, 'columnDefinitions')) expect(column).toHaveProperty('description')
    expect(list(answer, 'rows').map((row) => list(row, 'cells').slice(0, 2))).toEqual([
      ['a', 1],
      ['b', 1],
      ['c', 1],
    ])
    expect(at(answer, 'rows.0.object')).toMatchObject({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { name: 'a', managedFields: [{}] },
    })
    expect(at(answer, 'rows.0.object')).not.toHaveProperty('data')
  })

  it('carry none, the metadata or the whole object, as includeObject asks', async () => {
    expect(at(await table(`${maps}?includeObject=None`), 'rows.0.object')).toBeNull()
    expect(at(await table(`${maps}?includeObject=Metadata`), 'rows.0.object.kind')).toBe('PartialObjectMetadata')
    const whole = await table(`${maps}?includeObject=Object&labelSelector=t`)
    expect(at(whole, 'rows.0.object')).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1', data: { x: 'y' } })
    expect((await world.call('GET', `${maps}?includeObject=Foo`, { accept })).code).toBe(400)
  })

  it('page like lists', async () => {
    const first = await table(`${foos}?limit=2`)
    expect(list(first, 'rows')).toHaveLength(2)
    expect(first['metadata']).toMatchObject({ remainingItemCount: 1 })
    const second = await table(`${foos}?limit=2&continue=${text(first, 'metadata.continue')}`)
    expect(list(second, 'rows').map((row) => at(row, 'cells.0'))).toEqual(['c'])
  })

  it('answer one object as one row, in v1beta1 as well', async () => {
    const one = await table(`${foos}/a`)
    expect([one['kind'], list(one, 'rows').length, at(one, 'rows.0.cells.0')]).toEqual(['Table', 1, 'a'])
    const beta = await table(`${maps}/a`, 'application/json;as=Table;v=v1beta1;g=meta.k8s.io')
    expect(beta['apiVersion']).toBe('meta.k8s.io/v1beta1')
  })

  it('say ages as short durations', async () => {
    const age = /^\d+[smhdy](\d+[smhd])?$/
    expect(at(await table(`${maps}/a`), 'rows.0.cells.2')).toMatch(age)
    expect(at(await table(`${foos}/a`), 'rows.0.cells.1')).toMatch(age)
  })

  it('fill the columns in the first event of a watch and leave them empty in later ones', async () => {
    for (const path of [maps, foos]) {
      using watch = await world.watch(`${path}?watch=1&fieldSelector=metadata.name%3Da`, { accept })
      const first = await watch.next()
      expect(first).toMatchObject({ type: 'ADDED', object: { kind: 'Table', rows: [{}] } })
      expect(list(first, 'object.columnDefinitions').length).toBeGreaterThan(1)
      const merge = 'application/merge-patch+json'
      await world.ok('PATCH', `${path}/a`, { type: merge, body: { metadata: { labels: { changed: 'yes' } } } })
      const second = await watch.next()
      expect(second).toMatchObject({ type: 'MODIFIED', object: { kind: 'Table' } })
      expect(list(second, 'object.columnDefinitions')).toEqual([])
      expect(at(second, 'object.rows.0.cells.0')).toBe('a')
    }
  })

  it('show Name and Age for a CRD without columns, else its columns with dates as ages', async () => {
    expect(await columns(foos)).toBe('Name, Age')
    const additionalPrinterColumns = [
      { name: 'Color', type: 'string', jsonPath: '.spec.color', description: 'what it looks like' },
      { name: 'Size', type: 'integer', jsonPath: '.spec.replicas', priority: 1 },
      { name: 'Since', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    ]
    const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: fooSchema } }
    const versions = [{ ...version, additionalPrinterColumns }]
    await install(world, crd(fooSchema, { plural: 'columns', kind: 'Column', versions }))
    const path = '/apis/ex.io/v1/namespaces/test/columns'
    await world.ok('POST', path, { body: { ...foo('x', { spec: { color: 'red', replicas: 3 } }), kind: 'Column' } })
    expect(await columns(path)).toMatch(/^Name, Color, Size\* integer, Since( date)?$/)
    expect(at(await table(path), 'rows.0.cells')).toEqual(['x', 'red', 3, expect.stringMatching(/^\d+s$/)])
    expect(at(await table(path), 'columnDefinitions.1.description')).toBe('what it looks like')
  })

  it('show the columns of built-in kinds that upstream shows', async () => {
    const ns = (group: string, resource: string): string => `/apis/${group}/namespaces/test/${resource}`
    const wide = 'Containers*, Images*, Selector*'
    for (const [path, expected] of [
      [`${core}/pods`, 'Name, Ready, Status, Restarts, Age, IP*, Node*, Nominated Node*, Readiness Gates*'],
      [ns('apps/v1', 'deployments'), `Name, Ready, Up-to-date, Available, Age, ${wide}`],
      [ns('apps/v1', 'replicasets'), `Name, Desired integer, Current integer, Ready integer, Age, ${wide}`],
      [ns('apps/v1', 'statefulsets'), 'Name, Ready, Age, Containers*, Images*'],
      [
        ns('apps/v1', 'daemonsets'),
        `Name, Desired integer, Current integer, Ready integer, Up-to-date integer, Available integer, Node Selector, Age, ${wide}`,
      ],
      [ns('batch/v1', 'jobs'), `Name, Status, Completions, Duration, Age, ${wide}`],
      [
        ns('batch/v1', 'cronjobs'),
        `Name, Schedule, Timezone, Suspend boolean, Active integer, Last Schedule, Age, ${wide}`,
      ],
      [`${core}/services`, 'Name, Type, Cluster-IP, External-IP, Port(s), Age, Selector*'],
      [ns('networking.k8s.io/v1', 'ingresses'), 'Name, Class, Hosts, Address, Ports, Age'],
      ['/apis/networking.k8s.io/v1/ingressclasses', 'Name, Controller, Parameters, Age'],
      [`${core}/endpoints`, 'Name, Endpoints, Age'],
      [ns('discovery.k8s.io/v1', 'endpointslices'), 'Name, AddressType, Ports, Endpoints, Age'],
      [`${core}/secrets`, 'Name, Type, Data, Age'],
      [`${core}/serviceaccounts`, 'Name, Age'],
      ['/api/v1/namespaces', 'Name, Status, Age'],
      [
        '/api/v1/nodes',
        'Name, Status, Roles, Age, Version, Internal-IP*, External-IP*, OS-Image*, Kernel-Version*, Container-Runtime*',
      ],
      [`${core}/events`, 'Last Seen, Type, Reason, Object, Subobject*, Source*, Message, First Seen*, Count*, Name*'],
      [
        '/api/v1/persistentvolumes',
        'Name, Capacity, Access Modes, Reclaim Policy, Status, Claim, StorageClass, VolumeAttributesClass, Reason, Age, VolumeMode*',
      ],
      [
        `${core}/persistentvolumeclaims`,
        'Name, Status, Volume, Capacity, Access Modes, StorageClass, VolumeAttributesClass, Age, VolumeMode*',
      ],
      [
        '/apis/storage.k8s.io/v1/storageclasses',
        'Name, Provisioner, ReclaimPolicy, VolumeBindingMode, AllowVolumeExpansion, Age',
      ],
      [ns('autoscaling/v2', 'horizontalpodautoscalers'), 'Name, Reference, Targets, MinPods, MaxPods, Replicas, Age'],
      [
        ns('policy/v1', 'poddisruptionbudgets'),
        'Name, Min Available, Max Unavailable, Allowed Disruptions integer, Age',
      ],
      [`${core}/resourcequotas`, 'Name, Request, Limit, Age'],
      [
        '/apis/scheduling.k8s.io/v1/priorityclasses',
        'Name, Value integer, Global-Default boolean, Age, PreemptionPolicy',
      ],
      [ns('rbac.authorization.k8s.io/v1', 'rolebindings'), 'Name, Role, Age, Users*, Groups*, ServiceAccounts*'],
      [
        '/apis/certificates.k8s.io/v1/certificatesigningrequests',
        'Name, Age, SignerName, Requestor, RequestedDuration, Condition',
      ],
      [ns('coordination.k8s.io/v1', 'leases'), 'Name, Holder, Age'],
      ['/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations', 'Name, Webhooks integer, Age'],
      ['/apis/apiextensions.k8s.io/v1/customresourcedefinitions', 'Name, Created At'],
      ['/apis/apiregistration.k8s.io/v1/apiservices', 'Name, Service, Available, Age'],
      [ns('rbac.authorization.k8s.io/v1', 'roles'), 'Name, Created At'],
      ['/apis/rbac.authorization.k8s.io/v1/clusterroles', 'Name, Created At'],
      [`${core}/limitranges`, 'Name, Created At'],
      [ns('storage.k8s.io/v1', 'csistoragecapacities'), 'Name, Created At'],
    ] as const) {
      const shown = (await columns(path)).replaceAll(' date', '')
      expect([path, shown]).toEqual([path, expected])
    }
  })
})

describe('Metadata alone', () => {
  let world: World
  let maps: string
  const foos = '/apis/ex.io/v1/namespaces/test/foos'
  beforeAll(async () => {
    world = await startWorld()
    maps = `${await world.namespace('test')}/configmaps`
    await install(world, fooCrd())
    await world.ok('POST', maps, { body: configMap('a', { data: { x: 'y' } }) })
    await world.ok('POST', foos, { body: foo('a', { spec: { color: 'red' } }) })
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const partial = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io'
  const partialList = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io'

  it('is answered for single objects, lists and watches', async () => {
    for (const path of [maps, foos]) {
      const one = await world.ok('GET', `${path}/a`, { accept: partial })
      expect(one).toMatchObject({
        kind: 'PartialObjectMetadata',
        apiVersion: 'meta.k8s.io/v1',
        metadata: { name: 'a' },
      })
      expect(Object.keys(one).toSorted()).toEqual(['apiVersion', 'kind', 'metadata'])
      const all = await world.ok('GET', path, { accept: partialList })
      expect(all).toMatchObject({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' })
      for (const item of list(all, 'items')) {
        expect(Object.keys(item as object)).not.toContain('data')
        expect(Object.keys(item as object)).not.toContain('spec')
      }
      using watch = await world.watch(`${path}?watch=1&fieldSelector=metadata.name%3Da`, { accept: partial })
      expect(await watch.next()).toEqual({ type: 'ADDED', object: one })
    }
  })

  it('is found behind a protobuf clause that cannot be served, as metadata informers ask', async () => {
    const first = 'application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'
    const all = await world.ok('GET', maps, { accept: `${first},${partialList}` })
    expect(all['kind']).toBe('PartialObjectMetadataList')
  })

  it('refuses other transformations: 406', async () => {
    for (const path of [maps, foos]) {
      const refused = await world.refused('GET', path, { accept: 'application/json;as=Foo;v=v1;g=meta.k8s.io' })
      expect([refused.code, refused.reason]).toEqual([406, 'NotAcceptable'])
    }
  })
})
