import type { Cluster } from '@kairship/api/karmada'
import type { DeepReadonly } from '@kairship/apimachinery'
import { type Cell, age } from './table.ts'

export const memberHeaders: readonly string[] = [
  'instance',
  'name',
  'ready',
  'provider',
  'region',
  'zones',
  'version',
  'nodes',
  'age',
]

export function memberRow(instance: string, cluster: DeepReadonly<Cluster>, now: number): readonly Cell[] {
  const { metadata, spec, status } = cluster
  const nodes = status?.nodeSummary
  return [
    instance,
    metadata.name,
    readiness(cluster),
    spec.provider,
    spec.region,
    spec.zones?.join(','),
    status?.kubernetesVersion,
    nodes === undefined ? undefined : `${nodes.readyNum ?? 0}/${nodes.totalNum ?? 0}`,
    age(metadata.creationTimestamp, now),
  ]
}

/** `True`, or why not. */
export function readiness(cluster: DeepReadonly<Cluster>): string {
  if (cluster.metadata.deletionTimestamp !== undefined) return 'Leaving'
  const ready = cluster.status?.conditions?.find((condition) => condition.type === 'Ready')
  if (ready === undefined) return 'Unknown'
  return ready.status === 'True' ? 'True' : `${ready.status} (${ready.reason ?? 'no reason'})`
}
