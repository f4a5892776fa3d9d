import type { JsonObject } from '@kairship/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configMap, deployment, foo, fooCrd, install } from './objects.ts'
import { at, list, namesOf, startWorld, text, type World } from './support.ts'

const merge = 'application/merge-patch+json'

describe('Delete', () => {
  let world: World
  let core: string
  let maps: string
  const deployments = '/apis/apps/v1/namespaces/test/deployments'
  const foos = '/apis/ex.io/v1/namespaces/test/foos'
  beforeAll(async () => {
    world = await startWorld()
    core = await world.namespace('test')
    maps = `${core}/configmaps`
    await install(world, fooCrd())
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const held = (name: string): JsonObject => ({ metadata: { name, finalizers: ['x.io/y'] } })
  const pod = (name: string, spec: JsonObject = {}): JsonObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
  })

  it('answers 200 and a Status of success with name, group, resource and uid', async () => {
    for (const [path, body, details] of [
      [maps, configMap('c1'), { name: 'c1', kind: 'configmaps' }],
      [deployments, deployment('c1'), { name: 'c1', group: 'apps', kind: 'deployments' }],
      [foos, foo('c1'), { name: 'c1', group: 'ex.io', kind: 'foos' }],
    ] as const) {
      const created = await world.ok('POST', path, { body })
      const { code, json } = await world.call('DELETE', `${path}/c1`)
      expect(code).toBe(200)
      expect(json).toEqual({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Success',
        details: { ...details, uid: at(created, 'metadata.uid') },
      })
    }
  })

  it('answers the deleted object for pods, services, service accounts, volumes, templates and quotas', async () => {
    const template = { template: { metadata: {}, spec: { containers: [{ name: 'c', image: 'i' }] } } }
    const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
    const volume = { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/x' } }
    for (const [resource, kind, more] of [
      ['pods', 'Pod', { spec: { containers: [{ name: 'c', image: 'i' }] } }],
      ['services', 'Service', { spec: { ports: [{ port: 80 }] } }],
      ['serviceaccounts', 'ServiceAccount', {}],
      ['podtemplates', 'PodTemplate', template],
      ['resourcequotas', 'ResourceQuota', { spec: {} }],
      ['persistentvolumeclaims', 'PersistentVolumeClaim', { spec: claim }],
      ['persistentvolumes', 'PersistentVolume', { spec: volume }],
    ] as const) {
      const path = resource === 'persistentvolumes' ? `/api/v1/${resource}` : `${core}/${resource}`
      await world.ok('POST', path, {
        body: { apiVersion: 'v1', kind, metadata: { name: 'gone' }, ...more } as JsonObject,
      })
      const { code, json } = await world.call('DELETE', `${path}/gone`)
      expect([code, json['kind'], at(json, 'metadata.name')]).toEqual([200, kind, 'gone'])
    }
  })

  it('leaves what has finalizers, with the time of its deletion: 200 with the object; again changes nothing', async () => {
    for (const [path, body] of [
      [maps, configMap('held', held('held'))],
      [foos, foo('held', held('held'))],
    ] as const) {
      await world.ok('POST', path, { body })
      const first = await world.call('DELETE', `${path}/held`)
      expect(first.code).toBe(200)
      expect(first.json['metadata']).toMatchObject({
        name: 'held',
        deletionTimestamp: expect.stringMatching(/^\d{4}-.*Z$/),
        deletionGracePeriodSeconds: 0,
        finalizers: ['x.io/y'],
      })
      const second = await world.call('DELETE', `${path}/held`)
      expect([second.code, second.json]).toEqual([200, first.json])
    }
  })

  it('answers 202 for what stays when the caller used orphanDependents=false', async () => {
    await world.ok('POST', maps, { body: configMap('accepted', held('accepted')) })
    expect((await world.call('DELETE', `${maps}/accepted?orphanDependents=false`)).code).toBe(202)
  })

  it('removes the object with the write that empties its finalizers', async () => {
    for (const [path, body] of [
      [maps, configMap('freed', held('freed'))],
      [foos, foo('freed', held('freed'))],
    ] as const) {
      await world.ok('POST', path, { body })
      await world.ok('DELETE', `${path}/freed`)
      const freed = await world.call('PATCH', `${path}/freed`, {
        type: merge,
        body: { metadata: { finalizers: null } },
      })
      expect([freed.code, text(freed.json, 'metadata.name')]).toEqual([200, 'freed'])
      expect((await world.call('GET', `${path}/freed`)).code).toBe(404)
    }
  })

  it('refuses new finalizers while the object is being deleted: 422 Forbidden', async () => {
    for (const [path, body, kind] of [
      [maps, configMap('late', held('late')), 'ConfigMap'],
      [foos, foo('late', held('late')), 'Foo.ex.io'],
    ] as const) {
      await world.ok('POST', path, { body })
      await world.ok('DELETE', `${path}/late`)
      const refused = await world.refused('PATCH', `${path}/late`, {
        type: merge,
        body: { metadata: { finalizers: ['x.io/y', 'y.io/z'] } },
      })
      expect(refused).toMatchObject({ code: 422, reason: 'Invalid' })
      expect(refused.message).toBe(
        `${kind} "late" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is ` +
          'being deleted, found new finalizers []string{"y.io/z"}',
      )
      expect(at(refused.details, 'causes.0.reason')).toBe('FieldValueForbidden')
    }
  })

  it('takes options in the body: JSON, YAML, and of any group version', async () => {
    for (const [name, type, body] of [
      ['json', 'application/json', '{"kind":"DeleteOptions","apiVersion":"v1","propagationPolicy":"Foreground"}'],
      ['yaml', 'application/yaml', 'kind: DeleteOptions\napiVersion: apps/v1\npropagationPolicy: Foreground\n'],
      ['bare', 'application/json', '{"propagationPolicy":"Foreground"}'],
    ] as const) {
      await world.ok('POST', maps, { body: configMap(name) })
      const { code, json } = await world.call('DELETE', `${maps}/${name}`, { type, body })
      expect([name, code, at(json, 'metadata.finalizers')]).toEqual([name, 200, ['foregroundDeletion']])
    }
  })

  it('refuses a body that is something else: 500', async () => {
    await world.ok('POST', maps, { body: configMap('safe') })
    const refused = await world.refused('DELETE', `${maps}/safe`, { body: configMap('safe') })
    expect([refused.code, refused.message]).toEqual([500, 'decoded object cannot be converted to DeleteOptions'])
  })

  it('refuses another uid or revision than the precondition names: 409 about the Kind', async () => {
    for (const [path, body, kind, details] of [
      [maps, configMap('c2'), 'ConfigMap', { kind: 'ConfigMap' }],
      [foos, foo('c2'), 'Foo.ex.io', { group: 'ex.io', kind: 'Foo' }],
    ] as const) {
      const { uid, resourceVersion } = (await world.ok('POST', path, { body }))['metadata'] as Record<string, string>
      const options = (preconditions: JsonObject): { body: JsonObject } => ({
        body: { kind: 'DeleteOptions', apiVersion: 'v1', preconditions },
      })
      const byUid = await world.refused('DELETE', `${path}/c2`, options({ uid: 'abc' }))
      expect([byUid.code, byUid.reason]).toEqual([409, 'Conflict'])
      expect(byUid.message).toBe(
        `Operation cannot be fulfilled on ${kind} "c2": the UID in the precondition (abc) does not match the UID in ` +
          `record (${uid}). The object might have been deleted and then recreated`,
      )
      expect(byUid.details).toEqual({ name: 'c2', ...details })
      const byRevision = await world.refused('DELETE', `${path}/c2`, options({ resourceVersion: '1' }))
      expect(byRevision.message).toBe(
        `Operation cannot be fulfilled on ${kind} "c2": the ResourceVersion in the precondition (1) does not match the ` +
          `ResourceVersion in record (${resourceVersion}). The object might have been modified`,
      )
      expect((await world.call('DELETE', `${path}/c2`, options({ uid: uid ?? '' }))).code).toBe(200)
    }
  })

  it('refuses propagation policies that it does not know, and both old and new at once: 422', async () => {
    await world.ok('POST', maps, { body: configMap('policies') })
    const unknown = await world.refused('DELETE', `${maps}/policies?propagationPolicy=Foo`)
    expect([unknown.code, unknown.reason]).toEqual([422, 'Invalid'])
    expect(unknown.message).toBe(
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Foo": supported values: ' +
        '"Foreground", "Background", "Orphan", "nil"',
    )
    const both = await world.refused('DELETE', `${maps}/policies?propagationPolicy=Orphan&orphanDependents=true`)
    expect(both.code).toBe(422)
    expect(both.message).toContain('orphanDependents and deletionPropagation cannot be both set')
  })

  it('keeps the pods of Jobs unless told otherwise, and warns about it', async () => {
    const jobs = '/apis/batch/v1/namespaces/test/jobs'
    const template = { spec: { containers: [{ name: 'c', image: 'i' }], restartPolicy: 'Never' } }
    const job = (name: string): JsonObject => ({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name },
      spec: { template },
    })
    await world.ok('POST', jobs, { body: job('kept') })
    const kept = await world.call('DELETE', `${jobs}/kept`)
    expect(kept.headers['warning']).toBe(
      '299 - "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove ' +
        'them or set propagationPolicy=Orphan to suppress this warning"',
    )
    expect(at(kept.json, 'metadata.finalizers')).toContain('orphan')
    await world.ok('POST', jobs, { body: job('background') })
    expect(
      (await world.call('DELETE', `${jobs}/background?propagationPolicy=Background`)).headers['warning'],
    ).toBeUndefined()
  })

  it('gives scheduled pods their grace period and removes them with grace 0', async () => {
    const pods = `${core}/pods`
    await world.ok('POST', pods, { body: pod('bound', { nodeName: 'n' }) })
    const first = await world.call('DELETE', `${pods}/bound`)
    expect([first.code, at(first.json, 'metadata.deletionGracePeriodSeconds')]).toEqual([200, 30])
    const now = Date.now()
    const left = Date.parse(text(first.json, 'metadata.deletionTimestamp')) - now
    expect(left).toBeGreaterThan(25_000)
    expect(left).toBeLessThan(31_000)
    const shorter = await world.ok('DELETE', `${pods}/bound?gracePeriodSeconds=5`)
    expect(at(shorter, 'metadata.deletionGracePeriodSeconds')).toBe(5)
    await world.ok('DELETE', `${pods}/bound?gracePeriodSeconds=0`)
    expect((await world.call('GET', `${pods}/bound`)).code).toBe(404)
  })

  it('removes pods at once that nobody runs', async () => {
    const pods = `${core}/pods`
    await world.ok('POST', pods, { body: pod('loose') })
    await world.ok('DELETE', `${pods}/loose`)
    expect((await world.call('GET', `${pods}/loose`)).code).toBe(404)
  })

  it('evicts pods as far as their disruption budget allows: 429 with cause DisruptionBudget', async () => {
    const pods = `${core}/pods`
    const budgets = '/apis/policy/v1/namespaces/test/poddisruptionbudgets'
    const labels = { app: 'guarded' }
    await world.ok('POST', pods, {
      body: { ...pod('guarded', { nodeName: 'n' }), metadata: { name: 'guarded', labels } },
    })
    const running = { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } }
    await world.ok('PATCH', `${pods}/guarded/status`, { type: merge, body: running })
    const spec = { minAvailable: 1, selector: { matchLabels: labels } }
    const budget = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'guard' }, spec }
    await world.ok('POST', budgets, { body: budget })
    const status = {
      observedGeneration: 1,
      disruptionsAllowed: 0,
      currentHealthy: 1,
      desiredHealthy: 1,
      expectedPods: 1,
    }
    await world.ok('PATCH', `${budgets}/guard/status`, { type: merge, body: { status } })
    const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'guarded' } }
    const refused = await world.refused('POST', `${pods}/guarded/eviction`, { body })
    expect(refused).toMatchObject({
      code: 429,
      reason: 'TooManyRequests',
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      details: { causes: [{ reason: 'DisruptionBudget' }] },
    })
    await world.ok('DELETE', `${budgets}/guard`)
    expect((await world.call('POST', `${pods}/guarded/eviction`, { body })).code).toBe(201)
    expect(at(await world.ok('GET', `${pods}/guarded`), 'metadata.deletionTimestamp')).toBeDefined()
  })

  it('deletes collections by selectors and answers the list of what it deleted', async () => {
    for (const [path, make, kind] of [
      [maps, configMap, 'ConfigMapList'],
      [foos, foo, 'FooList'],
    ] as const) {
      for (const name of ['m1', 'm2'])
        await world.ok('POST', path, { body: make(name, { metadata: { name, labels: { m: 'x' } } }) })
      await world.ok('POST', path, {
        body: make('m3', { metadata: { ...(held('m3')['metadata'] as JsonObject), labels: { m: 'x' } } }),
      })
      const { code, json } = await world.call('DELETE', `${path}?labelSelector=m%3Dx`)
      expect([code, json['kind'], namesOf(json)]).toEqual([200, kind, ['m1', 'm2', 'm3']])
      const left = await world.ok('GET', `${path}?labelSelector=m%3Dx`)
      expect(namesOf(left)).toEqual(['m3'])
      expect(at(left, 'items.0.metadata.deletionTimestamp')).toBeDefined()
      const byField = await world.ok('DELETE', `${path}?fieldSelector=metadata.name%3Dnone`)
      expect(list(byField, 'items')).toEqual([])
    }
  })

  it('answers 404 for what is not there', async () => {
    expect(await world.refused('DELETE', `${maps}/none`)).toMatchObject({
      code: 404,
      message: 'configmaps "none" not found',
    })
    expect(await world.refused('DELETE', `${foos}/none`)).toMatchObject({
      code: 404,
      message: 'foos.ex.io "none" not found',
    })
  })
})
