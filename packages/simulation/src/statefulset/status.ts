import type { Pod, StatefulSet, StatefulSetStatus } from '@kairship/api/builtin'
import type { DeepReadonly } from '@kairship/apimachinery'
import { untilAvailable } from '../pods/facts.ts'
import { revisionLabel } from '../world/revision.ts'

export function ordinalOf(pod: DeepReadonly<Pod>): number {
  const name = pod.metadata.name ?? ''
  const ordinal = Number(name.slice(name.lastIndexOf('-') + 1))
  return Number.isInteger(ordinal) ? ordinal : -1
}

export function statefulSetStatus(
  set: DeepReadonly<StatefulSet>,
  pods: readonly DeepReadonly<Pod>[],
  revision: string,
  now: number,
): { readonly status: DeepReadonly<StatefulSetStatus>; readonly againMs: number | undefined } {
  const before = set.status
  const known = before?.currentRevision
  let ready = 0
  let available = 0
  let current = 0
  let updated = 0
  let againMs: number | undefined
  for (const pod of pods) {
    const alive = pod.metadata.deletionTimestamp === undefined
    const made = pod.metadata.labels?.[revisionLabel]
    if (alive && made === revision) updated++
    if (alive && made === (known ?? revision)) current++
    const wait = untilAvailable(pod, set.spec?.minReadySeconds ?? 0, now)
    if (wait === undefined) continue
    ready++
    if (wait === 0) available++
    else againMs = Math.min(againMs ?? wait, wait)
  }
  const wanted = set.spec?.replicas ?? 1
  // The update is over when every pod has the new template: it becomes the current one.
  const complete = updated === wanted && pods.length === wanted && ready === wanted
  const currentRevision = known === undefined || complete ? revision : known
  const currentReplicas = complete ? updated : current
  return {
    againMs,
    status: {
      observedGeneration: set.metadata.generation ?? 0,
      replicas: pods.length,
      ...(ready > 0 ? { readyReplicas: ready } : {}),
      ...(currentReplicas > 0 ? { currentReplicas } : {}),
      ...(updated > 0 ? { updatedReplicas: updated } : {}),
      currentRevision,
      updateRevision: revision,
      collisionCount: 0,
      availableReplicas: available,
      ...(before?.conditions === undefined ? {} : { conditions: before.conditions }),
    },
  }
}
