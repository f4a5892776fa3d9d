import type { JsonObject } from '@kairship/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { at, namesOf, startWorld, text, type World } from './support.ts'

const strategic = 'application/strategic-merge-patch+json'

describe('Events', () => {
  let world: World
  let core: string
  const regarding = '/apis/events.k8s.io/v1/namespaces/test/events'
  beforeAll(async () => {
    world = await startWorld()
    core = await world.namespace('test')
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const involvedObject = { kind: 'Pod', namespace: 'test', name: 'p', uid: 'u', apiVersion: 'v1' }
  const event = (name: string, more: JsonObject = {}): JsonObject => ({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name },
    involvedObject,
    reason: 'Started',
    message: 'Started container',
    type: 'Normal',
    source: { component: 'kubelet', host: 'n1' },
    firstTimestamp: '2026-01-01T00:00:00Z',
    lastTimestamp: '2026-01-01T00:00:00Z',
    count: 1,
    ...more,
  })

  it('of the core group are events.k8s.io events under other names, and the other way round', async () => {
    await world.ok('POST', `${core}/events`, { body: event('old') })
    expect(await world.ok('GET', `${regarding}/old`)).toMatchObject({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      regarding: involvedObject,
      reason: 'Started',
      note: 'Started container',
      type: 'Normal',
      deprecatedSource: { component: 'kubelet', host: 'n1' },
      deprecatedFirstTimestamp: '2026-01-01T00:00:00Z',
      deprecatedLastTimestamp: '2026-01-01T00:00:00Z',
      deprecatedCount: 1,
    })
    await world.ok('POST', regarding, {
      body: {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { name: 'new' },
        eventTime: '2026-01-01T00:00:00.123456Z',
        reportingController: 'x.io/controller',
        reportingInstance: 'one',
        action: 'Test',
        reason: 'Tested',
        type: 'Normal',
        note: 'it works',
        regarding: involvedObject,
      },
    })
    expect(await world.ok('GET', `${core}/events/new`)).toMatchObject({
      apiVersion: 'v1',
      involvedObject,
      message: 'it works',
      reportingComponent: 'x.io/controller',
      reportingInstance: 'one',
      eventTime: '2026-01-01T00:00:00.123456Z',
    })
  })

  it('are one list and one stream in both groups', async () => {
    expect(namesOf(await world.ok('GET', `${core}/events`))).toEqual(namesOf(await world.ok('GET', regarding)))
    const from = text(await world.ok('GET', regarding), 'metadata.resourceVersion')
    using watch = await world.watch(`${regarding}?watch=1&resourceVersion=${from}`)
    await world.ok('POST', `${core}/events`, { body: event('streamed') })
    expect(await watch.next()).toMatchObject({
      type: 'ADDED',
      object: { apiVersion: 'events.k8s.io/v1', note: 'Started container' },
    })
  })

  it('are counted up by recorders with strategic merge patches', async () => {
    await world.ok('POST', `${core}/events`, { body: event('counted') })
    const body = { count: 2, lastTimestamp: '2026-01-01T00:01:00Z' }
    expect(await world.ok('PATCH', `${core}/events/counted`, { type: strategic, body })).toMatchObject({
      ...body,
      firstTimestamp: '2026-01-01T00:00:00Z',
    })
  })

  it('must be in the namespace of what they are about', async () => {
    const body = event('astray', { involvedObject: { ...involvedObject, namespace: 'other' } })
    const refused = await world.refused('POST', `${core}/events`, { body })
    expect(refused.code).toBe(422)
    expect(refused.message).toContain('involvedObject.namespace')
  })
})

describe('Leases', () => {
  let world: World
  const leases = '/apis/coordination.k8s.io/v1/namespaces/test/leases'
  beforeAll(async () => {
    world = await startWorld()
    await world.namespace('test')
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const lease = (name: string, spec: JsonObject): JsonObject => ({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name },
    spec,
  })

  it('keep times to the microsecond', async () => {
    const spec = {
      holderIdentity: 'me',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-01T00:00:00.000001Z',
      renewTime: '2026-01-01T00:00:00.5Z',
      leaseTransitions: 1,
    }
    expect((await world.ok('POST', leases, { body: lease('micro', spec) }))['spec']).toEqual({
      ...spec,
      renewTime: '2026-01-01T00:00:00.500000Z',
    })
  })

  it('change hands once: of two holders who have seen the same revision one gets 409', async () => {
    const seen = await world.ok('POST', leases, { body: lease('contended', { holderIdentity: 'old' }) })
    const codes = await Promise.all(
      ['a', 'b'].map(
        async (holderIdentity) =>
          (await world.call('PUT', `${leases}/contended`, { body: { ...seen, spec: { holderIdentity } } })).code,
      ),
    )
    expect(codes.toSorted((a, b) => a - b)).toEqual([200, 409])
  })

  it('are renewed fast enough for leader election: a hundred renewals in a row', async () => {
    let now = await world.ok('POST', leases, { body: lease('fast', { holderIdentity: 'me' }) })
    for (let i = 0; i < 100; i++) {
      const spec = { holderIdentity: 'me', leaseTransitions: i }
      now = await world.ok('PUT', `${leases}/fast`, { body: { ...now, spec } })
    }
    expect(at(now, 'spec.leaseTransitions')).toBe(99)
  })

  it('refuse durations and transitions that make no sense: 422', async () => {
    const refused = await world.refused('POST', leases, {
      body: lease('bad', { leaseDurationSeconds: 0, leaseTransitions: -1 }),
    })
    expect(refused.message).toBe(
      'Lease.coordination.k8s.io "bad" is invalid: [spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0, ' +
        'spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0]',
    )
  })
})

describe('Flow control', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld()
  })
  afterAll(() => world[Symbol.asyncDispose]())

  it('takes flow schemas and priority levels', async () => {
    const apiVersion = 'flowcontrol.apiserver.k8s.io/v1'
    const limited = { nominalConcurrencyShares: 5, limitResponse: { type: 'Reject' } }
    await world.ok('POST', `/apis/${apiVersion}/prioritylevelconfigurations`, {
      body: {
        apiVersion,
        kind: 'PriorityLevelConfiguration',
        metadata: { name: 'p' },
        spec: { type: 'Limited', limited },
      },
    })
    const spec = { priorityLevelConfiguration: { name: 'p' }, matchingPrecedence: 100 }
    const created = await world.ok('POST', `/apis/${apiVersion}/flowschemas`, {
      body: { apiVersion, kind: 'FlowSchema', metadata: { name: 'f' }, spec },
    })
    expect(created).toMatchObject({ spec, metadata: { generation: 1 } })
  })

  it.todo('P1: audit events as upstream writes them, with a policy file')
  it.todo('P1: overload is answered with 429 and Retry-After')
})
