import { matchesCluster, propertiesOf } from '../cluster-match.ts'
import { fits, isTarget, nameOf, rejected } from '../cycle.ts'
import type { FilterPlugin } from '../cycle.ts'
import { formatTaint, untoleratedTaint } from '../taints.ts'

/** The member serves the template's kind. Clusters that hold the template already keep it. */
export const apiEnablement: FilterPlugin = {
  name: 'APIEnablement',
  filter(cycle, cluster) {
    if (isTarget(cycle, cluster)) return fits
    const { apiVersion, kind } = cycle.binding.resource
    const enabled = cluster.status?.apiEnablements?.some(
      (group) => group.groupVersion === apiVersion && group.resources?.some((resource) => resource.kind === kind),
    )
    return enabled === true ? fits : rejected('cluster(s) did not have the API resource')
  },
}

/** No taint that keeps new work away, unless tolerated. Clusters that hold the template already keep it. */
export const taintToleration: FilterPlugin = {
  name: 'TaintToleration',
  filter(cycle, cluster) {
    if (isTarget(cycle, cluster)) return fits
    const taint = untoleratedTaint(cluster.spec.taints, cycle.placement.clusterTolerations)
    return taint === undefined ? fits : rejected(`cluster(s) had untolerated taint {${formatTaint(taint)}}`)
  },
}

export const clusterAffinity: FilterPlugin = {
  name: 'ClusterAffinity',
  filter(cycle, cluster) {
    return cycle.affinities.length === 0 || cycle.affinities.some((affinity) => matchesCluster(cluster, affinity))
      ? fits
      : rejected('cluster(s) did not match the placement cluster affinity constraint')
  },
}

/** A cluster can only be spread by a property that it has. */
export const spreadConstraint: FilterPlugin = {
  name: 'SpreadConstraint',
  filter(cycle, cluster) {
    const missing = cycle.placement.spreadConstraints?.find(
      ({ spreadByField: field }) =>
        (field === 'provider' || field === 'region' || field === 'zone') && propertiesOf(cluster, field).length === 0,
    )
    return missing === undefined ? fits : rejected(`cluster(s) did not have ${missing.spreadByField} property`)
  },
}

/** Never back to a cluster that the template is being evicted from. */
export const clusterEviction: FilterPlugin = {
  name: 'ClusterEviction',
  filter(cycle, cluster) {
    const evicting = cycle.binding.gracefulEvictionTasks?.some((task) => task.fromCluster === nameOf(cluster)) === true
    return evicting ? rejected('cluster(s) is in the process of eviction') : fits
  },
}
