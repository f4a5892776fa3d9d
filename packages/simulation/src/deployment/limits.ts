import type { Deployment } from '@kairship/api/builtin'
import type { DeepReadonly } from '@kairship/apimachinery'

/** How many pods more or fewer than wanted a rollout may have. */
export interface Limits {
  readonly maxSurge: number
  readonly maxUnavailable: number
}

export function limitsOf(deployment: DeepReadonly<Deployment>): Limits {
  const replicas = deployment.spec?.replicas ?? 1
  if (deployment.spec?.strategy?.type === 'Recreate' || replicas === 0) return { maxSurge: 0, maxUnavailable: 0 }
  const { rollingUpdate } = deployment.spec?.strategy ?? {}
  const maxSurge = resolve(rollingUpdate?.maxSurge ?? '25%', replicas, Math.ceil)
  const maxUnavailable = resolve(rollingUpdate?.maxUnavailable ?? '25%', replicas, Math.floor)
  // Both zero would never move.
  if (maxSurge === 0 && maxUnavailable === 0) return { maxSurge: 0, maxUnavailable: 1 }
  return { maxSurge, maxUnavailable: Math.min(maxUnavailable, replicas) }
}

/** A number, or a percentage of `total`. */
export function resolve(value: number | string, total: number, round: (value: number) => number): number {
  if (typeof value === 'number') return value
  const percent = /^(\d+)%$/.exec(value)?.[1]
  return percent === undefined ? 0 : round((Number(percent) * total) / 100)
}
