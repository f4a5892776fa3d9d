import type { Pod } from '@kairship/api/builtin'
import type { DeepReadonly } from '@kairship/apimachinery'
import { parseTime } from '@kairship/apimachinery'

export function isReady(pod: DeepReadonly<Pod>): boolean {
  return readyCondition(pod)?.status === 'True'
}

function readyCondition(pod: DeepReadonly<Pod>): { status: string; lastTransitionTime?: string } | undefined {
  return pod.status?.conditions?.find(({ type }) => type === 'Ready')
}

/** Milliseconds until a ready pod counts as available; 0 when it does, undefined while it is not ready. */
export function untilAvailable(pod: DeepReadonly<Pod>, minReadySeconds: number, now: number): number | undefined {
  const ready = readyCondition(pod)
  if (ready?.status !== 'True') return undefined
  if (minReadySeconds === 0) return 0
  const since = parseTime(ready.lastTransitionTime ?? '') ?? now
  return Math.max(0, since + minReadySeconds * 1000 - now)
}

export function isFinished(pod: DeepReadonly<Pod>): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
}

/** Counts for its controller: neither ended nor on its way out. */
export function isActive(pod: DeepReadonly<Pod>): boolean {
  return !isFinished(pod) && pod.metadata.deletionTimestamp === undefined
}
