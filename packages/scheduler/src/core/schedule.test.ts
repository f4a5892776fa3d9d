import type { Cluster, Placement, ResourceBindingSpec, TargetCluster } from '@kairship/api/karmada'
import { describe, expect, it } from 'vitest'
import { defaultProfile } from './profile.ts'
import { place } from './schedule.ts'

interface Member {
  readonly region?: string
  readonly provider?: string
  readonly zones?: string[]
  readonly labels?: { [key: string]: string }
  readonly taint?: 'NoSchedule' | 'NoExecute' | 'PreferNoSchedule'
  readonly cpu?: number
  readonly apis?: boolean
  readonly leaving?: boolean
}

function cluster(name: string, member: Member = {}): Cluster {
  const { region, provider, zones, labels, taint, cpu = 100, apis = true, leaving } = member
  return {
    metadata: {
      name,
      ...(labels === undefined ? {} : { labels }),
      ...(leaving ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    spec: {
      syncMode: 'Push',
      ...(region === undefined ? {} : { region }),
      ...(provider === undefined ? {} : { provider }),
      ...(zones === undefined ? {} : { zones }),
      ...(taint === undefined ? {} : { taints: [{ key: 'k', effect: taint }] }),
    },
    status: {
      ...(apis
        ? { apiEnablements: [{ groupVersion: 'apps/v1', resources: [{ name: 'deployments', kind: 'Deployment' }] }] }
        : {}),
      resourceSummary: { allocatable: { cpu: String(cpu), pods: '110' }, allocated: { pods: '0' } },
    },
  }
}

interface Request {
  readonly placement?: Placement
  readonly replicas?: number
  readonly clusters: Cluster[]
  readonly current?: TargetCluster[]
  readonly uid?: string
  readonly rescheduling?: boolean
  readonly evictingFrom?: string
  readonly observedAffinity?: string
}

async function decide(request: Request) {
  const binding: ResourceBindingSpec = {
    resource: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'a', uid: request.uid ?? '' },
    replicas: request.replicas ?? 0,
    ...(request.replicas === undefined ? {} : { replicaRequirements: { resourceRequest: { cpu: '1' } } }),
    ...(request.placement === undefined ? {} : { placement: request.placement }),
    ...(request.current === undefined ? {} : { clusters: request.current }),
    ...(request.evictingFrom === undefined
      ? {}
      : { gracefulEvictionTasks: [{ fromCluster: request.evictingFrom, reason: 'R', producer: 'P' }] }),
  }
  return place(
    defaultProfile,
    {
      binding,
      clusters: request.clusters,
      rescheduling: request.rescheduling ?? false,
      ...(request.observedAffinity === undefined ? {} : { observedAffinity: request.observedAffinity }),
    },
    AbortSignal.timeout(1000),
  )
}

async function targets(request: Request): Promise<{ [name: string]: number | undefined } | string> {
  const { outcome } = await decide(request)
  if (outcome.kind !== 'scheduled') return `${outcome.kind}: ${outcome.message}`
  return Object.fromEntries(outcome.clusters.map(({ name, replicas }) => [name, replicas]))
}

const three = [cluster('m1'), cluster('m2'), cluster('m3')]
const weights = (list: { [name: string]: number }): Placement => ({
  replicaScheduling: {
    replicaSchedulingType: 'Divided',
    replicaDivisionPreference: 'Weighted',
    weightPreference: {
      staticWeightList: Object.entries(list).map(([name, weight]) => ({
        targetCluster: { clusterNames: [name] },
        weight,
      })),
    },
  },
})

describe('choosing clusters', () => {
  it('takes every cluster when nothing is asked for', async () => {
    expect(await targets({ clusters: three })).toEqual({ m1: undefined, m2: undefined, m3: undefined })
  })

  it.each<[string, Placement, string[]]>([
    ['names', { clusterAffinity: { clusterNames: ['m1', 'm3'] } }, ['m1', 'm3']],
    ['exclusion, which wins over names', { clusterAffinity: { clusterNames: ['m1', 'm3'], exclude: ['m1'] } }, ['m3']],
    ['labels', { clusterAffinity: { labelSelector: { matchLabels: { tier: 'gold' } } } }, ['m2']],
    [
      'a provider',
      {
        clusterAffinity: { fieldSelector: { matchExpressions: [{ key: 'provider', operator: 'In', values: ['p1'] }] } },
      },
      ['m1'],
    ],
    [
      'not a region, which a cluster without one is not in',
      {
        clusterAffinity: {
          fieldSelector: { matchExpressions: [{ key: 'region', operator: 'NotIn', values: ['r1'] }] },
        },
      },
      ['m2', 'm3'],
    ],
    [
      'any of a cluster’s zones',
      { clusterAffinity: { fieldSelector: { matchExpressions: [{ key: 'zone', operator: 'In', values: ['z2'] }] } } },
      ['m3'],
    ],
    ['an empty affinity', { clusterAffinity: {} }, ['m1', 'm2', 'm3']],
  ])('follows %s', async (_what, placement, expected) => {
    const clusters = [
      cluster('m1', { provider: 'p1', region: 'r1' }),
      cluster('m2', { labels: { tier: 'gold' } }),
      cluster('m3', { zones: ['z1', 'z2'], region: 'r3' }),
    ]
    expect(Object.keys((await targets({ clusters, placement })) as object).toSorted()).toEqual(expected)
  })

  it('keeps new work away from taints, and lets what is there stay (T-28)', async () => {
    const clusters = [cluster('m1', { taint: 'NoSchedule' }), cluster('m2', { taint: 'PreferNoSchedule' })]
    expect(await targets({ clusters })).toEqual({ m2: undefined })
    expect(await targets({ clusters, current: [{ name: 'm1' }] })).toEqual({ m1: undefined, m2: undefined })
    const placement: Placement = { clusterTolerations: [{ key: 'k', operator: 'Exists' }] }
    expect(await targets({ clusters, placement })).toEqual({ m1: undefined, m2: undefined })
  })

  it('only takes clusters that serve the kind, except those that hold it already', async () => {
    const clusters = [cluster('m1', { apis: false }), cluster('m2')]
    expect(await targets({ clusters })).toEqual({ m2: undefined })
    expect(await targets({ clusters, current: [{ name: 'm1' }] })).toEqual({ m1: undefined, m2: undefined })
  })

  it('does not go back to a cluster it is being evicted from, nor to one that is leaving', async () => {
    const clusters = [cluster('m1'), cluster('m2', { leaving: true }), cluster('m3')]
    expect(await targets({ clusters, evictingFrom: 'm1' })).toEqual({ m3: undefined })
  })

  it('says for every cluster why it was not taken', async () => {
    const clusters = [
      cluster('m1', { taint: 'NoSchedule' }),
      cluster('m2', { apis: false }),
      cluster('m3', { apis: false }),
    ]
    const decision = await decide({ clusters })
    expect(decision.outcome).toEqual({
      kind: 'no-fit',
      message:
        '0/3 clusters are available: 1 cluster(s) had untolerated taint {k:NoSchedule}, ' +
        '2 cluster(s) did not have the API resource.',
    })
    expect(decision.reports.map(({ cluster: name, fits }) => [name, fits])).toEqual([
      ['m1', false],
      ['m2', false],
      ['m3', false],
    ])
    expect(decision.reports[0]?.verdicts).toContainEqual({
      plugin: 'TaintToleration',
      verdict: { fits: false, reason: 'cluster(s) had untolerated taint {k:NoSchedule}' },
    })
  })
})

describe('dividing replicas', () => {
  it('duplicates when there is no strategy at all (T-01)', async () => {
    expect(await targets({ clusters: three, replicas: 3 })).toEqual({ m1: 3, m2: 3, m3: 3 })
  })

  it('divides when the strategy is there without a type (T-01)', async () => {
    expect(await targets({ clusters: three, replicas: 3, placement: { replicaScheduling: {} } })).toEqual({
      m1: 1,
      m2: 1,
      m3: 1,
    })
  })

  it('divides by static weights and leaves out clusters without one', async () => {
    expect(await targets({ clusters: three, replicas: 3, placement: weights({ m1: 2, m2: 1 }) })).toEqual({
      m1: 2,
      m2: 1,
    })
    expect(await targets({ clusters: three, replicas: 5, placement: weights({ m1: 2, m2: 1 }) })).toEqual({
      m1: 3,
      m2: 2,
    })
  })

  it('takes the largest of several weights, and equal ones when none matches', async () => {
    const placement: Placement = {
      replicaScheduling: {
        replicaSchedulingType: 'Divided',
        replicaDivisionPreference: 'Weighted',
        weightPreference: {
          staticWeightList: [
            { targetCluster: {}, weight: 1 },
            { targetCluster: { clusterNames: ['m2'] }, weight: 2 },
          ],
        },
      },
    }
    expect(await targets({ clusters: three, replicas: 8, placement })).toEqual({ m1: 2, m2: 4, m3: 2 })
    expect(await targets({ clusters: three, replicas: 6, placement: weights({ other: 3 }) })).toEqual({
      m1: 2,
      m2: 2,
      m3: 2,
    })
  })

  it('ignores spread constraints and room with static weights (T-30)', async () => {
    const placement: Placement = {
      ...weights({ m1: 1, m2: 1, m3: 1 }),
      spreadConstraints: [{ spreadByField: 'cluster', minGroups: 1, maxGroups: 1 }],
    }
    expect(await targets({ clusters: three, replicas: 900, placement })).toEqual({ m1: 300, m2: 300, m3: 300 })
  })

  it('leaves the members when scaled to nothing (T-31)', async () => {
    expect(await targets({ clusters: three, replicas: 0, placement: weights({ m1: 1 }) })).toEqual({})
  })

  it('selects nothing without maxGroups (T-02)', async () => {
    const placement: Placement = { spreadConstraints: [{ spreadByField: 'cluster', minGroups: 1 }] }
    expect(await targets({ clusters: three, replicas: 1, placement })).toEqual({})
  })

  it('spreads over as many clusters as allowed, and fails when there are too few', async () => {
    const spread = (minGroups: number, maxGroups: number): Placement => ({
      spreadConstraints: [{ spreadByField: 'cluster', minGroups, maxGroups }],
    })
    expect(await targets({ clusters: three, placement: spread(1, 2) })).toEqual({ m1: undefined, m2: undefined })
    expect(await targets({ clusters: three, placement: spread(4, 5) })).toMatch(/^failed: /)
  })

  it('spreads over regions before clusters', async () => {
    const clusters = [
      cluster('m1', { region: 'r1' }),
      cluster('m2', { region: 'r1' }),
      cluster('m3', { region: 'r2' }),
      cluster('m4'),
    ]
    const placement: Placement = {
      spreadConstraints: [
        { spreadByField: 'region', minGroups: 2, maxGroups: 2 },
        { spreadByField: 'cluster', minGroups: 2, maxGroups: 2 },
      ],
    }
    expect(await targets({ clusters, replicas: 1, placement })).toEqual({ m1: 1, m3: 1 })
  })

  const dynamic: Placement = {
    replicaScheduling: {
      replicaSchedulingType: 'Divided',
      replicaDivisionPreference: 'Weighted',
      weightPreference: { dynamicWeight: 'AvailableReplicas' },
    },
  }
  const aggregated: Placement = {
    replicaScheduling: { replicaSchedulingType: 'Divided', replicaDivisionPreference: 'Aggregated' },
  }
  const uneven = [cluster('m1', { cpu: 20 }), cluster('m2', { cpu: 10 }), cluster('m3', { cpu: 10 })]

  it('divides by the room there is', async () => {
    expect(await targets({ clusters: uneven, replicas: 8, placement: dynamic })).toEqual({ m1: 4, m2: 2, m3: 2 })
  })

  it('only places what is new when scaling up, and shrinks in proportion (T-60)', async () => {
    const current = [
      { name: 'm1', replicas: 1 },
      { name: 'm2', replicas: 7 },
    ]
    expect(await targets({ clusters: uneven, replicas: 12, current, placement: dynamic })).toEqual({
      m1: 3,
      m2: 8,
      m3: 1,
    })
    expect(await targets({ clusters: uneven, replicas: 4, current, placement: dynamic })).toEqual({ m1: 1, m2: 3 })
    expect(await targets({ clusters: uneven, replicas: 8, current, placement: dynamic })).toEqual({ m1: 1, m2: 7 })
  })

  it('packs into as few clusters as possible', async () => {
    expect(await targets({ clusters: uneven, replicas: 15, placement: aggregated })).toEqual({ m1: 15 })
    expect(await targets({ clusters: uneven, replicas: 24, placement: aggregated })).toEqual({ m1: 16, m2: 8 })
  })

  it('keeps the old result when there is not enough room (T-24)', async () => {
    expect(await targets({ clusters: uneven, replicas: 41, placement: dynamic })).toBe(
      'unschedulable: Clusters available replicas 40 are not enough to schedule.',
    )
  })
})

describe('cluster affinity terms', () => {
  const placement: Placement = {
    clusterAffinities: [
      { affinityName: 'first', clusterNames: ['m1'] },
      { affinityName: 'second', clusterNames: ['m2'] },
    ],
  }

  it('tries them in order and never goes back by itself (T-50)', async () => {
    expect((await decide({ clusters: three, placement })).affinityName).toBe('first')
    const without = [cluster('m1', { taint: 'NoSchedule' }), cluster('m2')]
    expect((await decide({ clusters: without, placement })).affinityName).toBe('second')
    expect((await decide({ clusters: three, placement, observedAffinity: 'second' })).affinityName).toBe('second')
    const again = await decide({ clusters: three, placement, observedAffinity: 'second', rescheduling: true })
    expect(again.affinityName).toBe('first')
  })

  it('reports the first failure when none works', async () => {
    const { outcome } = await decide({ clusters: [cluster('m3')], placement })
    expect(outcome.kind).toBe('no-fit')
  })
})
