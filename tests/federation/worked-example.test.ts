import { Deployments } from '@kairship/api/builtin'
import { PropagationPolicies, ResourceBindings, Works } from '@kairship/api/karmada'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  bindingOf,
  createDeployment,
  createPolicy,
  deployment,
  divided,
  inMember,
  policy,
  quiet,
  replicasIn,
} from './objects.ts'
import { createWorld, eventually, gone } from './world.ts'
import type { World } from './world.ts'

/** The objects that one Deployment and one policy lead to, step by step, as upstream makes them. */
describe('one Deployment divided over two members', () => {
  let world: World
  const policyIds = new Set<string>()

  beforeAll(async () => {
    world = await createWorld({ members: [{ name: 'member1' }, { name: 'member2' }] })
  })
  afterAll(() => world[Symbol.asyncDispose]())

  it('gives the policy an identity and defaults', async () => {
    const given = policy('default', 'pp1', {
      resourceSelectors: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'nginx' }],
      placement: divided({ member1: 2, member2: 1 }),
    })
    const created = await createPolicy(world, given)
    const id = created.metadata.labels?.['propagationpolicy.karmada.io/permanent-id'] ?? ''
    expect(id).toMatch(/^[0-9a-f-]{36}$/)
    policyIds.add(id)
    expect(created.metadata.finalizers).toEqual(['karmada.io/propagation-policy-controller'])
    expect(created.spec).toMatchObject({
      resourceSelectors: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'nginx', namespace: 'default' }],
      schedulerName: 'default-scheduler',
      conflictResolution: 'Abort',
      preemption: 'Never',
      priority: 0,
    })
  })

  it('claims the template without changing its generation', async () => {
    await createDeployment(world, deployment('default', 'nginx', { labels: { app: 'nginx' } }))
    const [id = ''] = policyIds
    await eventually(async () => {
      const { metadata } = await world.client.of(Deployments, 'default').get('nginx')
      expect(metadata.generation).toBe(1)
      expect(metadata.labels).toEqual({ app: 'nginx', 'propagationpolicy.karmada.io/permanent-id': id })
      expect(metadata.annotations).toMatchObject({
        'propagationpolicy.karmada.io/namespace': 'default',
        'propagationpolicy.karmada.io/name': 'pp1',
      })
    })
  })

  it('binds and schedules it', async () => {
    const [id = ''] = policyIds
    const template = await world.client.of(Deployments, 'default').get('nginx')
    await eventually(async () => {
      const { metadata, spec, status } = await bindingOf(world, 'default', 'nginx')
      expect(metadata.finalizers).toEqual(['karmada.io/binding-controller'])
      expect(metadata.labels).toMatchObject({ 'propagationpolicy.karmada.io/permanent-id': id })
      expect(metadata.labels?.['resourcebinding.karmada.io/permanent-id']).toMatch(/^[0-9a-f-]{36}$/)
      expect(metadata.ownerReferences).toMatchObject([
        { apiVersion: 'apps/v1', kind: 'Deployment', name: 'nginx', controller: true, blockOwnerDeletion: true },
      ])
      expect(JSON.parse(metadata.annotations?.['policy.karmada.io/applied-placement'] ?? '')).toEqual(spec.placement)
      expect(spec).toMatchObject({
        resource: {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          namespace: 'default',
          name: 'nginx',
          uid: template.metadata.uid,
        },
        replicas: 3,
        conflictResolution: 'Abort',
        schedulerName: 'default-scheduler',
        clusters: [
          { name: 'member1', replicas: 2 },
          { name: 'member2', replicas: 1 },
        ],
      })
      expect(status?.schedulerObservedGeneration).toBe(metadata.generation)
      expect(status?.conditions).toContainEqual(
        expect.objectContaining({ type: 'Scheduled', status: 'True', reason: 'Success' }),
      )
    })
  })

  it('makes one Work for each member, with upstream’s name and marks', async () => {
    const binding = await bindingOf(world, 'default', 'nginx')
    const bindingId = binding.metadata.labels?.['resourcebinding.karmada.io/permanent-id']
    for (const [member, replicas] of [
      ['member1', 2],
      ['member2', 1],
    ] as const) {
      const namespace = `karmada-es-${member}`
      const work = await eventually(() => world.client.of(Works, namespace).get('nginx-687f7fb96f'))
      const workId = work.metadata.labels?.['work.karmada.io/permanent-id']
      expect(work.metadata.labels).toEqual({
        'resourcebinding.karmada.io/permanent-id': bindingId,
        'work.karmada.io/permanent-id': workId,
      })
      expect(work.metadata.annotations).toEqual({
        'resourcebinding.karmada.io/namespace': 'default',
        'resourcebinding.karmada.io/name': 'nginx-deployment',
        'work.karmada.io/conflict-resolution': 'abort',
      })
      expect(work.metadata.finalizers).toEqual(['karmada.io/execution-controller'])
      const object = await eventually(() => inMember(world, member, 'default', 'nginx'))
      expect(object.spec?.replicas).toBe(replicas)
      const [id = ''] = policyIds
      const template = await world.client.of(Deployments, 'default').get('nginx')
      expect(object.metadata.labels).toEqual({
        app: 'nginx',
        'karmada.io/managed': 'true',
        'propagationpolicy.karmada.io/permanent-id': id,
        'resourcebinding.karmada.io/permanent-id': bindingId,
        'work.karmada.io/permanent-id': workId,
      })
      expect(object.metadata.annotations).toMatchObject({
        'propagationpolicy.karmada.io/namespace': 'default',
        'propagationpolicy.karmada.io/name': 'pp1',
        'resourcebinding.karmada.io/namespace': 'default',
        'resourcebinding.karmada.io/name': 'nginx-deployment',
        'resourcetemplate.karmada.io/generation': '1',
        'resourcetemplate.karmada.io/uid': template.metadata.uid,
        'work.karmada.io/namespace': namespace,
        'work.karmada.io/name': 'nginx-687f7fb96f',
        'work.karmada.io/conflict-resolution': 'abort',
        'resourcetemplate.karmada.io/managed-labels':
          'app,karmada.io/managed,propagationpolicy.karmada.io/permanent-id,' +
          'resourcebinding.karmada.io/permanent-id,work.karmada.io/permanent-id',
        'resourcetemplate.karmada.io/managed-annotations':
          'propagationpolicy.karmada.io/name,propagationpolicy.karmada.io/namespace,' +
          'resourcebinding.karmada.io/name,resourcebinding.karmada.io/namespace,' +
          'resourcetemplate.karmada.io/generation,resourcetemplate.karmada.io/managed-annotations,' +
          'resourcetemplate.karmada.io/managed-labels,resourcetemplate.karmada.io/uid,' +
          'work.karmada.io/conflict-resolution,work.karmada.io/name,work.karmada.io/namespace',
      })
    }
  })

  it('brings the status back to Work, binding and template', async () => {
    await eventually(async () => {
      const { status } = await world.client.of(Works, 'karmada-es-member1').get('nginx-687f7fb96f')
      expect(status?.conditions).toMatchObject([
        { type: 'Dispatching', status: 'True', reason: 'Dispatching' },
        { type: 'Applied', status: 'True', reason: 'AppliedSuccessful' },
      ])
      expect(status?.manifestStatuses).toEqual([
        {
          identifier: {
            ordinal: 0,
            group: 'apps',
            version: 'v1',
            kind: 'Deployment',
            resource: 'deployments',
            namespace: 'default',
            name: 'nginx',
          },
          status: {
            replicas: 2,
            readyReplicas: 2,
            updatedReplicas: 2,
            availableReplicas: 2,
            observedGeneration: 1,
            generation: 1,
            resourceTemplateGeneration: 1,
          },
          health: 'Healthy',
        },
      ])
    })
    await eventually(async () => {
      const { status } = await bindingOf(world, 'default', 'nginx')
      expect(status?.aggregatedStatus).toMatchObject([
        { clusterName: 'member1', applied: true, health: 'Healthy', status: { readyReplicas: 2 } },
        { clusterName: 'member2', applied: true, health: 'Healthy', status: { readyReplicas: 1 } },
      ])
      expect(status?.conditions).toContainEqual(
        expect.objectContaining({ type: 'FullyApplied', status: 'True', reason: 'FullyAppliedSuccess' }),
      )
      const template = await world.client.of(Deployments, 'default').get('nginx')
      expect(template.status).toMatchObject({
        replicas: 3,
        readyReplicas: 3,
        availableReplicas: 3,
        observedGeneration: 1,
      })
    })
  })

  it('comes to rest: nothing is written any more (T-06)', async () => {
    await quiet()
    const revision = await world.revision('control')
    const members = await Promise.all(['member1', 'member2'].map((name) => world.revision(name)))
    await quiet(800)
    expect(await world.revision('control')).toBe(revision)
    expect(await Promise.all(['member1', 'member2'].map((name) => world.revision(name)))).toEqual(members)
  })

  it('divides anew when the template is scaled', async () => {
    await world.client.of(Deployments, 'default').patch('nginx', 'merge', { spec: { replicas: 5 } })
    await eventually(async () => {
      expect(await replicasIn(world, 'default', 'nginx')).toEqual({ member1: 3, member2: 2 })
      const { metadata, status } = await world.client.of(Deployments, 'default').get('nginx')
      expect(metadata.generation).toBe(2)
      expect(status).toMatchObject({ observedGeneration: 2, readyReplicas: 5 })
    })
  })

  it('keeps everything where it is when only the policy is deleted (T-09)', async () => {
    await world.client.of(PropagationPolicies, 'default').delete('pp1')
    await gone(world.client, PropagationPolicies, 'pp1', 'default')
    const template = await world.client.of(Deployments, 'default').get('nginx')
    expect(template.metadata.labels).toEqual({ app: 'nginx' })
    const binding = await bindingOf(world, 'default', 'nginx')
    expect(binding.metadata.labels).not.toHaveProperty('propagationpolicy.karmada.io/permanent-id')
    await quiet()
    expect(await replicasIn(world, 'default', 'nginx')).toEqual({ member1: 3, member2: 2 })
  })

  it('removes everything everywhere when the template is deleted', async () => {
    await world.client.of(Deployments, 'default').delete('nginx')
    await gone(world.client, ResourceBindings, 'nginx-deployment', 'default')
    for (const member of ['member1', 'member2']) {
      await gone(world.client, Works, 'nginx-687f7fb96f', `karmada-es-${member}`)
      await gone(world.member(member).client, Deployments, 'nginx', 'default')
    }
  })
})
