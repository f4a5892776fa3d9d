import type { JsonObject } from '@kairship/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { crd, crds, fooCrd, fooSchema, install } from './objects.ts'
import { at, eventually, list, startWorld, text, type World } from './support.ts'

const v2 = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
const v2beta1 = v2.replace('v=v2', 'v=v2beta1')

describe('Discovery', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld()
    await install(world, fooCrd())
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const named = (items: readonly unknown[], path: string, name: string): unknown =>
    items.find((item) => at(item, path) === name)
  const resourceOf = async (path: string, name: string): Promise<unknown> =>
    named(list(await world.ok('GET', path), 'resources'), 'name', name)

  it('answers all groups in one document to those who ask for it', async () => {
    const { headers, json } = await world.call('GET', '/apis', { accept: `${v2},${v2beta1},application/json` })
    expect(headers).toMatchObject({ 'content-type': v2, vary: 'Accept', 'cache-control': 'public' })
    expect(headers.etag).toMatch(/^"[0-9A-Fa-f]{128}"$/)
    expect(json).toMatchObject({ kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {} })
    const apps = named(list(json, 'items'), 'metadata.name', 'apps')
    expect(at(apps, 'versions.0')).toMatchObject({ version: 'v1', freshness: 'Current' })
    expect(named(list(apps, 'versions.0.resources'), 'resource', 'deployments')).toMatchObject({
      responseKind: { group: '', version: '', kind: 'Deployment' },
      scope: 'Namespaced',
      singularResource: 'deployment',
      verbs: expect.arrayContaining([
        'create',
        'delete',
        'deletecollection',
        'get',
        'list',
        'patch',
        'update',
        'watch',
      ]),
      shortNames: ['deploy'],
      categories: ['all'],
      subresources: expect.arrayContaining([
        {
          subresource: 'scale',
          responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
          verbs: expect.arrayContaining(['get', 'patch', 'update']),
        },
      ]),
    })
  })

  it('answers the core group with empty metadata', async () => {
    const { json } = await world.call('GET', '/api', { accept: v2 })
    expect(list(json, 'items')).toHaveLength(1)
    expect(at(json, 'items.0.metadata')).toEqual({})
    expect(at(json, 'items.0.versions.0.version')).toBe('v1')
  })

  it('answers 304 to those who have it already', async () => {
    const { headers } = await world.call('GET', '/apis', { accept: v2 })
    const again = await world.call('GET', '/apis', { accept: v2, headers: { 'if-none-match': headers.etag ?? '' } })
    expect([again.code, again.text]).toEqual([304, ''])
  })

  it('answers v2beta1 as well, for older clients', async () => {
    const { headers, json } = await world.call('GET', '/apis', { accept: `${v2beta1},application/json` })
    expect([headers['content-type'], json['apiVersion']]).toEqual([v2beta1, 'apidiscovery.k8s.io/v2beta1'])
  })

  it('passes over clauses with parameters that it does not know', async () => {
    const nopeer = `${v2};profile=nopeer`
    expect((await world.call('GET', '/apis', { accept: `${nopeer},${v2}` })).headers['content-type']).toBe(v2)
    const plain = await world.call('GET', '/apis', { accept: `${nopeer},application/json` })
    expect([plain.headers['content-type'], plain.json['kind']]).toEqual(['application/json', 'APIGroupList'])
  })

  it('refuses when no clause can be served: 406 with what can', async () => {
    const refused = await world.refused('GET', '/apis', {
      accept: 'application/json;g=x;v=v9;as=APIGroupDiscoveryList',
    })
    expect([refused.code, refused.reason]).toEqual([406, 'NotAcceptable'])
    expect(refused.message).toMatch(
      /^only the following media types are accepted: application\/json, application\/yaml/,
    )
  })

  it('answers the classic documents: versions, groups, one group, the resources of a version', async () => {
    const api = await world.ok('GET', '/api')
    expect(api).toMatchObject({ kind: 'APIVersions', versions: ['v1'] })
    expect(at(api, 'serverAddressByClientCIDRs.0.clientCIDR')).toBe('0.0.0.0/0')
    const groups = await world.ok('GET', '/apis')
    expect(groups).toMatchObject({ kind: 'APIGroupList', apiVersion: 'v1' })
    expect(named(list(groups, 'groups'), 'name', 'apps')).toEqual({
      name: 'apps',
      versions: [{ groupVersion: 'apps/v1', version: 'v1' }],
      preferredVersion: { groupVersion: 'apps/v1', version: 'v1' },
    })
    expect(await world.ok('GET', '/apis/apps')).toMatchObject({ kind: 'APIGroup', apiVersion: 'v1', name: 'apps' })
    expect(await world.ok('GET', '/apis/apps/v1')).toMatchObject({ kind: 'APIResourceList', groupVersion: 'apps/v1' })
  })

  it('has a singular name for every resource, none for subresources', async () => {
    for (const path of ['/api/v1', '/apis/apps/v1', '/apis/ex.io/v1']) {
      for (const resource of list(await world.ok('GET', path), 'resources')) {
        const isPart = text(resource, 'name').includes('/')
        expect([text(resource, 'name'), text(resource, 'singularName') === '']).toEqual([
          text(resource, 'name'),
          isPart,
        ])
        for (const field of ['namespaced', 'kind', 'verbs']) expect(resource).toHaveProperty(field)
      }
    }
  })

  it('names group and version of subresources with a kind of their own', async () => {
    expect(await resourceOf('/api/v1', 'pods/binding')).toEqual({
      name: 'pods/binding',
      singularName: '',
      namespaced: true,
      kind: 'Binding',
      verbs: ['create'],
    })
    expect(await resourceOf('/api/v1', 'pods/eviction')).toMatchObject({
      group: 'policy',
      version: 'v1',
      kind: 'Eviction',
    })
    expect(await resourceOf('/api/v1', 'serviceaccounts/token')).toMatchObject({
      group: 'authentication.k8s.io',
      version: 'v1',
      kind: 'TokenRequest',
    })
    for (const [path, name] of [
      ['/apis/apps/v1', 'deployments/scale'],
      ['/apis/ex.io/v1', 'foos/scale'],
    ] as const) {
      expect(await resourceOf(path, name)).toMatchObject({ group: 'autoscaling', version: 'v1', kind: 'Scale' })
    }
  })

  it('prefers GA to beta to alpha and then higher numbers, and puts the groups of CRDs last', async () => {
    const version = (name: string, storage: boolean): JsonObject => ({
      name,
      served: true,
      storage,
      schema: { openAPIV3Schema: fooSchema },
    })
    const versions = [version('v1beta1', true), version('v1alpha1', false), version('v2', false), version('v1', false)]
    await install(world, crd(fooSchema, { group: 'aa.io', plural: 'many', kind: 'Many', versions }))
    const groups = list(await world.ok('GET', '/apis'), 'groups')
    const mine = named(groups, 'name', 'aa.io')
    expect(list(mine, 'versions').map((each) => text(each, 'version'))).toEqual(['v2', 'v1', 'v1beta1', 'v1alpha1'])
    expect(at(mine, 'preferredVersion.version')).toBe('v2')
    const names = groups.map((group) => text(group, 'name'))
    expect(names.indexOf('aa.io')).toBeGreaterThan(names.indexOf('flowcontrol.apiserver.k8s.io'))
  })

  it('names a preferred version for each group that is one of its versions', async () => {
    for (const group of list(await world.ok('GET', '/apis'), 'groups')) {
      const versions = list(group, 'versions').map((each) => text(each, 'groupVersion'))
      expect(versions).toContain(at(group, 'preferredVersion.groupVersion'))
      expect(await world.ok('GET', `/apis/${versions[0]}`)).toMatchObject({ groupVersion: versions[0] })
    }
  })

  it('shows custom resources with upstream’s order of verbs, short names and categories', async () => {
    expect(await resourceOf('/apis/ex.io/v1', 'foos')).toMatchObject({
      name: 'foos',
      singularName: 'foo',
      namespaced: true,
      kind: 'Foo',
      verbs: ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'],
      shortNames: ['fo'],
      categories: ['all'],
    })
    expect(await resourceOf('/apis/ex.io/v1', 'foos/status')).toMatchObject({
      kind: 'Foo',
      verbs: ['get', 'patch', 'update'],
    })
  })

  it('follows CRDs at once, in both forms', async () => {
    const definition = crd(fooSchema, { group: 'late.io', plural: 'lates', kind: 'Late' })
    await install(world, definition)
    expect(await resourceOf('/apis/late.io/v1', 'lates')).toMatchObject({ kind: 'Late' })
    const found = await world.ok('GET', '/apis', { accept: v2 })
    expect(named(list(found, 'items'), 'metadata.name', 'late.io')).toBeDefined()
    await world.ok('DELETE', `${crds}/lates.late.io`)
    await eventually(async () => {
      const gone = await world.ok('GET', '/apis', { accept: v2 })
      expect(named(list(gone, 'items'), 'metadata.name', 'late.io')).toBeUndefined()
      expect((await world.call('GET', '/apis/late.io')).code).toBe(404)
    })
  })

  it('has the resources of category all that kubectl get all shows', async () => {
    const all: string[] = []
    for (const path of ['/api/v1', '/apis/apps/v1', '/apis/autoscaling/v2', '/apis/batch/v1']) {
      for (const resource of list(await world.ok('GET', path), 'resources')) {
        if (list(resource, 'categories').includes('all')) all.push(text(resource, 'name'))
      }
    }
    expect(all.toSorted()).toEqual([
      'cronjobs',
      'daemonsets',
      'deployments',
      'horizontalpodautoscalers',
      'jobs',
      'pods',
      'replicasets',
      'replicationcontrollers',
      'services',
      'statefulsets',
    ])
  })

  it('serves every resource of the groups that a cluster has', async () => {
    for (const [path, names] of [
      [
        '/api/v1',
        'bindings componentstatuses configmaps endpoints events limitranges namespaces nodes persistentvolumeclaims persistentvolumes pods podtemplates replicationcontrollers resourcequotas secrets serviceaccounts services',
      ],
      ['/apis/apps/v1', 'controllerrevisions daemonsets deployments replicasets statefulsets'],
      ['/apis/batch/v1', 'cronjobs jobs'],
      ['/apis/autoscaling/v1', 'horizontalpodautoscalers'],
      ['/apis/autoscaling/v2', 'horizontalpodautoscalers'],
      ['/apis/networking.k8s.io/v1', 'ingressclasses ingresses networkpolicies'],
      ['/apis/policy/v1', 'poddisruptionbudgets'],
      ['/apis/rbac.authorization.k8s.io/v1', 'clusterrolebindings clusterroles rolebindings roles'],
      ['/apis/coordination.k8s.io/v1', 'leases'],
      ['/apis/discovery.k8s.io/v1', 'endpointslices'],
      ['/apis/events.k8s.io/v1', 'events'],
      ['/apis/storage.k8s.io/v1', 'csidrivers csinodes csistoragecapacities storageclasses volumeattachments'],
      ['/apis/scheduling.k8s.io/v1', 'priorityclasses'],
      ['/apis/node.k8s.io/v1', 'runtimeclasses'],
      ['/apis/certificates.k8s.io/v1', 'certificatesigningrequests'],
      ['/apis/admissionregistration.k8s.io/v1', 'mutatingwebhookconfigurations validatingwebhookconfigurations'],
      ['/apis/apiextensions.k8s.io/v1', 'customresourcedefinitions'],
      ['/apis/apiregistration.k8s.io/v1', 'apiservices'],
      ['/apis/authentication.k8s.io/v1', 'selfsubjectreviews tokenreviews'],
      [
        '/apis/authorization.k8s.io/v1',
        'localsubjectaccessreviews selfsubjectaccessreviews selfsubjectrulesreviews subjectaccessreviews',
      ],
      ['/apis/flowcontrol.apiserver.k8s.io/v1', 'flowschemas prioritylevelconfigurations'],
    ] as const) {
      const served = list(await world.ok('GET', path), 'resources').map((each) => text(each, 'name'))
      for (const name of names.split(' ')) expect([path, served.includes(name), name]).toEqual([path, true, name])
    }
  })
})
