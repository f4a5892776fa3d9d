import { formatTime } from '@kairship/apimachinery'
import type { Condition, DeepReadonly } from '@kairship/apimachinery'

export type Fact = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

/**
 * The conditions with this one in place. The same list when it says so already; the time moves only when the status does.
 */
export function withCondition(
  conditions: readonly DeepReadonly<Condition>[],
  fact: Fact,
  now: number,
): readonly DeepReadonly<Condition>[] {
  const current = conditions.find(({ type }) => type === fact.type)
  if (current?.status === fact.status && current.reason === fact.reason && current.message === fact.message) {
    return conditions
  }
  const kept = current?.status === fact.status ? current.lastTransitionTime : undefined
  const condition: Condition = { ...fact, lastTransitionTime: kept ?? formatTime(now) }
  return current === undefined
    ? [...conditions, condition]
    : conditions.map((other) => (other === current ? condition : other))
}
