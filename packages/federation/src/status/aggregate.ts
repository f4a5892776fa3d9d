import type { DeepReadonly } from '@kairship/apimachinery'
import { BindingConditions, BindingReasons, WorkConditions } from '@kairship/api/karmada'
import type { AggregatedStatusItem, Work } from '@kairship/api/karmada'
import type { Fact } from '../engine/conditions.ts'
import { clusterOfExecutionNamespace } from '../names/names.ts'

type Item = DeepReadonly<AggregatedStatusItem>

/** One item for each Work that is not going away, by cluster name. What is not applied has no status (T-49). */
export function aggregate(works: Iterable<DeepReadonly<Work>>): readonly Item[] {
  const items: Item[] = []
  for (const work of works) {
    if (work.metadata.deletionTimestamp !== undefined) continue
    const clusterName = clusterOfExecutionNamespace(work.metadata.namespace)
    if (clusterName !== undefined) items.push(itemOf(clusterName, work))
  }
  return items.toSorted((left, right) => (left.clusterName < right.clusterName ? -1 : 1))
}

function itemOf(clusterName: string, { status }: DeepReadonly<Work>): Item {
  const applied = status?.conditions?.find(({ type }) => type === WorkConditions.applied)
  if (applied?.status !== 'True') {
    return { clusterName, ...(applied?.message ? { appliedMessage: applied.message } : {}), health: 'Unknown' }
  }
  const [reported] = status?.manifestStatuses ?? []
  return {
    clusterName,
    ...(reported?.status === undefined ? {} : { status: reported.status }),
    applied: true,
    health: reported?.health ?? 'Unknown',
  }
}

/** True when exactly the expected clusters have applied their copy. */
export function fullyApplied(items: readonly Item[], expected: ReadonlySet<string>): Fact {
  const complete =
    expected.size > 0 &&
    expected.size === items.length &&
    items.every(({ clusterName, applied }) => applied === true && expected.has(clusterName))
  return complete
    ? {
        type: BindingConditions.fullyApplied,
        status: 'True',
        reason: BindingReasons.fullyAppliedSuccess,
        message: 'All works have been successfully applied',
      }
    : {
        type: BindingConditions.fullyApplied,
        status: 'False',
        reason: BindingReasons.fullyAppliedFailed,
        message: 'Failed to apply all works, see status.aggregatedStatus for details',
      }
}
