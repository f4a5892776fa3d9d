import type { Placement, ResourceBindingSpec, ResourceBindingStatus } from '@kairship/api/karmada'
import { describe, expect, it } from 'vitest'
import { formatPlacement, triggerOf } from './triggers.ts'

const divided: Placement = { replicaScheduling: { replicaSchedulingType: 'Divided' } }
const spec = (more: Partial<ResourceBindingSpec>): ResourceBindingSpec => ({
  resource: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'a' },
  replicas: 3,
  clusters: [{ name: 'm1', replicas: 3 }],
  placement: divided,
  ...more,
})
const trigger = (given: ResourceBindingSpec, applied: Placement | undefined, status?: ResourceBindingStatus) =>
  triggerOf({
    spec: given,
    status,
    appliedPlacement: applied === undefined ? undefined : formatPlacement(applied),
    terminating: (name) => name === 'leaving',
  })

describe('what makes a binding be scheduled', () => {
  it('is scheduled when it never was', () => {
    expect(trigger(spec({}), undefined)).toBe('placement')
  })

  it('leaves a divided workload where it is (T-26)', () => {
    expect(trigger(spec({}), divided)).toBe('none')
  })

  it('re-examines duplicated workloads and everything without replicas each time (T-26)', () => {
    const placement: Placement = {}
    expect(trigger(spec({ placement, clusters: [{ name: 'm1' }], replicas: 0 }), placement)).toBe('always')
    expect(trigger(spec({ placement }), placement)).toBe('always')
  })

  it('follows changed replicas, a changed placement and clusters that leave', () => {
    expect(trigger(spec({ replicas: 4 }), divided)).toBe('replicas')
    expect(trigger(spec({ placement: { ...divided, clusterAffinity: { clusterNames: ['m2'] } } }), divided)).toBe(
      'placement',
    )
    expect(trigger(spec({ clusters: [{ name: 'leaving', replicas: 3 }] }), divided)).toBe('terminating-cluster')
  })

  it('takes empty lists for absent ones (T-56)', () => {
    const placement: Placement = { ...divided, clusterAffinity: { clusterNames: [] }, clusterTolerations: [] }
    expect(trigger(spec({ placement }), { ...divided, clusterAffinity: {} })).toBe('none')
    expect(formatPlacement(placement)).toBe(
      '{"replicaScheduling":{"replicaSchedulingType":"Divided"},"clusterAffinity":{}}',
    )
  })

  it('takes an unreadable annotation for unchanged', () => {
    const result = triggerOf({ spec: spec({}), status: undefined, appliedPlacement: '{', terminating: () => false })
    expect(result).toBe('none')
  })

  it('compares rescheduling requests by whole seconds', () => {
    const asked = spec({ rescheduleTriggeredAt: '2026-01-01T00:00:10Z' })
    expect(trigger(asked, divided, { lastScheduledTime: '2026-01-01T00:00:09Z' })).toBe('rescheduling')
    expect(trigger(asked, divided, { lastScheduledTime: '2026-01-01T00:00:10Z' })).toBe('none')
    expect(trigger(asked, divided)).toBe('none')
  })
})
