import type { DeepReadonly } from '@kairship/apimachinery'
import type { ResourceBinding } from '@kairship/api/karmada'
import { matchesCluster } from '../core/cluster-match.ts'
import type { ClusterView } from '../core/cycle.ts'

/** Of either scope: both kinds have the same fields. */
export type Binding = DeepReadonly<ResourceBinding>

const marks = [
  'propagationpolicy.karmada.io/permanent-id',
  'clusterpropagationpolicy.karmada.io/permanent-id',
  'binding.karmada.io/managed-by',
]

/** Bindings of this scheduler that a policy or a controller stands behind; dependencies ride along with others (T-21). */
export function isResponsible(binding: Binding, schedulerName: string): boolean {
  if ((binding.spec.schedulerName || 'default-scheduler') !== schedulerName) return false
  if (binding.spec.suspension?.scheduling === true) return false
  return marks.some((label) => Boolean(binding.metadata.labels?.[label]))
}

/** Whether a change of a cluster, in its old or new form, can change where this binding goes. */
export function concerns(binding: Binding, clusters: readonly ClusterView[]): boolean {
  const { placement } = binding.spec
  const terms = placement?.clusterAffinities ?? []
  if (terms.length > 0) {
    if (binding.status?.schedulerObservedGeneration !== binding.metadata.generation) return true
    const observed = binding.status?.schedulerObservingAffinityName
    // Overflow affinities are not consulted (T-59).
    const term = terms.find((candidate) => candidate.affinityName === observed)
    return term === undefined || clusters.some((cluster) => matchesCluster(cluster, term))
  }
  const affinity = placement?.clusterAffinity
  return affinity === undefined || clusters.some((cluster) => matchesCluster(cluster, affinity))
}
