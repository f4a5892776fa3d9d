import type { Deployment, ReplicaSet } from '@kairship/api/builtin'
import type { DeepReadonly } from '@kairship/apimachinery'
import { limitsOf } from './limits.ts'

/** How many replicas each ReplicaSet should have next, by name; only those that change. */
export type Scaling = ReadonlyMap<string, number>

const nothing: Scaling = new Map()

/** One step of a rollout towards the current template. */
export function nextStep(
  deployment: DeepReadonly<Deployment>,
  current: DeepReadonly<ReplicaSet>,
  old: readonly DeepReadonly<ReplicaSet>[],
): Scaling {
  const scaled = scaledTogether(deployment, current, old)
  if (scaled !== undefined) return scaled
  if (deployment.spec?.paused === true) return nothing
  return deployment.spec?.strategy?.type === 'Recreate'
    ? recreate(deployment, current, old)
    : rollingUpdate(deployment, current, old)
}

/** What the ReplicaSet of a new template begins with. */
export function initialReplicas(
  deployment: DeepReadonly<Deployment>,
  old: readonly DeepReadonly<ReplicaSet>[],
): number {
  const wanted = deployment.spec?.replicas ?? 1
  if (deployment.spec?.strategy?.type === 'Recreate') return old.some(hasPods) ? 0 : wanted
  return Math.max(0, Math.min(wanted, wanted + limitsOf(deployment).maxSurge - sum(old, replicasOf)))
}

function recreate(
  deployment: DeepReadonly<Deployment>,
  current: DeepReadonly<ReplicaSet>,
  old: readonly DeepReadonly<ReplicaSet>[],
): Scaling {
  const active = old.filter((set) => replicasOf(set) > 0)
  if (active.length > 0) return new Map(active.map((set) => [nameOf(set), 0]))
  if (old.some(hasPods)) return nothing
  return scaleTo(current, deployment.spec?.replicas ?? 1)
}

function rollingUpdate(
  deployment: DeepReadonly<Deployment>,
  current: DeepReadonly<ReplicaSet>,
  old: readonly DeepReadonly<ReplicaSet>[],
): Scaling {
  const wanted = deployment.spec?.replicas ?? 1
  const { maxSurge, maxUnavailable } = limitsOf(deployment)
  const size = replicasOf(current)
  const total = size + sum(old, replicasOf)
  if (size > wanted) return scaleTo(current, wanted)
  const up = Math.min(wanted + maxSurge - total, wanted - size)
  if (up > 0) return scaleTo(current, size + up)

  const active = old.filter((set) => replicasOf(set) > 0).toSorted(byAge)
  if (active.length === 0) return nothing
  const minAvailable = wanted - maxUnavailable
  let removable = total - minAvailable - (size - availableOf(current))
  if (removable <= 0) return nothing
  const next = new Map<string, number>()
  // Pods that are not available first: nobody misses them.
  for (const set of active) {
    const unhealthy = Math.min(removable, replicasOf(set) - availableOf(set))
    if (unhealthy <= 0) continue
    next.set(nameOf(set), replicasOf(set) - unhealthy)
    removable -= unhealthy
  }
  let spare = availableOf(current) + sum(active, availableOf) - minAvailable
  for (const set of active) {
    const left = next.get(nameOf(set)) ?? replicasOf(set)
    const down = Math.min(left, Math.max(0, spare))
    if (down <= 0) continue
    next.set(nameOf(set), left - down)
    spare -= down
  }
  return next
}

/**
 * The number of replicas changed while several ReplicaSets have some: all grow or shrink in proportion, so that scaling
 * does not speed a rollout up. Undefined when this is not what happened.
 */
function scaledTogether(
  deployment: DeepReadonly<Deployment>,
  current: DeepReadonly<ReplicaSet>,
  old: readonly DeepReadonly<ReplicaSet>[],
): Scaling | undefined {
  const wanted = deployment.spec?.replicas ?? 1
  const active = [current, ...old].filter((set) => replicasOf(set) > 0)
  const seen = active.some((set) => {
    const before = set.metadata.annotations?.[desiredAnnotation]
    return before !== undefined && Number(before) !== wanted
  })
  if (!seen) return undefined
  const [only] = active
  if (active.length === 1 && only !== undefined) {
    // During a rollout the old one has its surge still to give back; the ordinary step does that.
    return only === current || deployment.spec?.paused === true ? scaleTo(only, wanted) : undefined
  }
  if (deployment.spec?.strategy?.type === 'Recreate') return undefined
  const total = sum(active, replicasOf)
  const allowed = wanted === 0 ? 0 : wanted + limitsOf(deployment).maxSurge
  let left = allowed - total
  if (left === 0) return undefined
  const next = new Map<string, number>()
  const largest = active.toSorted((a, b) => replicasOf(b) - replicasOf(a) || byAge(a, b))
  for (const set of largest) {
    const share =
      left > 0
        ? Math.ceil((replicasOf(set) * (allowed - total)) / total)
        : Math.floor((replicasOf(set) * (allowed - total)) / total)
    const change = left > 0 ? Math.min(share, left) : Math.max(share, left)
    left -= change
    next.set(nameOf(set), Math.max(0, replicasOf(set) + change))
  }
  return next
}

export const desiredAnnotation = 'deployment.kubernetes.io/desired-replicas'
export const maxAnnotation = 'deployment.kubernetes.io/max-replicas'

function scaleTo(set: DeepReadonly<ReplicaSet>, replicas: number): Scaling {
  return replicasOf(set) === replicas ? nothing : new Map([[nameOf(set), replicas]])
}

export function replicasOf(set: DeepReadonly<ReplicaSet>): number {
  return set.spec?.replicas ?? 1
}

export function availableOf(set: DeepReadonly<ReplicaSet>): number {
  return set.status?.availableReplicas ?? 0
}

export function nameOf(set: DeepReadonly<ReplicaSet>): string {
  return set.metadata.name ?? ''
}

function hasPods(set: DeepReadonly<ReplicaSet>): boolean {
  return (set.status?.replicas ?? 0) > 0 || replicasOf(set) > 0
}

export function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}

function byAge(a: DeepReadonly<ReplicaSet>, b: DeepReadonly<ReplicaSet>): number {
  const [left, right] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '']
  return left < right ? -1 : left > right ? 1 : nameOf(a) < nameOf(b) ? -1 : 1
}
