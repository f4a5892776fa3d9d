import { ApiError } from '@kairship/apimachinery'
import type { KubeObject, ResourceRef } from '@kairship/apimachinery'
import { ConfigMaps } from '@kairship/api/builtin'
import {
  ClusterPropagationPolicies,
  Clusters,
  OverridePolicies,
  PropagationPolicies,
  ResourceBindings,
  Works,
} from '@kairship/api/karmada'
import type { ClusterSpec, Placement, PropagationSpec } from '@kairship/api/karmada'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createNamespace, policy } from './objects.ts'
import { createWorld } from './world.ts'
import type { World } from './world.ts'

describe('admission of Karmada’s kinds', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld({ simulate: false, members: [] })
    await createNamespace(world, 'ns')
  })
  afterAll(() => world[Symbol.asyncDispose]())

  async function refusal<T extends KubeObject>(
    ref: ResourceRef<T>,
    namespace: string | undefined,
    object: T,
  ): Promise<ApiError> {
    try {
      await world.client.of<KubeObject>(ref, namespace).create(object, { dryRun: true })
    } catch (error) {
      if (error instanceof ApiError) return error
      throw error
    }
    throw new Error('was accepted')
  }

  it.each<[string, Partial<PropagationSpec>, string]>([
    [
      'a selector of another namespace',
      { resourceSelectors: [{ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'x' }] },
      'resourceSelectors[0].namespace',
    ],
    ['preemption without names', { preemption: 'Always' }, 'resourceSelectors[0].name'],
    [
      'suspending all and some clusters',
      { suspension: { dispatching: true, dispatchingOnClusters: { clusterNames: ['m'] } } },
      'dispatchingOnClusters',
    ],
    [
      'application failover without dependencies',
      { failover: { application: { decisionConditions: {} } } },
      'propagateDeps',
    ],
  ])('refuses %s', async (_what, spec, part) => {
    const error = await refusal(PropagationPolicies, 'ns', policy('ns', 'p', spec))
    expect(error.code).toBe(403)
    expect(error.message).toMatch(/^admission webhook "propagationpolicy\.karmada\.io" denied the request: /)
    expect(error.message).toContain(part)
  })

  it.each<[string, Placement, string]>([
    ['both forms of affinity', { clusterAffinity: {}, clusterAffinities: [{ affinityName: 'a' }] }, 'co-exist'],
    ['two terms of one name', { clusterAffinities: [{ affinityName: 'a' }, { affinityName: 'a' }] }, 'unique name'],
    [
      'an unknown field',
      { clusterAffinity: { fieldSelector: { matchExpressions: [{ key: 'color', operator: 'In', values: ['x'] }] } } },
      'unsupported field',
    ],
    [
      'spread without the cluster field',
      { spreadConstraints: [{ spreadByField: 'region', maxGroups: 1, minGroups: 1 }] },
      'cluster spread constraint must be enabled',
    ],
    [
      'fewer groups at most than at least',
      { spreadConstraints: [{ spreadByField: 'cluster', maxGroups: 1, minGroups: 2 }] },
      'maxGroups lower than minGroups',
    ],
    [
      'overflow without dynamic division',
      { clusterAffinities: [{ affinityName: 'a', clusterNames: ['m'], overflowAffinities: [{ affinityName: 'b' }] }] },
      'dynamic weight or aggregated',
    ],
  ])('refuses a placement with %s', async (_what, placement, part) => {
    const error = await refusal(ClusterPropagationPolicies, undefined, policy(undefined, 'p', { placement }))
    expect(error.message).toMatch(/^admission webhook "clusterpropagationpolicy\.karmada\.io" denied the request: /)
    expect(error.message).toContain(part)
  })

  it('fills in what upstream’s webhooks fill in, and not maxGroups (T-02)', async () => {
    const created = await world.client.of(PropagationPolicies, 'ns').create(
      policy('ns', 'filled', {
        placement: { spreadConstraints: [{ maxGroups: 2 }], replicaScheduling: { replicaSchedulingType: 'Divided' } },
      }),
    )
    expect(created.spec.placement).toEqual({
      spreadConstraints: [{ spreadByField: 'cluster', minGroups: 1, maxGroups: 2 }],
      replicaScheduling: { replicaSchedulingType: 'Divided', replicaDivisionPreference: 'Weighted' },
    })
  })

  it('never lets a policy change its identity or scheduler', async () => {
    const policies = world.client.of(PropagationPolicies, 'ns')
    const label = 'propagationpolicy.karmada.io/permanent-id'
    await expect(policies.patch('filled', 'merge', { metadata: { labels: { [label]: 'other' } } })).rejects.toThrow(
      'immutable',
    )
    await expect(policies.patch('filled', 'merge', { spec: { schedulerName: 'mine' } })).rejects.toThrow(
      'schedulerName',
    )
  })

  it('checks override policies', async () => {
    const spec = (overriders: object) => ({
      apiVersion: 'policy.karmada.io/v1alpha1',
      kind: 'OverridePolicy',
      metadata: { name: 'o', namespace: 'ns' },
      spec: { overrideRules: [{ overriders }] },
    })
    const bad = await refusal(
      OverridePolicies,
      'ns',
      spec({ labelsOverrider: [{ operator: 'add', value: { 'not a label': 'x' } }] }),
    )
    expect(bad.message).toContain('admission webhook "overridepolicy.karmada.io" denied the request')
    const pointer = spec({
      fieldOverrider: [{ fieldPath: 'no-slash', json: [{ subPath: '/a', operator: 'add', value: 1 }] }],
    })
    expect((await refusal(OverridePolicies, 'ns', pointer)).message).toContain('JSON pointer')
    const selector = {
      ...spec({}),
      spec: { resourceSelectors: [{ apiVersion: 'v1', kind: 'Pod', namespace: 'x' }], overrideRules: [] },
    }
    expect((await refusal(OverridePolicies, 'ns', selector)).message).toContain('should be the same with the policy')
  })

  it('gives bindings and works their ids, and prunes and stamps manifests (T-05)', async () => {
    const binding = await world.client.of(ResourceBindings, 'ns').create({
      apiVersion: 'work.karmada.io/v1alpha2',
      kind: 'ResourceBinding',
      metadata: { name: 'b', namespace: 'ns' },
      spec: { resource: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'ns', name: 'c' } },
    })
    expect(binding.metadata.labels?.['resourcebinding.karmada.io/permanent-id']).toMatch(/^[0-9a-f-]{36}$/)
    const work = await world.client.of(Works, 'ns').create({
      apiVersion: 'work.karmada.io/v1alpha1',
      kind: 'Work',
      metadata: { name: 'w', namespace: 'ns' },
      spec: {
        workload: {
          manifests: [
            {
              apiVersion: 'v1',
              kind: 'ConfigMap',
              metadata: { name: 'c', namespace: 'ns', uid: 'u', resourceVersion: '5', labels: { a: 'b' } },
              status: { x: 1 },
            },
          ],
        },
      },
    })
    const id = work.metadata.labels?.['work.karmada.io/permanent-id']
    expect(work.spec.workload?.manifests).toEqual([
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: {
          name: 'c',
          namespace: 'ns',
          labels: { a: 'b', 'karmada.io/managed': 'true', 'work.karmada.io/permanent-id': id },
          annotations: {
            'work.karmada.io/namespace': 'ns',
            'work.karmada.io/name': 'w',
            'resourcetemplate.karmada.io/managed-annotations':
              'resourcetemplate.karmada.io/managed-annotations,resourcetemplate.karmada.io/managed-labels,work.karmada.io/name,work.karmada.io/namespace',
            'resourcetemplate.karmada.io/managed-labels': 'a,karmada.io/managed,work.karmada.io/permanent-id',
          },
        },
      },
    ])
  })

  it('protects objects of any kind from deletion when they say so', async () => {
    const maps = world.client.of(ConfigMaps, 'ns')
    const label = 'resourcetemplate.karmada.io/deletion-protected'
    await maps.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'safe', namespace: 'ns', labels: { [label]: 'Always' } },
    })
    await expect(maps.delete('safe')).rejects.toThrow(
      'admission webhook "resourcedeletionprotection.karmada.io" denied the request',
    )
    await maps.patch('safe', 'merge', { metadata: { labels: { [label]: 'Sometimes' } } })
    await maps.delete('safe')
  })

  it.each<[string, string, Partial<ClusterSpec>, string]>([
    ['a name that is too long (T-47)', 'm'.repeat(49), {}, 'must be no more than 48 characters'],
    ['a name with dots', 'a.b', {}, 'metadata.name'],
    ['an endpoint that is no URL', 'm', { apiEndpoint: 'nowhere' }, 'spec.apiEndpoint'],
    ['an endpoint with credentials', 'm', { apiEndpoint: 'https://u:p@host' }, 'must not contain user information'],
    ['both zone and zones', 'm', { zone: 'a', zones: ['b'] }, 'zone and zones can not co-exist'],
  ])('refuses a cluster with %s', async (_what, name, spec, part) => {
    const error = await refusal(Clusters, undefined, {
      apiVersion: 'cluster.karmada.io/v1alpha1',
      kind: 'Cluster',
      metadata: { name },
      spec: { syncMode: 'Push', ...spec },
    })
    expect(error.code).toBe(422)
    expect(error.message).toContain(`Cluster.cluster.karmada.io "${name}" is invalid: `)
    expect(error.message).toContain(part)
  })

  it('completes clusters: zones, times of taints, nine grades of nodes', async () => {
    const cluster = await world.client.of(Clusters).create(
      {
        apiVersion: 'cluster.karmada.io/v1alpha1',
        kind: 'Cluster',
        metadata: { name: 'm' },
        spec: {
          syncMode: 'Pull',
          zone: 'z1',
          taints: [
            { key: 'a', effect: 'NoExecute' },
            { key: 'b', effect: 'NoSchedule' },
          ],
        },
      },
      { dryRun: true },
    )
    expect(cluster.spec.zones).toEqual(['z1'])
    expect(cluster.spec).not.toHaveProperty('zone')
    expect(cluster.spec.taints?.map(({ timeAdded }) => timeAdded !== undefined)).toEqual([true, false])
    expect(cluster.spec.resourceModels).toHaveLength(9)
    expect(cluster.spec.resourceModels?.[8]?.ranges[0]).toEqual({ name: 'cpu', min: '128', max: '9223372036854775807' })
  })
})
