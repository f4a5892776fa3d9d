import type { JsonObject } from '@kairship/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { crd, crds, foo, fooCrd, fooSchema, install } from './objects.ts'
import { at, eventually, list, startWorld, text, type World } from './support.ts'

const merge = 'application/merge-patch+json'

describe('CustomResourceDefinitions', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld()
    await world.namespace('test')
    await install(world, fooCrd())
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const condition = (object: unknown, type: string): unknown =>
    list(object, 'status.conditions').find((each) => at(each, 'type') === type)
  const version = (name: string, storage: boolean, more: JsonObject = {}): JsonObject => ({
    name,
    served: true,
    storage,
    schema: { openAPIV3Schema: fooSchema },
    ...more,
  })

  it('get singular, listKind, conversion None and generation 1 when they are created', async () => {
    const { code, json } = await world.call('POST', crds, {
      body: crd(fooSchema, { plural: 'fills', kind: 'Fill' }),
    })
    expect(code).toBe(201)
    expect(json).toMatchObject({
      metadata: { name: 'fills.ex.io', generation: 1 },
      spec: {
        names: { plural: 'fills', singular: 'fill', kind: 'Fill', listKind: 'FillList' },
        conversion: { strategy: 'None' },
      },
    })
  })

  it('have their names accepted and are established within a second, with upstream’s conditions', async () => {
    await eventually(async () => {
      const found = await world.ok('GET', `${crds}/foos.ex.io`)
      expect(list(found, 'status.conditions').map((each) => at(each, 'type'))).toEqual(['NamesAccepted', 'Established'])
      expect(condition(found, 'NamesAccepted')).toMatchObject({
        status: 'True',
        reason: 'NoConflicts',
        message: 'no conflicts found',
        lastTransitionTime: expect.stringMatching(/Z$/),
      })
      expect(condition(found, 'Established')).toMatchObject({
        status: 'True',
        reason: 'InitialNamesAccepted',
        message: 'the initial names have been accepted',
      })
      expect(found['status']).toMatchObject({
        acceptedNames: { plural: 'foos', singular: 'foo', kind: 'Foo', listKind: 'FooList' },
        storedVersions: ['v1'],
      })
    })
  })

  it('are told to watchers when they become established', async () => {
    using watch = await world.watch(`${crds}?watch=1&fieldSelector=metadata.name%3Dseen.ex.io`)
    await world.ok('POST', crds, { body: crd(fooSchema, { plural: 'seen', kind: 'Seen' }) })
    for (;;) {
      const event = await watch.next()
      if (at(condition(at(event, 'object'), 'Established'), 'status') === 'True') break
      expect(event).toBeDefined()
    }
    expect((await world.call('GET', '/apis/ex.io/v1/seen')).code).toBe(200)
  })

  it('wait while another CRD of the group holds one of their names, and accept the others', async () => {
    await world.ok('POST', crds, { body: crd(fooSchema, { plural: 'doubles', kind: 'Foo' }) })
    await eventually(async () => {
      const found = await world.ok('GET', `${crds}/doubles.ex.io`)
      expect(condition(found, 'NamesAccepted')).toMatchObject({
        status: 'False',
        reason: 'ListKindConflict',
        message: '"FooList" is already in use',
      })
      expect(at(found, 'status.acceptedNames')).toEqual({ plural: 'doubles', kind: '' })
      expect(condition(found, 'Established')).toMatchObject({ status: 'False', reason: 'NotAccepted' })
    })
    await world.ok('DELETE', `${crds}/doubles.ex.io`)
  })

  it('must be named plural.group: 422', async () => {
    const body = { ...crd(fooSchema, { plural: 'bars', kind: 'Bar' }), metadata: { name: 'wrong.ex.io' } }
    const refused = await world.refused('POST', crds, { body })
    expect([refused.code, refused.reason]).toEqual([422, 'Invalid'])
    expect(refused.message).toBe(
      'CustomResourceDefinition.apiextensions.k8s.io "wrong.ex.io" is invalid: metadata.name: Invalid value: ' +
        '"wrong.ex.io": must be spec.names.plural+"."+spec.group',
    )
  })

  it('must have one storage version and a structural schema: 422', async () => {
    const none = crd(fooSchema, { plural: 'bars', kind: 'Bar', versions: [version('v1', false)] })
    expect((await world.refused('POST', crds, { body: none })).message).toContain(
      'must have exactly one version marked as storage version',
    )
    const untyped = crd({ type: 'object', properties: { spec: { properties: {} } } }, { plural: 'bars', kind: 'Bar' })
    expect((await world.refused('POST', crds, { body: untyped })).message).toContain(
      'spec.versions[0].schema.openAPIV3Schema.properties[spec].type: Required value: must not be empty for specified object fields',
    )
    const { schema: _, ...bare } = version('v1', true)
    const missing = crd(fooSchema, { plural: 'bars', kind: 'Bar', versions: [bare] })
    expect((await world.refused('POST', crds, { body: missing })).message).toContain('schemas are required')
  })

  it('must have short names and categories in lower case: 422', async () => {
    const names = { shortNames: ['BR'], categories: ['All'] }
    const refused = await world.refused('POST', crds, { body: crd(fooSchema, { plural: 'bars', kind: 'Bar', names }) })
    expect(refused.code).toBe(422)
    expect(refused.message).toContain('spec.names.shortNames[0]: Invalid value: "BR": a DNS-1035 label must consist of')
    expect(refused.message).toContain(
      'spec.names.categories[0]: Invalid value: "All": a DNS-1035 label must consist of',
    )
  })

  it('of *.k8s.io need the annotation that says who approved them: 422', async () => {
    const options = { group: 'mine.k8s.io', plural: 'bars', kind: 'Bar' }
    const refused = await world.refused('POST', crds, { body: crd(fooSchema, options) })
    expect(refused.code).toBe(422)
    expect(refused.message).toContain('protected groups must have approval annotation "api-approved.kubernetes.io"')
    const annotations = { 'api-approved.kubernetes.io': 'unapproved, for a test' }
    expect((await world.call('POST', crds, { body: crd(fooSchema, { ...options, annotations }) })).code).toBe(201)
  })

  it('keep scope, kind, group and plural: 422', async () => {
    const body = { spec: { scope: 'Cluster', names: { kind: 'Other' } } }
    const refused = await world.refused('PATCH', `${crds}/foos.ex.io`, { type: merge, body })
    expect(refused.message).toContain('spec.scope: Invalid value: "Cluster": field is immutable')
    expect(refused.message).toContain('spec.names.kind: Invalid value: "Other": field is immutable')
  })

  it('take their objects with them when they are deleted, then their path is gone', async () => {
    await install(world, crd(fooSchema, { group: 'gone.io', plural: 'gones', kind: 'Gone' }))
    const path = '/apis/gone.io/v1/namespaces/test/gones'
    await world.ok('POST', path, { body: { ...foo('a'), apiVersion: 'gone.io/v1', kind: 'Gone' } })
    const deleted = await world.call('DELETE', `${crds}/gones.gone.io`)
    expect(deleted.code).toBe(200)
    expect(deleted.json).toMatchObject({
      kind: 'CustomResourceDefinition',
      metadata: { finalizers: ['customresourcecleanup.apiextensions.k8s.io'] },
    })
    await eventually(async () => {
      expect((await world.call('GET', `${crds}/gones.gone.io`)).code).toBe(404)
      const { code, headers, text: body } = await world.call('GET', path)
      expect([code, headers['content-type'], body]).toEqual([404, 'text/plain; charset=utf-8', '404 page not found\n'])
    })
    await install(world, crd(fooSchema, { group: 'gone.io', plural: 'gones', kind: 'Gone' }))
    expect((await world.ok('GET', path))['items']).toEqual([])
  })

  it('take no new objects while they are being deleted: 405', async () => {
    await install(world, crd(fooSchema, { plural: 'ends', kind: 'End' }))
    const path = '/apis/ex.io/v1/namespaces/test/ends'
    const body = { ...foo('held'), kind: 'End', metadata: { name: 'held', finalizers: ['x.io/y'] } }
    await world.ok('POST', path, { body })
    await world.ok('DELETE', `${crds}/ends.ex.io`)
    expect(condition(await world.ok('GET', `${crds}/ends.ex.io`), 'Terminating')).toMatchObject({ status: 'True' })
    expect(await world.refused('POST', path, { body: { ...foo('new'), kind: 'End' } })).toMatchObject({
      code: 405,
      reason: 'MethodNotAllowed',
      message: 'create not allowed while custom resource definition is terminating',
    })
    await world.ok('PATCH', `${path}/held`, { type: merge, body: { metadata: { finalizers: null } } })
    await eventually(async () => expect((await world.call('GET', `${crds}/ends.ex.io`)).code).toBe(404))
  })

  it('serve one object in all their versions, rewriting only apiVersion', async () => {
    const versions = [version('v1', true), version('v2', false), version('v1old', false, { served: false })]
    await install(world, crd(fooSchema, { plural: 'many', kind: 'Many', versions }))
    const path = (name: string): string => `/apis/ex.io/${name}/namespaces/test/many`
    const created = await world.ok('POST', path('v2'), {
      body: { ...foo('a', { spec: { color: 'red' } }), apiVersion: 'ex.io/v2', kind: 'Many' },
    })
    expect(created['apiVersion']).toBe('ex.io/v2')
    const first = await world.ok('GET', `${path('v1')}/a`)
    expect(first).toMatchObject({ apiVersion: 'ex.io/v1', spec: { color: 'red' } })
    expect(at(first, 'metadata.resourceVersion')).toBe(at(created, 'metadata.resourceVersion'))
    expect(at(await world.ok('GET', path('v2')), 'items.0.apiVersion')).toBe('ex.io/v2')
    using watch = await world.watch(`${path('v2')}?watch=1`)
    expect(at(await watch.next(), 'object.apiVersion')).toBe('ex.io/v2')
    expect((await world.call('GET', path('v1old'))).code).toBe(404)
  })

  it('may not drop a version that is stored: 422', async () => {
    const found = await world.ok('GET', `${crds}/many.ex.io`)
    const spec = { ...(found['spec'] as JsonObject), versions: [version('v2', true)] }
    const refused = await world.refused('PUT', `${crds}/many.ex.io`, { body: { ...found, spec } })
    expect(refused.message).toContain(
      'status.storedVersions[0]: Invalid value: "v1": missing from spec.versions; v1 was previously a storage version, ' +
        'and must remain in spec.versions until a storage migration ensures no data remains persisted in v1 and ' +
        'removes v1 from status.storedVersions',
    )
  })

  it('remember every version that was ever stored', async () => {
    const found = await world.ok('GET', `${crds}/many.ex.io`)
    const spec = { ...(found['spec'] as JsonObject), versions: [version('v1', false), version('v2', true)] }
    await world.ok('PUT', `${crds}/many.ex.io`, { body: { ...found, spec } })
    await eventually(async () =>
      expect(at(await world.ok('GET', `${crds}/many.ex.io`), 'status.storedVersions')).toEqual(['v1', 'v2']),
    )
    expect(text(await world.ok('GET', '/apis/ex.io/v1/namespaces/test/many/a'), 'spec.color')).toBe('red')
  })

  it('warn about deprecated versions', async () => {
    const own = { deprecated: true, deprecationWarning: 'use v2 of it' }
    const versions = [version('v1', true, own), version('v1beta1', false, { deprecated: true })]
    await install(world, crd(fooSchema, { plural: 'olds', kind: 'Old', versions }))
    expect((await world.call('GET', '/apis/ex.io/v1/olds')).headers['warning']).toBe('299 - "use v2 of it"')
    expect((await world.call('GET', '/apis/ex.io/v1beta1/olds')).headers['warning']).toMatch(
      /^299 - "ex\.io\/v1beta1 Old is deprecated/,
    )
  })

  it('serve cluster-scoped kinds without namespaces', async () => {
    await install(world, crd(fooSchema, { plural: 'globals', kind: 'Global', scope: 'Cluster' }))
    const created = await world.ok('POST', '/apis/ex.io/v1/globals', { body: { ...foo('g'), kind: 'Global' } })
    expect(created['metadata']).not.toHaveProperty('namespace')
    expect((await world.call('GET', '/apis/ex.io/v1/namespaces/test/globals')).code).toBe(404)
  })

  it('change what is served when they change: schema, columns, subresources', async () => {
    await install(world, crd({ type: 'object' }, { plural: 'alters', kind: 'Alter' }))
    const path = '/apis/ex.io/v1/namespaces/test/alters'
    const body = { ...foo('a', { spec: { color: 'red' } }), kind: 'Alter' }
    expect(await world.ok('POST', path, { body })).not.toHaveProperty('spec')
    const versions = [version('v1', true, { subresources: { status: {} } })]
    await world.ok('PATCH', `${crds}/alters.ex.io`, { type: merge, body: { spec: { versions } } })
    await eventually(async () => expect((await world.call('GET', `${path}/a/status`)).code).toBe(200))
    const patched = await world.ok('PATCH', `${path}/a`, { type: merge, body: { spec: { color: 'red' } } })
    expect(at(patched, 'spec.color')).toBe('red')
  })

  it('may be read and changed through /status as well', async () => {
    const found = await world.ok('GET', `${crds}/foos.ex.io/status`)
    expect(found).toMatchObject({ kind: 'CustomResourceDefinition', metadata: { name: 'foos.ex.io' } })
  })
})
