import type { Cluster } from '@kairship/api/karmada'
import type { Node, Pod } from '@kairship/api/builtin'
import { describe, expect, it } from 'vitest'
import { taintsFor } from '../cluster/taints.ts'
import { enablementFact, enablementsOf } from './enablements.ts'
import { HealthThreshold, readyFact } from './health.ts'
import { nodeSummary, resourceSummary } from './resources.ts'
import { forCounting } from './trim.ts'

describe('health over time', () => {
  const thresholds = { failureMs: 30_000, successMs: 10_000 }
  const [ready, gone] = [readyFact('ready', ''), readyFact('unreachable', '')]

  it('believes the first observation at once', () => {
    expect(new HealthThreshold(thresholds).accept(gone, undefined, 0)).toBe('observed')
  })

  it('believes a change only after it has lasted', () => {
    const health = new HealthThreshold(thresholds)
    expect(health.accept(ready, undefined, 0)).toBe('observed')
    expect(health.accept(gone, ready, 10_000)).toBe('stored')
    expect(health.accept(gone, ready, 39_999)).toBe('stored')
    expect(health.accept(gone, ready, 40_000)).toBe('observed')
    expect(health.accept(ready, gone, 41_000)).toBe('stored')
    expect(health.accept(ready, gone, 51_000)).toBe('observed')
  })

  it('starts counting anew when it was well in between', () => {
    const health = new HealthThreshold(thresholds)
    health.accept(ready, undefined, 0)
    health.accept(gone, ready, 10_000)
    health.accept(ready, ready, 20_000)
    expect(health.accept(gone, ready, 45_000)).toBe('stored')
  })

  it('remembers across a restart what was accepted', () => {
    expect(new HealthThreshold(thresholds).accept(gone, { status: 'True' }, 0)).toBe('stored')
  })
})

describe('taints that follow readiness', () => {
  const cluster = (status: 'True' | 'False' | 'Unknown' | undefined, keys: string[] = []): Cluster => ({
    metadata: { name: 'm' },
    spec: { syncMode: 'Push', taints: keys.map((key) => ({ key, effect: 'NoSchedule' })) },
    ...(status === undefined ? {} : { status: { conditions: [{ type: 'Ready', status }] } }),
  })
  const [notReady, unreachable] = ['cluster.karmada.io/not-ready', 'cluster.karmada.io/unreachable']

  it.each([
    [undefined, [], [notReady]],
    ['False', [], [notReady]],
    ['False', [unreachable, 'own'], ['own', notReady]],
    ['Unknown', [notReady], [unreachable]],
    ['True', [notReady, unreachable, 'own'], ['own']],
    ['True', [], []],
  ] as const)('Ready %s with %o gives %o', (status, before, after) => {
    expect(taintsFor(cluster(status, [...before]), 0).map(({ key }) => key)).toEqual(after)
  })

  it('are never NoExecute (T-34), carry their time, and stay the same list when nothing changes', () => {
    expect(taintsFor(cluster('False'), 0)).toEqual([
      { key: notReady, effect: 'NoSchedule', timeAdded: '1970-01-01T00:00:00Z' },
    ])
    const settled = cluster('False', [notReady])
    expect(taintsFor(settled, 0)).toBe(settled.spec.taints)
  })
})

describe('what a member serves', () => {
  const resource = (name: string, kind: string) => ({
    group: 'apps',
    version: 'v1',
    resource: name,
    kind,
    namespaced: true,
    singular: '',
    shortNames: [],
    categories: [],
    verbs: [],
    subresources: [],
  })
  const discovery = {
    serverVersion: 'v1.36.0',
    groups: [
      {
        name: 'apps',
        versions: [
          {
            version: 'v1',
            resources: [resource('statefulsets', 'StatefulSet'), resource('deployments', 'Deployment')],
          },
        ],
      },
      { name: '', versions: [{ version: 'v1', resources: [] }] },
    ],
    failures: [],
  }

  it('is listed in order', () => {
    expect(enablementsOf(discovery)).toEqual([
      {
        groupVersion: 'apps/v1',
        resources: [
          { name: 'deployments', kind: 'Deployment' },
          { name: 'statefulsets', kind: 'StatefulSet' },
        ],
      },
      { groupVersion: 'v1', resources: [] },
    ])
  })

  it('is complete, partial or empty (T-53)', () => {
    const all = enablementsOf(discovery)
    expect(enablementFact(discovery, all)).toMatchObject({ status: 'True', reason: 'Complete' })
    const partial = { ...discovery, failures: [{ groupVersion: 'metrics.k8s.io/v1', error: undefined }] }
    expect(enablementFact(partial, all)).toMatchObject({ status: 'False', reason: 'Partial' })
    expect(enablementFact(undefined, [])).toMatchObject({ status: 'False', reason: 'Empty' })
  })
})

describe('room', () => {
  it('counts allocatable of all nodes, and requests of pods that take or would take room', () => {
    const node = (cpu: string, ready: boolean): Node => ({
      metadata: { name: cpu },
      status: { allocatable: { cpu, pods: '10' }, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
    })
    const pod = (cpu: string, nodeName: string, phase: 'Running' | 'Succeeded' | 'Pending'): Pod => ({
      metadata: { name: cpu },
      spec: { containers: [{ name: 'c', resources: { requests: { cpu } } }], ...(nodeName === '' ? {} : { nodeName }) },
      status: { phase },
    })
    const nodes = [node('4', true), node('2500m', false)]
    expect(nodeSummary(nodes)).toEqual({ totalNum: 2, readyNum: 1 })
    const pods = [pod('500m', 'n', 'Running'), pod('1', 'n', 'Succeeded'), pod('250m', '', 'Pending')]
    const summary = {
      allocatable: { cpu: '6500m', pods: '20' },
      allocated: { cpu: '500m', pods: '1' },
      allocating: { cpu: '250m', pods: '1' },
    }
    expect(resourceSummary(nodes, pods)).toEqual(summary)
    // What is kept of large members says the same.
    expect(resourceSummary(nodes.map(forCounting), pods.map(forCounting))).toEqual(summary)
    expect(nodeSummary(nodes.map(forCounting))).toEqual({ totalNum: 2, readyNum: 1 })
  })
})
