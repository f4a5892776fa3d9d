import { addQuantities, compareQuantities, parseQuantity } from '@kairship/apimachinery'
import type { Quantity } from '@kairship/apimachinery'
import { at, fieldsAt, listAt } from '../fields.ts'

/** Amounts by resource name. */
export type Amounts = ReadonlyMap<string, Quantity>

/**
 * What a pod reserves on a node: its containers together, or one init container when that is more, plus overhead.
 * A container without a request counts with its limit. Init containers that keep running count with the containers.
 */
export function podRequests(podSpec: unknown): Amounts {
  const sidecars = listAt(podSpec, 'initContainers').filter((container) => at(container, 'restartPolicy') === 'Always')
  const running = [...listAt(podSpec, 'containers'), ...sidecars].map(containerRequests).reduce(addAmounts, new Map())
  const peak = listAt(podSpec, 'initContainers').map(containerRequests).reduce(largerAmounts, running)
  return addAmounts(peak, amounts(at(podSpec, 'overhead')))
}

function containerRequests(container: unknown): Amounts {
  const limits = amounts(at(container, 'resources', 'limits'))
  const requests = amounts(at(container, 'resources', 'requests'))
  return limits.size === 0 ? requests : new Map([...limits, ...requests])
}

/** A ResourceList; what is no quantity is left out. */
export function amounts(list: unknown): Amounts {
  const found = new Map<string, Quantity>()
  for (const [name, text] of Object.entries(fieldsAt({ list }, 'list') ?? {})) {
    if (typeof text !== 'string' && typeof text !== 'number') continue
    try {
      found.set(name, parseQuantity(text))
    } catch {
      // Refused by every API server; nothing sensible to count.
    }
  }
  return found
}

export function addAmounts(left: Amounts, right: Amounts): Amounts {
  if (left.size === 0) return right
  if (right.size === 0) return left
  const sum = new Map(left)
  for (const [name, quantity] of right) {
    const current = sum.get(name)
    sum.set(name, current === undefined ? quantity : addQuantities(current, quantity))
  }
  return sum
}

function largerAmounts(left: Amounts, right: Amounts): Amounts {
  const larger = new Map(left)
  for (const [name, quantity] of right) {
    const current = larger.get(name)
    if (current === undefined || compareQuantities(quantity, current) > 0) larger.set(name, quantity)
  }
  return larger
}
