import { formatTime } from '@kairship/apimachinery'
import type { DeepReadonly } from '@kairship/apimachinery'
import type { Taint } from '@kairship/api/builtin'
import { ClusterConditions, Taints } from '@kairship/api/karmada'
import type { Cluster } from '@kairship/api/karmada'

/**
 * The taints that a cluster's readiness asks for: `not-ready` while Ready is False or missing, `unreachable` while it is
 * Unknown, none while it is True. Others are left alone. The same list when nothing changes.
 */
export function taintsFor(cluster: DeepReadonly<Cluster>, now: number): readonly DeepReadonly<Taint>[] {
  const current = cluster.spec.taints ?? []
  const ready = cluster.status?.conditions?.find(({ type }) => type === ClusterConditions.ready)?.status
  const wanted = ready === 'True' ? undefined : ready === 'Unknown' ? Taints.unreachable : Taints.notReady
  const isHealth = ({ key, effect }: DeepReadonly<Taint>): boolean =>
    (key === Taints.notReady || key === Taints.unreachable) && effect === 'NoSchedule'
  const kept = current.filter((taint) => !isHealth(taint) || taint.key === wanted)
  const present = kept.some((taint) => isHealth(taint))
  if (wanted === undefined || present) return kept.length === current.length ? current : kept
  return [...kept, { key: wanted, effect: 'NoSchedule', timeAdded: formatTime(now) }]
}
