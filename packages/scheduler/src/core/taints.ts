import type { DeepReadonly } from '@kairship/apimachinery'
import type { Taint, Toleration } from '@kairship/api/builtin'

/** Whether a toleration covers a taint: effect and key match (empty matches all), and the operator holds. */
export function tolerates(toleration: DeepReadonly<Toleration>, taint: DeepReadonly<Taint>): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false
  if (toleration.key && toleration.key !== taint.key) return false
  if (toleration.operator === 'Exists') return true
  if (toleration.operator !== undefined && toleration.operator !== 'Equal') return false
  // Without a key only `Exists` matches every taint.
  return Boolean(toleration.key) && (toleration.value ?? '') === (taint.value ?? '')
}

/** The first taint that keeps new work away and is not tolerated. `PreferNoSchedule` does not count. */
export function untoleratedTaint(
  taints: readonly DeepReadonly<Taint>[] | undefined,
  tolerations: readonly DeepReadonly<Toleration>[] | undefined,
): DeepReadonly<Taint> | undefined {
  return taints?.find(
    (taint) =>
      (taint.effect === 'NoSchedule' || taint.effect === 'NoExecute') &&
      tolerations?.some((toleration) => tolerates(toleration, taint)) !== true,
  )
}

/** `key=value:Effect`, without `=value` when there is none. */
export function formatTaint(taint: DeepReadonly<Taint>): string {
  return `${taint.key}${taint.value ? `=${taint.value}` : ''}:${taint.effect}`
}
