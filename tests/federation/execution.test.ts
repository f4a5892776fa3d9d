import { ConfigMaps, Deployments } from '@kairship/api/builtin'
import { PropagationPolicies, ResourceBindings, Works } from '@kairship/api/karmada'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  bindingOf,
  createDeployment,
  createNamespace,
  createPolicy,
  deployment,
  inMember,
  policy,
  quiet,
  replicasIn,
  worksOf,
} from './objects.ts'
import { createWorld, eventually, gone } from './world.ts'
import type { World } from './world.ts'

describe('objects in members', () => {
  let world: World
  const resources = () => world.member('member1').client
  beforeAll(async () => {
    world = await createWorld({ simulate: false, members: [{ name: 'member1' }] })
  })
  afterAll(() => world[Symbol.asyncDispose]())

  async function propagated(namespace: string, name: string, annotations?: { [key: string]: string }): Promise<void> {
    await createNamespace(world, namespace)
    await createPolicy(world, policy(namespace, 'p'))
    await createDeployment(world, deployment(namespace, name, annotations === undefined ? {} : { annotations }))
    await eventually(() => inMember(world, 'member1', namespace, name))
  }

  it('puts back what somebody changed or deleted in a member', async () => {
    await propagated('drift', 'a')
    await resources()
      .of(Deployments, 'drift')
      .patch('a', 'merge', { spec: { replicas: 9 } })
    await eventually(async () => expect((await inMember(world, 'member1', 'drift', 'a')).spec?.replicas).toBe(3))
    const { uid } = (await inMember(world, 'member1', 'drift', 'a')).metadata
    await resources().of(Deployments, 'drift').delete('a')
    await eventually(async () => expect((await inMember(world, 'member1', 'drift', 'a')).metadata.uid).not.toBe(uid))
  })

  it('keeps labels that a member added and removes those that the template dropped (T-14)', async () => {
    await propagated('keys', 'a')
    const templates = world.client.of(Deployments, 'keys')
    await templates.patch('a', 'merge', { metadata: { labels: { team: 'red' }, annotations: { note: 'x' } } })
    await eventually(async () =>
      expect((await inMember(world, 'member1', 'keys', 'a')).metadata.labels).toMatchObject({ team: 'red' }),
    )
    await resources()
      .of(Deployments, 'keys')
      .patch('a', 'merge', { metadata: { labels: { local: 'yes' } } })
    await templates.patch('a', 'merge', { metadata: { labels: { team: null }, annotations: { note: null } } })
    await eventually(async () => {
      const { labels, annotations } = (await inMember(world, 'member1', 'keys', 'a')).metadata
      expect(labels).toMatchObject({ local: 'yes' })
      expect(labels).not.toHaveProperty('team')
      expect(annotations).not.toHaveProperty('note')
    })
  })

  it('never touches an object that it did not make (I8), says so, and takes it over when told to (T-13)', async () => {
    await createNamespace(world, 'foreign')
    await eventually(() =>
      resources()
        .of(Deployments, 'foreign')
        .create(deployment('foreign', 'a', { image: 'theirs:1' })),
    )
    const before = await inMember(world, 'member1', 'foreign', 'a')
    await createPolicy(world, policy('foreign', 'p'))
    await createDeployment(world, deployment('foreign', 'a'))
    await eventually(async () => {
      const [work] = await worksOf(world, 'foreign', 'a')
      const applied = work?.status?.conditions?.find(({ type }) => type === 'Applied')
      expect(applied).toMatchObject({ status: 'False', reason: 'AppliedFailed' })
      expect(applied?.message).toContain('Failed to apply all manifests (0/1)')
      const { status } = await bindingOf(world, 'foreign', 'a')
      expect(status?.aggregatedStatus).toMatchObject([{ clusterName: 'member1', health: 'Unknown' }])
      expect(status?.conditions).toContainEqual(
        expect.objectContaining({ type: 'FullyApplied', status: 'False', reason: 'FullyAppliedFailed' }),
      )
    })
    expect(await inMember(world, 'member1', 'foreign', 'a')).toEqual(before)
    await world.client
      .of(PropagationPolicies, 'foreign')
      .patch('p', 'merge', { spec: { conflictResolution: 'Overwrite' } })
    await eventually(async () => {
      const object = await inMember(world, 'member1', 'foreign', 'a')
      expect(object.metadata.uid).toBe(before.metadata.uid)
      expect(object.metadata.labels).toMatchObject({ 'karmada.io/managed': 'true' })
      expect(object.spec?.template.spec?.containers[0]?.image).toBe('docker.io/library/nginx:1.27')
    })
  })

  it('leaves an unmanaged object of the same name when the template goes', async () => {
    await createNamespace(world, 'bystander')
    await eventually(() => resources().of(Deployments, 'bystander').create(deployment('bystander', 'a')))
    await createPolicy(world, policy('bystander', 'p'))
    await createDeployment(world, deployment('bystander', 'a'))
    await eventually(async () => expect(await worksOf(world, 'bystander', 'a')).toHaveLength(1))
    await world.client.of(Deployments, 'bystander').delete('a')
    await gone(world.client, ResourceBindings, 'a-deployment', 'bystander')
    await eventually(async () => expect(await worksOf(world, 'bystander', 'a')).toEqual([]))
    expect(await inMember(world, 'member1', 'bystander', 'a')).toBeDefined()
  })

  it('leaves objects that another work manages, as of another instance', async () => {
    await createNamespace(world, 'shared')
    const theirs = deployment('shared', 'a', {
      labels: { 'karmada.io/managed': 'true' },
      annotations: { 'work.karmada.io/namespace': 'karmada-es-other', 'work.karmada.io/name': 'a-x' },
    })
    await eventually(() => resources().of(Deployments, 'shared').create(theirs))
    const before = await inMember(world, 'member1', 'shared', 'a')
    await createPolicy(world, policy('shared', 'p'))
    await createDeployment(world, deployment('shared', 'a'))
    await eventually(async () => {
      const { status } = await bindingOf(world, 'shared', 'a')
      expect(status?.aggregatedStatus?.[0]?.appliedMessage).toContain('managed by another work')
    })
    await world.client.of(Deployments, 'shared').delete('a')
    await gone(world.client, ResourceBindings, 'a-deployment', 'shared')
    await quiet()
    expect(await inMember(world, 'member1', 'shared', 'a')).toEqual(before)
  })

  it('keeps the member’s replicas where the template asks for it', async () => {
    await createNamespace(world, 'retained')
    await createPolicy(world, policy('retained', 'p'))
    const labels = { 'resourcetemplate.karmada.io/retain-replicas': 'true' }
    await createDeployment(world, deployment('retained', 'a', { labels }))
    await eventually(() => inMember(world, 'member1', 'retained', 'a'))
    await resources()
      .of(Deployments, 'retained')
      .patch('a', 'merge', { spec: { replicas: 7 } })
    await world.client.of(Deployments, 'retained').patch('a', 'merge', { metadata: { labels: { x: 'y' } } })
    await eventually(async () => {
      const object = await inMember(world, 'member1', 'retained', 'a')
      expect(object.metadata.labels).toMatchObject({ x: 'y' })
      expect(object.spec?.replicas).toBe(7)
    })
  })

  it('stops dispatching while suspended, and resumes with the latest content (T-11)', async () => {
    await propagated('suspended', 'a')
    const policies = world.client.of(PropagationPolicies, 'suspended')
    await policies.patch('p', 'merge', { spec: { suspension: { dispatching: true } } })
    await eventually(async () => {
      const [work] = await worksOf(world, 'suspended', 'a')
      expect(work?.spec.suspendDispatching).toBe(true)
      expect(work?.status?.conditions).toContainEqual(
        expect.objectContaining({ type: 'Dispatching', status: 'False', reason: 'SuspendDispatching' }),
      )
    })
    await world.client.of(Deployments, 'suspended').patch('a', 'merge', { metadata: { labels: { step: '1' } } })
    await quiet()
    expect((await inMember(world, 'member1', 'suspended', 'a')).metadata.labels).not.toHaveProperty('step')
    await policies.patch('p', 'merge', { spec: { suspension: null } })
    await eventually(async () =>
      expect((await inMember(world, 'member1', 'suspended', 'a')).metadata.labels).toMatchObject({ step: '1' }),
    )
  })

  it('leaves the object, without any mark, when it is to be preserved (T-42)', async () => {
    await createNamespace(world, 'preserved')
    await createPolicy(world, policy('preserved', 'p', { preserveResourcesOnDeletion: true }))
    await createDeployment(world, deployment('preserved', 'a', { labels: { mine: 'yes' } }))
    await eventually(() => inMember(world, 'member1', 'preserved', 'a'))
    await world.client.of(Deployments, 'preserved').delete('a')
    await gone(world.client, ResourceBindings, 'a-deployment', 'preserved')
    await eventually(async () => {
      const { labels, annotations = {} } = (await inMember(world, 'member1', 'preserved', 'a')).metadata
      expect(labels).toEqual({ mine: 'yes' })
      expect(
        Object.keys(annotations).filter((key) => key.includes('karmada.io') && !key.endsWith('conflict-resolution')),
      ).toEqual([])
    })
  })

  it('makes a Work again that somebody deleted', async () => {
    await propagated('again', 'a')
    const [work] = await worksOf(world, 'again', 'a')
    const { namespace = '', name = '', uid } = work?.metadata ?? {}
    await world.client.of(Works, namespace).delete(name)
    await eventually(async () => {
      expect((await world.client.of(Works, namespace).get(name)).metadata.uid).not.toBe(uid)
      expect(await replicasIn(world, 'again', 'a')).toEqual({ member1: 3 })
    })
  })

  it('carries a template of any kind, of its latest content only', async () => {
    await createNamespace(world, 'any')
    await createPolicy(world, policy('any', 'p', { resourceSelectors: [{ apiVersion: 'v1', kind: 'ConfigMap' }] }))
    const maps = world.client.of(ConfigMaps, 'any')
    await maps.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: 'any' },
      data: { a: '1' },
    })
    for (let step = 2; step <= 20; step++) await maps.patch('settings', 'merge', { data: { a: String(step) } })
    await eventually(async () =>
      expect((await resources().of(ConfigMaps, 'any').get('settings')).data).toEqual({ a: '20' }),
    )
    await maps.patch('settings', 'merge', { data: { a: null, b: 'only' } })
    await eventually(async () =>
      expect((await resources().of(ConfigMaps, 'any').get('settings')).data).toEqual({ b: 'only' }),
    )
  })
})
