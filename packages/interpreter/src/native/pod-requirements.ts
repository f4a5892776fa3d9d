import { formatQuantity } from '@kairship/apimachinery'
import type { ReplicaRequirements } from '@kairship/api/karmada'
import { fieldsAt, listAt } from '../fields.ts'
import { podRequests } from './pod-requests.ts'

/** What one replica needs: resources, and where it may run. Nothing when it asks for neither. */
export function podRequirements(podSpec: unknown): ReplicaRequirements | undefined {
  const requests = podRequests(podSpec)
  const nodeSelector = fieldsAt(podSpec, 'nodeSelector')
  const tolerations = listAt(podSpec, 'tolerations')
  const affinity = ['affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution'] as const
  const hardNodeAffinity = fieldsAt(podSpec, ...affinity)
  const claim = {
    ...(hardNodeAffinity === undefined ? {} : { hardNodeAffinity }),
    ...(nodeSelector === undefined || Object.keys(nodeSelector).length === 0 ? {} : { nodeSelector }),
    ...(tolerations.length === 0 ? {} : { tolerations: [...tolerations] }),
  }
  const claimed = Object.keys(claim).length > 0
  if (requests.size === 0 && !claimed) return undefined
  const resourceRequest = Object.fromEntries([...requests].map(([name, amount]) => [name, formatQuantity(amount)]))
  return parseRequirements({
    ...(claimed ? { nodeClaim: claim } : {}),
    ...(requests.size === 0 ? {} : { resourceRequest }),
  })
}

// The parts come from a pod spec that an API server has validated; they are passed on as they are.
function parseRequirements(value: unknown): ReplicaRequirements {
  return value as ReplicaRequirements
}
