import type { Deployment, ReplicaSet } from '@kairship/api/builtin'
import type { DeepReadonly } from '@kairship/apimachinery'
import { limitsOf } from './limits.ts'
import { desiredAnnotation, maxAnnotation, replicasOf } from './rollout.ts'

export const revisionAnnotation = 'deployment.kubernetes.io/revision'
const historyAnnotation = 'deployment.kubernetes.io/revision-history'
type Annotations = { readonly [key: string]: string }

export function revisionOf(object: DeepReadonly<{ metadata: { annotations?: { [key: string]: string } } }>): number {
  const revision = Number(object.metadata.annotations?.[revisionAnnotation])
  return Number.isInteger(revision) ? revision : 0
}

export function nextRevision(old: readonly DeepReadonly<ReplicaSet>[]): number {
  return Math.max(0, ...old.map(revisionOf)) + 1
}

/** What a deployment hands down to its ReplicaSets. */
export function inherited(deployment: DeepReadonly<Deployment>): Annotations {
  return Object.fromEntries(
    Object.entries(deployment.metadata.annotations ?? {}).filter(
      ([key]) =>
        key !== 'kubectl.kubernetes.io/last-applied-configuration' &&
        !key.startsWith('deployment.kubernetes.io/') &&
        key !== 'deprecated.deployment.rollback.to',
    ),
  )
}

/** The annotations of the ReplicaSet of the current template. A template that comes back gets a new revision. */
export function currentAnnotations(
  deployment: DeepReadonly<Deployment>,
  current: DeepReadonly<ReplicaSet> | undefined,
  old: readonly DeepReadonly<ReplicaSet>[],
): Annotations {
  const known = current?.metadata.annotations ?? {}
  const had = current === undefined ? 0 : revisionOf(current)
  const revision = Math.max(nextRevision(old), had)
  const history = had > 0 && had !== revision ? [...(known[historyAnnotation]?.split(',') ?? []), String(had)] : []
  return {
    ...known,
    ...inherited(deployment),
    ...scaleAnnotations(deployment),
    [revisionAnnotation]: String(revision),
    ...(history.length > 0 ? { [historyAnnotation]: history.join(',') } : {}),
  }
}

export function scaleAnnotations(deployment: DeepReadonly<Deployment>): Annotations {
  const wanted = deployment.spec?.replicas ?? 1
  return { [desiredAnnotation]: String(wanted), [maxAnnotation]: String(wanted + limitsOf(deployment).maxSurge) }
}

/** Old ReplicaSets beyond the history that is kept, oldest first. */
export function surplus(
  deployment: DeepReadonly<Deployment>,
  old: readonly DeepReadonly<ReplicaSet>[],
): readonly DeepReadonly<ReplicaSet>[] {
  const keep = deployment.spec?.revisionHistoryLimit ?? 10
  const idle = old.filter(
    (set) => replicasOf(set) === 0 && (set.status?.replicas ?? 0) === 0 && set.metadata.deletionTimestamp === undefined,
  )
  return idle.toSorted((a, b) => revisionOf(a) - revisionOf(b)).slice(0, Math.max(0, old.length - keep))
}
