import { describe, expect, it } from 'vitest'
import { withAvailability } from './availability.ts'
import type { StatusItem } from './status.ts'

const now = Date.parse('2026-01-02T03:04:05Z')
const template = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: { replicas: 8, strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } } },
}
const item = (clusterName: string, replicas: number, availableReplicas: number): StatusItem => ({
  clusterName,
  applied: true,
  health: replicas === availableReplicas && replicas > 0 ? 'Healthy' : 'Unhealthy',
  status: { replicas, availableReplicas },
})
const statusOf = (...items: StatusItem[]): unknown => {
  const result: { status?: { conditions?: { type: string; status: string }[] } } = withAvailability(
    template,
    items,
    now,
  ) as never
  return result.status?.conditions?.map(({ type, status }) => `${type}=${status}`)
}

describe('the condition Available of a Deployment template', () => {
  it('is absent while nothing is placed anywhere', () => expect(statusOf()).toBeUndefined())
  it('is True when every member has its minimum, also in the middle of a rolling update', () => {
    expect(statusOf(item('a', 4, 4), item('b', 4, 3))).toEqual(['Available=True'])
  })
  it('is False when one member lacks too many pods', () => {
    expect(statusOf(item('a', 4, 4), item('b', 4, 2))).toEqual(['Available=False'])
  })
  it('is False while a member has reported nothing, or has no pods yet', () => {
    expect(statusOf(item('a', 4, 4), { clusterName: 'b', health: 'Unknown' })).toEqual(['Available=False'])
    expect(statusOf(item('a', 4, 4), item('b', 0, 0))).toEqual(['Available=False'])
  })
  it('keeps its time and the very same object while nothing changes', () => {
    const once = withAvailability(template, [item('a', 8, 8)], now)
    expect(withAvailability(once, [item('a', 8, 8)], now + 60_000)).toBe(once)
  })
})
