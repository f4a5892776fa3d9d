import { formatApiVersion } from '@kairship/apimachinery'
import { ClusterConditions, ClusterReasons } from '@kairship/api/karmada'
import type { APIEnablement } from '@kairship/api/karmada'
import type { Discovery } from '@kairship/client'
import type { Fact } from '../engine/conditions.ts'

/** Every API that the member serves, sorted. */
export function enablementsOf(discovery: Discovery): readonly APIEnablement[] {
  const found: APIEnablement[] = []
  for (const group of discovery.groups) {
    for (const { version, resources } of group.versions) {
      found.push({
        groupVersion: formatApiVersion(group.name, version),
        resources: resources
          .map(({ resource, kind }) => ({ name: resource, kind }))
          .toSorted((left, right) => compare(left.name, right.name)),
      })
    }
  }
  return found.toSorted((left, right) => compare(left.groupVersion, right.groupVersion))
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}

/** A partial list replaces the complete one, as upstream; targets that are in use are not moved by it (T-53). */
export function enablementFact(discovery: Discovery | undefined, enablements: readonly APIEnablement[]): Fact {
  const type = ClusterConditions.completeAPIEnablements
  if (enablements.length === 0) {
    const message = 'might be collected from an invalid or unreachable cluster'
    return { type, status: 'False', reason: ClusterReasons.enablementsEmpty, message }
  }
  if (discovery !== undefined && discovery.failures.length > 0) {
    const groups = discovery.failures.map(({ groupVersion }) => groupVersion).join(', ')
    const message = `might be lacking some APIs: discovery failed for ${groups}`
    return { type, status: 'False', reason: ClusterReasons.enablementsPartial, message }
  }
  return { type, status: 'True', reason: ClusterReasons.enablementsComplete, message: 'collected complete APIs' }
}
