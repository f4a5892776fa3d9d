import type { DeepReadonly, JsonObject, Unstructured } from '@kairship/apimachinery'
import { describe, expect, it } from 'vitest'
import { withAvailability } from './availability.ts'

const NOW = Date.parse('2026-01-02T03:04:05Z')
const yes = 'Available True MinimumReplicasAvailable'
const no = 'Available False MinimumReplicasUnavailable'
const done = 'Progressing True NewReplicaSetAvailable'
const moving = 'Progressing True ReplicaSetUpdated'

const template = (spec: JsonObject = { replicas: 8 }, observedGeneration = 5): DeepReadonly<Unstructured> => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'a', generation: 5 },
  spec,
  status: { observedGeneration },
})

/** What members `m0`, `m1` … report, and how many replicas each of them is to have. */
const reports = (running: readonly number[], shares: readonly number[], now = NOW) => ({
  items: running.map((replicas, index) => ({
    clusterName: `m${index}`,
    status: { replicas, updatedReplicas: replicas, availableReplicas: replicas },
  })),
  targets: shares.map((replicas, index) => ({ name: `m${index}`, replicas })),
  now,
})

function conditionsOf(object: DeepReadonly<Unstructured>): readonly { [field: string]: string }[] {
  const { status }: { status?: { conditions?: { [field: string]: string }[] } } = JSON.parse(JSON.stringify(object))
  return status?.conditions ?? []
}
const said = (object: DeepReadonly<Unstructured>, running: readonly number[], shares: readonly number[]) =>
  conditionsOf(withAvailability(object, reports(running, shares))).map(
    ({ type, status, reason }) => `${type} ${status} ${reason}`,
  )

describe('the conditions of a Deployment template', () => {
  it('are judged member by member: a quarter may be missing in each, not in all together', () => {
    expect(said(template(), [4, 4], [4, 4])).toEqual([yes, done])
    expect(said(template(), [4, 3], [4, 4])).toEqual([yes, moving])
    expect(said(template(), [4, 2], [4, 4])).toEqual([no, moving])
  })

  it('count what a member is to have, not what it has so far, and members that have not answered', () => {
    expect(said(template(), [4], [4, 4])).toEqual([no, moving])
    expect(said(template(), [1, 1], [4, 4])).toEqual([no, moving])
  })

  it('allow what the strategy allows', () => {
    expect(said(template({ replicas: 8, strategy: { type: 'Recreate' } }), [4, 3], [4, 4])).toEqual([no, moving])
    const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: '1%' } }
    expect(said(template({ replicas: 8, strategy }), [4, 3], [4, 4])).toEqual([yes, moving])
  })

  it('are not good before anything is placed, unless nothing is to run', () => {
    expect(said(template(), [], [])).toEqual([no, moving])
    expect(said(template({ replicas: 0 }), [], [])).toEqual([yes, done])
  })

  it('call nothing rolled out that members have not observed', () => {
    expect(said(template({ replicas: 8 }, 4), [4, 4], [4, 4])).toEqual([yes, moving])
  })

  it('keep their times until they say something else', () => {
    const first = withAvailability(template(), reports([4, 4], [4, 4]))
    expect(withAvailability(first, reports([4, 4], [4, 4], NOW + 60_000))).toBe(first)
    expect(conditionsOf(withAvailability(first, reports([4, 0], [4, 4], NOW + 60_000)))).toMatchObject([
      { status: 'False', lastTransitionTime: '2026-01-02T03:05:05Z' },
      { status: 'True', lastTransitionTime: '2026-01-02T03:04:05Z', lastUpdateTime: '2026-01-02T03:05:05Z' },
    ])
  })
})
