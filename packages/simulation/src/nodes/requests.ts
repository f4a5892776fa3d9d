import type { PodSpec } from '@kairship/api/builtin'
import type { DeepReadonly } from '@kairship/apimachinery'
import { parseQuantity, quantityToMilli, quantityToNumber } from '@kairship/apimachinery'

/** What a pod reserves on a node. */
export interface Requests {
  readonly milliCpu: number
  readonly memory: number
}

/**
 * Containers run together, ordinary init containers before them one at a time: the pod needs the larger of the two, plus
 * overhead. Templates are shared by all pods made of them, so the result is kept per spec.
 */
export class RequestCalculator {
  readonly #known = new WeakMap<object, Requests>()

  of(spec: DeepReadonly<PodSpec>): Requests {
    // Pods of one template share its containers even when the spec around them is a new object.
    const known = this.#known.get(spec.containers)
    if (known !== undefined) return known
    const requests = calculate(spec)
    this.#known.set(spec.containers, requests)
    return requests
  }
}

function calculate(spec: DeepReadonly<PodSpec>): Requests {
  let milliCpu = 0
  let memory = 0
  for (const container of spec.containers) {
    const { requests } = container.resources ?? {}
    milliCpu += milli(requests?.['cpu'])
    memory += bytes(requests?.['memory'])
  }
  for (const container of spec.initContainers ?? []) {
    const { requests } = container.resources ?? {}
    milliCpu = Math.max(milliCpu, milli(requests?.['cpu']))
    memory = Math.max(memory, bytes(requests?.['memory']))
  }
  return { milliCpu: milliCpu + milli(spec.overhead?.['cpu']), memory: memory + bytes(spec.overhead?.['memory']) }
}

export function milli(quantity: string | undefined): number {
  return quantity === undefined ? 0 : quantityToMilli(parseQuantity(quantity))
}

export function bytes(quantity: string | undefined): number {
  return quantity === undefined ? 0 : quantityToNumber(parseQuantity(quantity))
}
