import { labelSelectorMatcher } from '@kairship/apimachinery'
import type { DeepReadonly } from '@kairship/apimachinery'
import type { Cluster, ClusterAffinity } from '@kairship/api/karmada'

/**
 * Whether a `ClusterAffinity` chooses this cluster; the one meaning wherever a policy names clusters. `exclude` wins;
 * then every part that is given must hold. An empty affinity chooses every cluster.
 */
export function matchesCluster(cluster: DeepReadonly<Cluster>, affinity: DeepReadonly<ClusterAffinity>): boolean {
  const name = cluster.metadata.name ?? ''
  if (affinity.exclude?.includes(name) === true) return false
  const { labelSelector } = affinity
  if (labelSelector && !labelSelectorMatcher(labelSelector).matches(cluster.metadata.labels)) return false
  if (affinity.fieldSelector !== undefined && !matchesFields(cluster, affinity.fieldSelector)) return false
  const names = affinity.clusterNames ?? []
  return names.length === 0 || names.includes(name)
}

type FieldSelector = NonNullable<DeepReadonly<ClusterAffinity>['fieldSelector']>

/** Provider and region are like labels that exist only when they are set; a cluster has any number of zones. */
function matchesFields(cluster: DeepReadonly<Cluster>, selector: FieldSelector): boolean {
  return (selector.matchExpressions ?? []).every(({ key, operator, values }) => {
    const own = propertiesOf(cluster, key)
    const overlaps = own.some((value) => values?.includes(value) === true)
    return operator === 'In' ? overlaps : operator === 'NotIn' && !overlaps
  })
}

/** A cluster's values of a field that policies can select or spread by. */
export function propertiesOf(cluster: DeepReadonly<Cluster>, field: string): readonly string[] {
  const { provider, region, zone, zones } = cluster.spec
  const present = (value: string | undefined): readonly string[] => (value ? [value] : [])
  switch (field) {
    case 'cluster':
      return present(cluster.metadata.name)
    case 'provider':
      return present(provider)
    case 'region':
      return present(region)
    case 'zone':
      return zones !== undefined && zones.length > 0 ? zones : present(zone)
    default:
      return []
  }
}
