import type { JsonObject } from '@kairship/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configMap, deployment, foo, fooCrd, install } from './objects.ts'
import { at, startWorld, text, type World } from './support.ts'

describe('Update', () => {
  let world: World
  let maps: string
  const deployments = '/apis/apps/v1/namespaces/test/deployments'
  const foos = '/apis/ex.io/v1/namespaces/test/foos'
  beforeAll(async () => {
    world = await startWorld()
    maps = `${await world.namespace('test')}/configmaps`
    await install(world, fooCrd())
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const change = (object: JsonObject, more: JsonObject): JsonObject => ({ ...object, ...more })
  const withMetadata = (object: JsonObject, more: JsonObject): JsonObject => ({
    ...object,
    metadata: { ...(object['metadata'] as JsonObject), ...more },
  })

  it('refuses a name that is not that of the URL', async () => {
    await world.ok('POST', maps, { body: configMap('a') })
    await world.ok('POST', foos, { body: foo('a') })
    for (const [path, body] of [
      [maps, configMap('b')],
      [foos, foo('b')],
    ] as const) {
      expect(await world.refused('PUT', `${path}/a`, { body })).toEqual({
        code: 400,
        reason: 'BadRequest',
        message: 'the name of the object (b) does not match the name on the URL (a)',
        details: undefined,
      })
    }
  })

  it('refuses a body without a name', async () => {
    expect(await world.refused('PUT', `${maps}/x`, { body: { apiVersion: 'v1', kind: 'ConfigMap' } })).toMatchObject({
      code: 400,
      reason: 'BadRequest',
      message: 'the name of the object (x based on URL) was undeterminable: name must be provided',
    })
  })

  it('refuses a revision that is not the last one: 409 Conflict', async () => {
    for (const [path, body, resource, group] of [
      [maps, configMap('stale'), 'configmaps', {}],
      [deployments, deployment('stale'), 'deployments.apps', { group: 'apps' }],
      [foos, foo('stale'), 'foos.ex.io', { group: 'ex.io' }],
    ] as const) {
      const first = await world.ok('POST', path, { body })
      await world.ok('PUT', `${path}/stale`, { body: withMetadata(first, { labels: { a: 'b' } }) })
      expect(await world.refused('PUT', `${path}/stale`, { body: first })).toEqual({
        code: 409,
        reason: 'Conflict',
        message:
          `Operation cannot be fulfilled on ${resource} "stale": the object has been modified; please apply your ` +
          'changes to the latest version and try again',
        details: { name: 'stale', ...group, kind: resource.split('.')[0] },
      })
    }
  })

  it('refuses another uid: 409 with both', async () => {
    for (const [path, body, resource] of [
      [maps, configMap('other'), 'configmaps'],
      [foos, foo('other'), 'foos.ex.io'],
    ] as const) {
      const first = await world.ok('POST', path, { body })
      const refused = await world.refused('PUT', `${path}/other`, { body: withMetadata(first, { uid: 'xxx' }) })
      expect([refused.code, refused.reason]).toEqual([409, 'Conflict'])
      expect(refused.message).toBe(
        `Operation cannot be fulfilled on ${resource} "other": Precondition failed: UID in precondition: xxx, UID in ` +
          `object meta: ${text(first, 'metadata.uid')}`,
      )
    }
  })

  it('overwrites unconditionally when the body has no revision, for most built-in kinds', async () => {
    await world.ok('POST', maps, { body: configMap('blind', { data: { a: '1' } }) })
    const next = await world.call('PUT', `${maps}/blind`, { body: configMap('blind', { data: { b: '2' } }) })
    expect([next.code, next.json['data']]).toEqual([200, { b: '2' }])
  })

  it('requires the revision for custom resources, leases, CRDs and others', async () => {
    await world.ok('POST', foos, { body: foo('blind') })
    const causes = [
      {
        reason: 'FieldValueInvalid',
        message: 'Invalid value: 0: must be specified for an update',
        field: 'metadata.resourceVersion',
      },
    ]
    expect(await world.refused('PUT', `${foos}/blind`, { body: foo('blind') })).toEqual({
      code: 422,
      reason: 'Invalid',
      message:
        'foos.ex.io "blind" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
      details: { name: 'blind', group: 'ex.io', kind: 'foos', causes },
    })
    const leases = '/apis/coordination.k8s.io/v1/namespaces/test/leases'
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'l' }, spec: {} }
    await world.ok('POST', leases, { body: lease })
    expect(await world.refused('PUT', `${leases}/l`, { body: lease })).toMatchObject({
      code: 422,
      details: { group: 'coordination.k8s.io', kind: 'leases', causes },
    })
    const definition = await world.refused(
      'PUT',
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/foos.ex.io',
      {
        body: fooCrd(),
      },
    )
    expect(definition.message).toContain('metadata.resourceVersion: Invalid value: 0: must be specified for an update')
  })

  it('answers 404 for what is not there', async () => {
    expect(await world.refused('PUT', `${maps}/none`, { body: configMap('none') })).toEqual({
      code: 404,
      reason: 'NotFound',
      message: 'configmaps "none" not found',
      details: { name: 'none', kind: 'configmaps' },
    })
    const body = withMetadata(foo('none'), { resourceVersion: '1' })
    expect(await world.refused('PUT', `${foos}/none`, { body })).toMatchObject({
      code: 404,
      message: 'foos.ex.io "none" not found',
    })
  })

  it('creates leases, roles, bindings, endpoints, events, limit ranges and services that are not there: 201', async () => {
    const rbac = 'rbac.authorization.k8s.io/v1'
    const subjects = [{ kind: 'User', name: 'u', apiGroup: 'rbac.authorization.k8s.io' }]
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' }
    const involvedObject = { namespace: 'test' }
    for (const [resource, apiVersion, kind, more] of [
      ['leases', 'coordination.k8s.io/v1', 'Lease', { spec: {} }],
      ['roles', rbac, 'Role', { rules: [] }],
      ['clusterroles', rbac, 'ClusterRole', { rules: [] }],
      ['rolebindings', rbac, 'RoleBinding', { subjects, roleRef }],
      ['clusterrolebindings', rbac, 'ClusterRoleBinding', { subjects, roleRef }],
      ['endpoints', 'v1', 'Endpoints', {}],
      ['events', 'v1', 'Event', { involvedObject }],
      ['limitranges', 'v1', 'LimitRange', { spec: { limits: [] } }],
      ['services', 'v1', 'Service', { spec: { ports: [{ port: 80 }] } }],
      ['runtimeclasses', 'node.k8s.io/v1', 'RuntimeClass', { handler: 'h' }],
    ] as const) {
      const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`
      const scope = /^cluster|^runtime/.test(resource) ? '' : '/namespaces/test'
      const body = { apiVersion, kind, metadata: { name: 'put' }, ...more } as JsonObject
      const { code, text: answer } = await world.call('PUT', `${root}${scope}/${resource}/put`, { body })
      expect([resource, code, code === 201 ? '' : answer]).toEqual([resource, 201, ''])
    }
  })

  it('keeps the status from storage on the main resource', async () => {
    for (const [path, body] of [
      [deployments, deployment('kept')],
      [foos, foo('kept', { spec: { replicas: 1 } })],
    ] as const) {
      const created = await world.ok('POST', path, { body })
      const status = { replicas: 1 }
      const reported = await world.ok('PUT', `${path}/kept/status`, { body: change(created, { status }) })
      expect(reported['status']).toMatchObject(status)
      const next = await world.ok('PUT', `${path}/kept`, { body: change(reported, { status: { replicas: 9 } }) })
      expect(at(next, 'status.replicas')).toBe(1)
    }
  })

  it('keeps spec, labels and annotations from storage on /status', async () => {
    for (const [path, body] of [
      [deployments, deployment('apart')],
      [foos, foo('apart', { spec: { replicas: 1 } })],
    ] as const) {
      const created = await world.ok('POST', path, { body })
      const labelled = withMetadata(created, { labels: { a: 'b' }, annotations: { c: 'd' } })
      const spec = { ...(created['spec'] as JsonObject), replicas: 5 }
      const next = await world.ok('PUT', `${path}/apart/status`, {
        body: change(labelled, { spec, status: { replicas: 2 } }),
      })
      expect(next).toMatchObject({ spec: { replicas: 1 }, status: { replicas: 2 } })
      expect(next['metadata']).not.toHaveProperty('labels')
      expect(next['metadata']).not.toHaveProperty('annotations')
    }
  })

  it('refuses changes of immutable metadata', async () => {
    for (const [path, body] of [
      [maps, configMap('fixed')],
      [foos, foo('fixed')],
    ] as const) {
      const created = await world.ok('POST', path, { body })
      const earlier = withMetadata(created, { creationTimestamp: '2001-01-01T00:00:00Z' })
      const refused = await world.refused('PUT', `${path}/fixed`, { body: earlier })
      expect(refused.code).toBe(422)
      expect(refused.message).toContain('metadata.creationTimestamp: Invalid value: ')
      expect(refused.message).toMatch(/field is immutable$/)
    }
  })

  it('changes nothing when the result equals what is stored: same revision, no event (trap 6)', async () => {
    for (const [path, body] of [
      [maps, configMap('same', { data: { a: 'b' } })],
      [deployments, deployment('same')],
      [foos, foo('same', { spec: { replicas: 1 } })],
    ] as const) {
      const created = await world.ok('POST', path, { body })
      const revision = text(created, 'metadata.resourceVersion')
      using watch = await world.watch(`${path}?watch=1&resourceVersion=${revision}`)
      const again = await world.call('PUT', `${path}/same`, { body: created })
      expect([again.code, text(again.json, 'metadata.resourceVersion')]).toEqual([200, revision])
      const merged = await world.ok('PATCH', `${path}/same`, {
        type: 'application/merge-patch+json',
        body: { metadata: { name: 'same' } },
      })
      expect(text(merged, 'metadata.resourceVersion')).toBe(revision)
      await world.ok('DELETE', `${path}/same`)
      expect(await watch.names(1)).toEqual(['DELETED same'])
    }
  })

  it('knows PUT on a collection as little as POST on a name: 405', async () => {
    for (const [method, path, body] of [
      ['PUT', maps, configMap('a')],
      ['POST', `${maps}/a`, configMap('a')],
      ['PUT', foos, foo('a')],
      ['POST', `${foos}/a`, foo('a')],
    ] as const) {
      expect(await world.refused(method, path, { body })).toEqual({
        code: 405,
        reason: 'MethodNotAllowed',
        message: 'the server does not allow this method on the requested resource',
        details: {},
      })
    }
  })
})
