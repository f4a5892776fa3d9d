import { parseQuantity } from '@kairship/apimachinery'
import type { DeepReadonly } from '@kairship/apimachinery'
import type { ReplicaRequirements } from '@kairship/api/karmada'
import { MAX_INT32 } from '../candidates.ts'
import type { ClusterView, ReplicaEstimator } from '../cycle.ts'

type Amounts = DeepReadonly<{ [resource: string]: string }>

/** Counts with what the member has told about its nodes and pods; always on. */
export const resourceSummaryEstimator: ReplicaEstimator = {
  name: 'ResourceSummary',
  estimate: (cycle, candidates) =>
    candidates.map((cluster) => availableReplicas(cluster, cycle.binding.replicaRequirements)),
}

/** How many more replicas fit: bounded by pod slots and by every resource a replica asks for. */
function availableReplicas(cluster: ClusterView, requirements: DeepReadonly<ReplicaRequirements> | undefined): number {
  const summary = cluster.status?.resourceSummary
  if (summary === undefined) return 0
  const free = (resource: string): bigint =>
    nano(summary.allocatable, resource) - nano(summary.allocated, resource) - nano(summary.allocating, resource)
  const pods = Number(free('pods') / 1_000_000_000n)
  if (pods <= 0) return 0
  let replicas = pods
  for (const [resource, amount] of Object.entries(requirements?.resourceRequest ?? {})) {
    const request = parseQuantity(String(amount)).nano
    if (request <= 0n) continue
    const available = free(resource)
    if (available <= 0n) return 0
    replicas = Math.min(replicas, Number(available / request))
  }
  return Math.min(replicas, MAX_INT32)
}

function nano(amounts: Amounts | undefined, resource: string): bigint {
  const text = amounts?.[resource]
  return text === undefined ? 0n : parseQuantity(String(text)).nano
}
