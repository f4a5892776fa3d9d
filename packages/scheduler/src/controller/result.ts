import { deepEqual } from '@kairship/apimachinery'
import type { Condition, DeepReadonly, JsonObject } from '@kairship/apimachinery'
import type { ResourceBindingStatus, TargetCluster } from '@kairship/api/karmada'
import type { Outcome, PlacementDecision } from '../core/index.ts'
import { formatPlacement } from '../core/index.ts'
import type { Trigger } from '../core/index.ts'
import type { Binding } from './responsible.ts'

export const APPLIED_PLACEMENT = 'policy.karmada.io/applied-placement'

/** The change of spec and annotation that an outcome asks for; `undefined` when everything is in place. */
export function specPatch(binding: Binding, outcome: Outcome): JsonObject | undefined {
  const clusters = targetsAfter(binding, outcome)
  if (clusters === undefined) return undefined
  const applied = formatPlacement(binding.spec.placement)
  const same =
    deepEqual(clusters, binding.spec.clusters ?? []) && binding.metadata.annotations?.[APPLIED_PLACEMENT] === applied
  if (same) return undefined
  return {
    // The decision holds for this version only; so the generation that follows is the one that was decided about.
    metadata: {
      resourceVersion: binding.metadata.resourceVersion ?? '',
      annotations: { [APPLIED_PLACEMENT]: applied },
    },
    spec: { clusters: clusters.length === 0 ? null : clusters.map((target) => toMutable(target)) },
  }
}

function toMutable({ name, replicas, components }: DeepReadonly<TargetCluster>): JsonObject {
  return {
    name,
    ...(replicas === undefined ? {} : { replicas }),
    ...(components === undefined ? {} : { components: components.map((component) => ({ ...component })) }),
  }
}

/** Nothing fits: the previous targets go (T-24). Any other failure keeps them. */
function targetsAfter(binding: Binding, outcome: Outcome): readonly DeepReadonly<TargetCluster>[] | undefined {
  switch (outcome.kind) {
    case 'scheduled': {
      const previous = binding.spec.clusters ?? []
      // The same set in another order is the same result.
      return sameTargets(previous, outcome.clusters) ? previous : outcome.clusters
    }
    case 'no-fit':
      return []
    case 'unschedulable':
    case 'failed':
      return undefined
  }
}

function sameTargets(
  left: readonly DeepReadonly<TargetCluster>[],
  right: readonly DeepReadonly<TargetCluster>[],
): boolean {
  const byName = (targets: readonly DeepReadonly<TargetCluster>[]): readonly DeepReadonly<TargetCluster>[] =>
    targets.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return deepEqual(byName(left), byName(right))
}

/** The status after a decision; `undefined` when the binding says so already. `time` is RFC 3339. */
export function statusPatch(
  binding: Binding,
  decision: PlacementDecision,
  trigger: Trigger,
  time: string,
): JsonObject | undefined {
  const before: DeepReadonly<ResourceBindingStatus> = binding.status ?? {}
  const conditions = withScheduled(before.conditions ?? [], conditionOf(decision.outcome), time)
  const scheduled = decision.outcome.kind === 'scheduled'
  const { generation } = binding.metadata
  const behind = scheduled && before.schedulerObservedGeneration !== generation
  const moved = decision.affinityName !== undefined && before.schedulerObservingAffinityName !== decision.affinityName
  if (conditions === before.conditions && !behind && !moved && trigger !== 'rescheduling') return undefined
  return {
    metadata: { resourceVersion: binding.metadata.resourceVersion ?? '' },
    status: {
      conditions: conditions.map((condition) => ({ ...condition })),
      ...(scheduled ? { schedulerObservedGeneration: generation ?? 0, lastScheduledTime: time } : {}),
      ...(decision.affinityName === undefined ? {} : { schedulerObservingAffinityName: decision.affinityName }),
    },
  }
}

type Fact = Pick<Condition, 'status' | 'reason' | 'message'>

function conditionOf(outcome: Outcome): Fact {
  switch (outcome.kind) {
    case 'scheduled':
      return { status: 'True', reason: 'Success', message: 'Binding has been scheduled successfully.' }
    case 'no-fit':
      return { status: 'False', reason: 'NoClusterFit', message: outcome.message }
    case 'unschedulable':
      return { status: 'False', reason: 'Unschedulable', message: outcome.message }
    case 'failed':
      return { status: 'False', reason: 'SchedulerError', message: outcome.message }
  }
}

/** The same list when the condition says this already. The time moves only with the status. */
function withScheduled(
  conditions: readonly DeepReadonly<Condition>[],
  fact: Fact,
  time: string,
): readonly DeepReadonly<Condition>[] {
  const current = conditions.find((condition) => condition.type === 'Scheduled')
  if (current?.status === fact.status && current.reason === fact.reason && current.message === fact.message) {
    return conditions
  }
  const lastTransitionTime = current?.status === fact.status ? (current.lastTransitionTime ?? time) : time
  const scheduled: Condition = { type: 'Scheduled', ...fact, lastTransitionTime }
  return current === undefined
    ? [...conditions, scheduled]
    : conditions.map((condition) => (condition === current ? scheduled : condition))
}
