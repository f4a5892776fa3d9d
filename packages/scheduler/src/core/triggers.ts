import { deepEqual } from '@kairship/apimachinery'
import type { DeepReadonly, JsonValue } from '@kairship/apimachinery'
import type { Placement, ResourceBindingSpec, ResourceBindingStatus } from '@kairship/api/karmada'
import { isWorkload } from './cycle.ts'

/** Why a binding must be scheduled now, or that only its observed generation is behind. */
export type Trigger = 'placement' | 'replicas' | 'rescheduling' | 'always' | 'terminating-cluster' | 'none'

export interface TriggerInput {
  readonly spec: DeepReadonly<ResourceBindingSpec>
  readonly status: DeepReadonly<ResourceBindingStatus> | undefined
  /** Text of the annotation `policy.karmada.io/applied-placement`. */
  readonly appliedPlacement: string | undefined
  readonly terminating: (cluster: string) => boolean
}

export function triggerOf(input: TriggerInput): Trigger {
  const { spec, status } = input
  const strategy = spec.placement?.replicaScheduling
  if (placementChanged(input)) return 'placement'
  if (replicasChanged(spec)) return 'replicas'
  if (reschedulingRequested(spec, status)) return 'rescheduling'
  const duplicated = strategy === undefined || strategy.replicaSchedulingType === 'Duplicated'
  if (!isWorkload(spec) || duplicated) return 'always'
  if (spec.clusters?.some((target) => input.terminating(target.name)) === true) return 'terminating-cluster'
  return 'none'
}

/** Compared at whole seconds, as stored: equal times are not newer. */
export function reschedulingRequested(
  spec: DeepReadonly<ResourceBindingSpec>,
  status: DeepReadonly<ResourceBindingStatus> | undefined,
): boolean {
  const { rescheduleTriggeredAt } = spec
  const last = status?.lastScheduledTime
  if (!rescheduleTriggeredAt || !last) return false
  return Math.trunc(Date.parse(rescheduleTriggeredAt) / 1000) > Math.trunc(Date.parse(last) / 1000)
}

function replicasChanged(spec: DeepReadonly<ResourceBindingSpec>): boolean {
  const strategy = spec.placement?.replicaScheduling
  if (strategy === undefined) return false
  const clusters = spec.clusters ?? []
  const replicas = spec.replicas ?? 0
  if (strategy.replicaSchedulingType === 'Duplicated')
    return clusters.some((target) => (target.replicas ?? 0) !== replicas)
  return clusters.reduce((sum, target) => sum + (target.replicas ?? 0), 0) !== replicas
}

function placementChanged({ spec, status, appliedPlacement }: TriggerInput): boolean {
  if (appliedPlacement === undefined || appliedPlacement === '') return true
  const placement = spec.placement ?? {}
  const applied = parsePlacement(appliedPlacement)
  if (applied === undefined) return false
  const differs = (field: keyof Placement): boolean => !deepEqual(compact(placement[field]), compact(applied[field]))
  if ((['clusterAffinity', 'clusterTolerations', 'spreadConstraints', 'replicaScheduling'] as const).some(differs)) {
    return true
  }
  const terms = placement.clusterAffinities ?? []
  const appliedTerms = applied.clusterAffinities ?? []
  if (terms.length === 0 && appliedTerms.length === 0) return false
  const observed = status?.schedulerObservingAffinityName
  if (!observed) return true
  const now = terms.find((term) => term.affinityName === observed)
  const then = appliedTerms.find((term) => term.affinityName === observed)
  return now === undefined || then === undefined || !deepEqual(compact(now), compact(then))
}

function parsePlacement(text: string): DeepReadonly<Placement> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Placement) : undefined
  } catch {
    return undefined
  }
}

/** Empty lists and absent ones mean the same (T-56). An empty object does not: an empty selector selects everything. */
function compact(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(compact)
  if (typeof value !== 'object' || value === null) return value ?? undefined
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, compact(item)]))
}

/** The placement as it is recorded in the annotation: without empty lists, so that upstream reads it as unchanged. */
export function formatPlacement(placement: DeepReadonly<Placement> | undefined): string {
  return JSON.stringify(compact(placement ?? {}) as JsonValue)
}
