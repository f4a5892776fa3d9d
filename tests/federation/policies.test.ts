import { Deployments } from '@kairship/api/builtin'
import {
  ClusterPropagationPolicies,
  OverridePolicies,
  PropagationPolicies,
  ResourceBindings,
} from '@kairship/api/karmada'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  bindingOf,
  createDeployment,
  createNamespace,
  createPolicy,
  deployment,
  policy,
  quiet,
  replicasIn,
} from './objects.ts'
import { createWorld, eventually, gone } from './world.ts'
import type { World } from './world.ts'

const to = (...clusterNames: string[]) => ({ clusterAffinity: { clusterNames } })
const CPP = 'clusterpropagationpolicy.karmada.io/permanent-id'
const PP = 'propagationpolicy.karmada.io/permanent-id'

describe('templates and policies', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld({ simulate: false, members: [{ name: 'member1' }, { name: 'member2' }] })
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const placed = (namespace: string, name: string, members: string[]) =>
    eventually(async () => expect(Object.keys(await replicasIn(world, namespace, name)).toSorted()).toEqual(members))

  it('leaves a template alone until a policy wants it, then propagates it', async () => {
    await createNamespace(world, 'waiting')
    await createDeployment(world, deployment('waiting', 'late'))
    await quiet()
    expect(await replicasIn(world, 'waiting', 'late')).toEqual({})
    await createPolicy(world, policy('waiting', 'p', { placement: to('member2') }))
    await placed('waiting', 'late', ['member2'])
  })

  it('prefers a PropagationPolicy to any ClusterPropagationPolicy, and never changes horses by itself (T-07)', async () => {
    await createNamespace(world, 'horses')
    const selectors = [{ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'horses' }]
    await createPolicy(
      world,
      policy(undefined, 'horses-wide', { resourceSelectors: selectors, priority: 100, placement: to('member1') }),
    )
    await createPolicy(world, policy('horses', 'own', { placement: to('member2') }))
    await createDeployment(world, deployment('horses', 'a'))
    await placed('horses', 'a', ['member2'])
    await createPolicy(world, policy('horses', 'better', { priority: 1000, placement: to('member1') }))
    await world.client.of(Deployments, 'horses').patch('a', 'merge', { spec: { replicas: 4 } })
    await eventually(async () => expect((await bindingOf(world, 'horses', 'a')).spec.replicas).toBe(4))
    await placed('horses', 'a', ['member2'])
    await createDeployment(world, deployment('horses', 'b'))
    await placed('horses', 'b', ['member1'])
  })

  it('chooses by priority, then by how precisely it is meant, then by name', async () => {
    await createNamespace(world, 'choice')
    const kind = { apiVersion: 'apps/v1', kind: 'Deployment' }
    await createPolicy(world, policy('choice', 'a-kind', { placement: to('member1') }))
    await createPolicy(
      world,
      policy('choice', 'z-name', { resourceSelectors: [{ ...kind, name: 'exact' }], placement: to('member2') }),
    )
    await createDeployment(world, deployment('choice', 'exact'))
    await placed('choice', 'exact', ['member2'])
    await createPolicy(world, policy('choice', 'y-priority', { priority: 1, placement: to('member1', 'member2') }))
    await createDeployment(world, deployment('choice', 'other'))
    await placed('choice', 'other', ['member1', 'member2'])
  })

  it('gives a freed template to the next policy that wants it', async () => {
    await createNamespace(world, 'heirs')
    await createPolicy(world, policy('heirs', 'first', { placement: to('member1') }))
    await createPolicy(world, policy('heirs', 'second', { placement: to('member2') }))
    await createDeployment(world, deployment('heirs', 'a'))
    await placed('heirs', 'a', ['member1'])
    await world.client.of(PropagationPolicies, 'heirs').delete('first')
    await gone(world.client, PropagationPolicies, 'first', 'heirs')
    await placed('heirs', 'a', ['member2'])
  })

  it('frees templates that an edited policy no longer selects, and leaves their copies', async () => {
    await createNamespace(world, 'edited')
    const kind = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'edited' }
    await createPolicy(world, policy('edited', 'p', { placement: to('member1') }))
    await createDeployment(world, deployment('edited', 'a'))
    await createDeployment(world, deployment('edited', 'b'))
    await placed('edited', 'a', ['member1'])
    await placed('edited', 'b', ['member1'])
    await world.client
      .of(PropagationPolicies, 'edited')
      .patch('p', 'merge', { spec: { resourceSelectors: [{ ...kind, name: 'b' }] } })
    await eventually(async () => {
      expect((await world.client.of(Deployments, 'edited').get('a')).metadata.labels ?? {}).not.toHaveProperty(PP)
      expect((await bindingOf(world, 'edited', 'a')).metadata.labels).not.toHaveProperty(PP)
    })
    await placed('edited', 'a', ['member1'])
    await world.client.of(PropagationPolicies, 'edited').patch('p', 'merge', { spec: { placement: to('member2') } })
    await placed('edited', 'b', ['member2'])
    expect(await replicasIn(world, 'edited', 'a')).toHaveProperty('member1')
  })

  it('moves a claim from a ClusterPropagationPolicy to the policy that follows it', async () => {
    await createNamespace(world, 'claims')
    const selectors = [{ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'claims' }]
    await createPolicy(
      world,
      policy(undefined, 'claims-wide', { resourceSelectors: selectors, placement: to('member1') }),
    )
    await createDeployment(world, deployment('claims', 'a'))
    await placed('claims', 'a', ['member1'])
    expect((await world.client.of(Deployments, 'claims').get('a')).metadata.labels).toHaveProperty([CPP])
    await createPolicy(world, policy('claims', 'own', { placement: to('member2') }))
    await world.client.of(ClusterPropagationPolicies).delete('claims-wide')
    await placed('claims', 'a', ['member2'])
    await eventually(async () => {
      const { metadata } = await world.client.of(Deployments, 'claims').get('a')
      expect(metadata.labels).toHaveProperty([PP])
      expect(metadata.labels).not.toHaveProperty([CPP])
      expect(metadata.annotations).not.toHaveProperty(['clusterpropagationpolicy.karmada.io/name'])
    })
  })

  it('only claims a template that was there before a Lazy policy, until its user touches it (T-41)', async () => {
    await createNamespace(world, 'lazy')
    await createDeployment(world, deployment('lazy', 'old'))
    await quiet(100)
    await createPolicy(world, policy('lazy', 'p', { activationPreference: 'Lazy', placement: to('member1') }))
    await eventually(async () =>
      expect((await world.client.of(Deployments, 'lazy').get('old')).metadata.labels).toHaveProperty([PP]),
    )
    await createDeployment(world, deployment('lazy', 'new'))
    await placed('lazy', 'new', ['member1'])
    expect(await world.client.of(ResourceBindings, 'lazy').find('old-deployment')).toBeUndefined()
    await world.client.of(Deployments, 'lazy').patch('old', 'merge', { metadata: { labels: { touched: 'yes' } } })
    await placed('lazy', 'old', ['member1'])
    await world.client.of(PropagationPolicies, 'lazy').patch('p', 'merge', { spec: { placement: to('member2') } })
    await quiet()
    expect(Object.keys(await replicasIn(world, 'lazy', 'old'))).toEqual(['member1'])
    await world.client.of(Deployments, 'lazy').patch('old', 'merge', { spec: { replicas: 2 } })
    await placed('lazy', 'old', ['member2'])
  })

  it('waits for the override policies that a policy depends on', async () => {
    await createNamespace(world, 'dependent')
    await createPolicy(world, policy('dependent', 'p', { dependentOverrides: ['o'], placement: to('member1') }))
    await createDeployment(world, deployment('dependent', 'a'))
    await quiet()
    expect(await replicasIn(world, 'dependent', 'a')).toEqual({})
    await world.client.of(OverridePolicies, 'dependent').create({
      apiVersion: 'policy.karmada.io/v1alpha1',
      kind: 'OverridePolicy',
      metadata: { name: 'o', namespace: 'dependent' },
      spec: { overrideRules: [{ overriders: { labelsOverrider: [{ operator: 'add', value: { by: 'o' } }] } }] },
    })
    await placed('dependent', 'a', ['member1'])
    const object = await world.member('member1').client.of(Deployments, 'dependent').get('a')
    expect(object.metadata.labels).toMatchObject({ by: 'o' })
  })

  it('never propagates what is in reserved or system namespaces', async () => {
    await createPolicy(world, policy('kube-system', 'p', { placement: to('member1') }))
    await createDeployment(world, deployment('kube-system', 'system'))
    await quiet()
    expect(await world.client.of(ResourceBindings, 'kube-system').find('system-deployment')).toBeUndefined()
  })

  it('says why nothing fits, and takes back what was placed (T-24)', async () => {
    await createNamespace(world, 'nofit')
    await createPolicy(world, policy('nofit', 'p', { placement: to('member1') }))
    await createDeployment(world, deployment('nofit', 'a'))
    await placed('nofit', 'a', ['member1'])
    await world.client.of(PropagationPolicies, 'nofit').patch('p', 'merge', { spec: { placement: to('elsewhere') } })
    await placed('nofit', 'a', [])
    await eventually(async () => {
      const { spec, status } = await bindingOf(world, 'nofit', 'a')
      expect(spec.clusters ?? []).toEqual([])
      expect(status?.conditions).toContainEqual(
        expect.objectContaining({
          type: 'Scheduled',
          status: 'False',
          reason: 'NoClusterFit',
          message: '0/2 clusters are available: 2 cluster(s) did not match the placement cluster affinity constraint.',
        }),
      )
    })
  })
})
