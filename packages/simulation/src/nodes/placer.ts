import type { Node, Pod, PodSpec, Taint, Toleration } from '@kairship/api/builtin'
import type { DeepReadonly } from '@kairship/apimachinery'
import { objectKey } from '@kairship/apimachinery'
import type { Requests } from './requests.ts'
import { bytes, milli, RequestCalculator } from './requests.ts'

interface Place {
  node: DeepReadonly<Node>
  milliCpu: number
  memory: number
  pods: number
  usedMilliCpu: number
  usedMemory: number
  usedPods: number
}

/** Why no node took a pod, in the scheduler's words. */
export interface Unplaceable {
  readonly message: string
}

/**
 * The scheduler's bookkeeping: which node has how much left. A reservation made by `place` holds until the pod is seen
 * through the watch, which confirms it, or until it is released.
 */
export class Placer {
  readonly #places = new Map<string, Place>()
  readonly #taken = new Map<string, { readonly node: string; readonly requests: Requests }>()
  readonly #requests = new RequestCalculator()
  readonly #freed = new Set<() => void>()

  /** The listener hears that capacity became free, so that pods that wait can be tried again. */
  onFreed(listener: () => void): Disposable {
    this.#freed.add(listener)
    return { [Symbol.dispose]: () => void this.#freed.delete(listener) }
  }

  has(node: string): boolean {
    return this.#places.has(node)
  }

  observeNode(node: DeepReadonly<Node>): void {
    const name = node.metadata.name ?? ''
    const allocatable = node.status?.allocatable ?? {}
    const known = this.#places.get(name)
    const place: Place = known ?? {
      node,
      milliCpu: 0,
      memory: 0,
      pods: 0,
      usedMilliCpu: 0,
      usedMemory: 0,
      usedPods: 0,
    }
    place.node = node
    place.milliCpu = milli(allocatable['cpu'])
    place.memory = bytes(allocatable['memory'])
    place.pods = bytes(allocatable['pods'])
    if (known === undefined) {
      this.#places.set(name, place)
      // Pods that were seen before their node.
      for (const taken of this.#taken.values()) if (taken.node === name) use(place, taken.requests, 1)
    }
    this.#tellFreed()
  }

  forgetNode(node: DeepReadonly<Node>): void {
    this.#places.delete(node.metadata.name ?? '')
  }

  /** Counts a pod that exists; one that ended takes nothing. */
  observePod(pod: DeepReadonly<Pod>): void {
    const key = objectKey(pod)
    const node = pod.spec?.nodeName
    const phase = pod.status?.phase
    if (node === undefined || pod.spec === undefined) return
    if (phase === 'Succeeded' || phase === 'Failed') return this.release(key)
    const taken = this.#taken.get(key)
    if (taken?.node === node) return
    if (taken !== undefined) this.release(key)
    this.#take(key, node, this.#requests.of(pod.spec))
  }

  /** Reserves room for a pod on the emptiest node that takes it. */
  place(key: string, spec: DeepReadonly<PodSpec>): string | Unplaceable {
    const requests = this.#requests.of(spec)
    let best: Place | undefined
    let bestScore = -1
    const reasons = new Map<string, number>()
    for (const place of this.#places.values()) {
      const reason = refusal(place, spec, requests)
      if (reason !== undefined) {
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
        continue
      }
      const score = freeShare(place, requests)
      if (score > bestScore) {
        best = place
        bestScore = score
      }
    }
    const name = best?.node.metadata.name
    if (name === undefined) return { message: explain(this.#places.size, reasons) }
    this.release(key)
    this.#take(key, name, requests)
    return name
  }

  release(key: string): void {
    const taken = this.#taken.get(key)
    if (taken === undefined) return
    this.#taken.delete(key)
    const place = this.#places.get(taken.node)
    if (place !== undefined) use(place, taken.requests, -1)
    this.#tellFreed()
  }

  #take(key: string, node: string, requests: Requests): void {
    this.#taken.set(key, { node, requests })
    const place = this.#places.get(node)
    if (place !== undefined) use(place, requests, 1)
  }

  #tellFreed(): void {
    for (const listener of this.#freed) listener()
  }
}

function use(place: Place, requests: Requests, sign: 1 | -1): void {
  place.usedMilliCpu += sign * requests.milliCpu
  place.usedMemory += sign * requests.memory
  place.usedPods += sign
}

function freeShare(place: Place, requests: Requests): number {
  const cpu = 1 - (place.usedMilliCpu + requests.milliCpu) / Math.max(1, place.milliCpu)
  const memory = 1 - (place.usedMemory + requests.memory) / Math.max(1, place.memory)
  const pods = 1 - (place.usedPods + 1) / Math.max(1, place.pods)
  return (cpu + memory + pods) / 3
}

function refusal(place: Place, spec: DeepReadonly<PodSpec>, requests: Requests): string | undefined {
  const reason = nodeRefusal(place.node, spec)
  if (reason !== undefined) return reason
  if (place.usedPods + 1 > place.pods) return 'Too many pods'
  if (place.usedMilliCpu + requests.milliCpu > place.milliCpu) return 'Insufficient cpu'
  if (place.usedMemory + requests.memory > place.memory) return 'Insufficient memory'
  return undefined
}

/** Why a node does not take a pod of this spec, whatever its load. */
export function nodeRefusal(node: DeepReadonly<Node>, spec: DeepReadonly<PodSpec>): string | undefined {
  const tolerated = (taint: DeepReadonly<Taint>): boolean =>
    spec.tolerations?.some((toleration) => tolerates(toleration, taint)) ?? false
  if (node.spec?.unschedulable === true) {
    const cordoned = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' as const }
    if (!tolerated(cordoned)) return 'node(s) were unschedulable'
  }
  for (const taint of node.spec?.taints ?? []) {
    if (taint.effect === 'PreferNoSchedule' || tolerated(taint)) continue
    return 'node(s) had untolerated taint(s)'
  }
  for (const [key, value] of Object.entries(spec.nodeSelector ?? {})) {
    if (node.metadata.labels?.[key] !== value) return "node(s) didn't match Pod's node affinity/selector"
  }
  return undefined
}

function tolerates(toleration: DeepReadonly<Toleration>, taint: DeepReadonly<Taint>): boolean {
  if (toleration.effect !== undefined && toleration.effect !== taint.effect) return false
  if (toleration.key === undefined || toleration.key === '') return toleration.operator === 'Exists'
  if (toleration.key !== taint.key) return false
  return toleration.operator === 'Exists' || (toleration.value ?? '') === (taint.value ?? '')
}

function explain(nodes: number, reasons: ReadonlyMap<string, number>): string {
  if (nodes === 0) return 'no nodes available to schedule pods'
  const parts = [...reasons].map(([reason, count]) => `${count} ${reason}`).toSorted()
  return `0/${nodes} nodes are available: ${parts.join(', ')}.`
}
