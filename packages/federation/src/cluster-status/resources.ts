import { formatQuantity, parseQuantity } from '@kairship/apimachinery'
import type { DeepReadonly } from '@kairship/apimachinery'
import type { Node, Pod } from '@kairship/api/builtin'
import type { ClusterStatus, ResourceSummary } from '@kairship/api/karmada'
import { addAmounts, amounts, podRequests } from '@kairship/interpreter'
import type { Amounts } from '@kairship/interpreter'

export function nodeSummary(nodes: Iterable<DeepReadonly<Node>>): NonNullable<ClusterStatus['nodeSummary']> {
  let totalNum = 0
  let readyNum = 0
  for (const node of nodes) {
    totalNum++
    if (node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true) readyNum++
  }
  return { ...(totalNum === 0 ? {} : { totalNum }), ...(readyNum === 0 ? {} : { readyNum }) }
}

/** What all nodes offer, what pods on nodes take, and what pods without a node would take. */
export function resourceSummary(
  nodes: Iterable<DeepReadonly<Node>>,
  pods: Iterable<DeepReadonly<Pod>>,
): ResourceSummary {
  let allocatable: Amounts = new Map()
  let allocated: Amounts = new Map()
  let allocating: Amounts = new Map()
  for (const node of nodes) allocatable = addAmounts(allocatable, amounts(node.status?.allocatable))
  for (const pod of pods) {
    if (!pod.spec?.nodeName) allocating = addAmounts(allocating, requestsOf(pod))
    else if (pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed') {
      allocated = addAmounts(allocated, requestsOf(pod))
    }
  }
  return {
    ...format('allocatable', allocatable),
    ...format('allocating', allocating),
    ...format('allocated', allocated),
  }
}

const onePod: Amounts = new Map([['pods', parseQuantity('1')]])

function requestsOf(pod: DeepReadonly<Pod>): Amounts {
  return addAmounts(podRequests(pod.spec), onePod)
}

function format(field: keyof ResourceSummary, total: Amounts): Partial<ResourceSummary> {
  if (total.size === 0) return {}
  const sorted = [...total].toSorted(([left], [right]) => (left < right ? -1 : 1))
  return { [field]: Object.fromEntries(sorted.map(([name, amount]) => [name, formatQuantity(amount)])) }
}
