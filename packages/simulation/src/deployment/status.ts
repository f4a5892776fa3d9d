import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from '@kairship/api/builtin'
import type { DeepReadonly } from '@kairship/apimachinery'
import { parseTime } from '@kairship/apimachinery'
import { limitsOf } from './limits.ts'
import { availableOf, nameOf, replicasOf, sum } from './rollout.ts'

export interface StatusFacts {
  readonly deployment: DeepReadonly<Deployment>
  readonly current: DeepReadonly<ReplicaSet> | undefined
  readonly old: readonly DeepReadonly<ReplicaSet>[]
  readonly collisions: number
  readonly time: string
}

/** The largest value: a deployment that asked for it has no deadline. */
const noDeadline = 2_147_483_647

export function deploymentStatus(facts: StatusFacts): DeepReadonly<DeploymentStatus> {
  const { deployment, current, old, collisions } = facts
  const all = current === undefined ? old : [current, ...old]
  const counts = {
    replicas: sum(all, (set) => set.status?.replicas ?? 0),
    updatedReplicas: current?.status?.replicas ?? 0,
    readyReplicas: sum(all, (set) => set.status?.readyReplicas ?? 0),
    availableReplicas: sum(all, availableOf),
    unavailableReplicas: Math.max(0, sum(all, replicasOf) - sum(all, availableOf)),
  }
  const present = Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0))
  return {
    observedGeneration: deployment.metadata.generation ?? 0,
    ...present,
    ...(collisions > 0 ? { collisionCount: collisions } : {}),
    conditions: conditions(facts, counts),
  }
}

interface Counts {
  readonly replicas: number
  readonly updatedReplicas: number
  readonly readyReplicas: number
  readonly availableReplicas: number
}

/** Everything runs the current template and is available. */
export function isComplete(deployment: DeepReadonly<Deployment>, counts: Counts): boolean {
  const wanted = deployment.spec?.replicas ?? 1
  return counts.updatedReplicas === wanted && counts.replicas === wanted && counts.availableReplicas === wanted
}

/** Milliseconds until the rollout has taken too long; undefined when there is nothing to wait for. */
export function untilDeadline(deployment: DeepReadonly<Deployment>, now: number): number | undefined {
  const seconds = deployment.spec?.progressDeadlineSeconds ?? noDeadline
  const progressing = deployment.status?.conditions?.find(({ type }) => type === 'Progressing')
  if (seconds >= noDeadline || progressing === undefined || deployment.spec?.paused === true) return undefined
  if (progressing.reason === 'NewReplicaSetAvailable' || progressing.reason === 'ProgressDeadlineExceeded')
    return undefined
  const since = parseTime(progressing.lastUpdateTime ?? '')
  return since === undefined ? undefined : Math.max(0, since + seconds * 1000 - now)
}

function conditions(facts: StatusFacts, counts: Counts): DeepReadonly<DeploymentCondition>[] {
  const { deployment, current, time } = facts
  const known = deployment.status?.conditions ?? []
  const minimum = (deployment.spec?.replicas ?? 1) - limitsOf(deployment).maxUnavailable
  const available =
    counts.availableReplicas >= minimum
      ? condition('Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.')
      : condition('Available', 'False', 'MinimumReplicasUnavailable', 'Deployment does not have minimum availability.')
  const failure = current?.status?.conditions?.find(({ type }) => type === 'ReplicaFailure')
  return [
    ...put(known, available, time),
    ...progress(facts, counts),
    ...(failure === undefined
      ? []
      : put(known, condition('ReplicaFailure', failure.status, failure.reason ?? '', failure.message ?? ''), time)),
  ]
}

function progress(facts: StatusFacts, counts: Counts): DeepReadonly<DeploymentCondition>[] {
  const { deployment, current, time } = facts
  const known = deployment.status?.conditions ?? []
  const before = known.find(({ type }) => type === 'Progressing')
  if ((deployment.spec?.progressDeadlineSeconds ?? noDeadline) >= noDeadline) return []
  if (deployment.spec?.paused === true) {
    return put(known, condition('Progressing', 'Unknown', 'DeploymentPaused', 'Deployment is paused'), time)
  }
  const name = current === undefined ? '' : nameOf(current)
  if (current !== undefined && isComplete(deployment, counts)) {
    const text = `ReplicaSet "${name}" has successfully progressed.`
    return put(known, condition('Progressing', 'True', 'NewReplicaSetAvailable', text), time)
  }
  if (before === undefined && current !== undefined) {
    const text = `Created new replica set "${name}"`
    return put(known, condition('Progressing', 'True', 'NewReplicaSetCreated', text), time)
  }
  if (before?.reason === 'DeploymentPaused') {
    return put(known, condition('Progressing', 'Unknown', 'DeploymentResumed', 'Deployment is resumed'), time)
  }
  if (hasProgressed(deployment, counts)) {
    const text = `ReplicaSet "${name}" is progressing.`
    const updated = condition('Progressing', 'True', 'ReplicaSetUpdated', text)
    return [{ ...updated, lastUpdateTime: time, lastTransitionTime: transition(before, updated.status, time) }]
  }
  const left = untilDeadline(deployment, parseTime(time) ?? 0)
  if (left === 0) {
    const text = `ReplicaSet "${name}" has timed out progressing.`
    return put(known, condition('Progressing', 'False', 'ProgressDeadlineExceeded', text), time)
  }
  return before === undefined ? [] : [before]
}

function hasProgressed(deployment: DeepReadonly<Deployment>, counts: Counts): boolean {
  const { status = {}, metadata } = deployment
  if (status.observedGeneration !== metadata.generation) return true
  const oldPods = (of: { replicas?: number; updatedReplicas?: number }): number =>
    (of.replicas ?? 0) - (of.updatedReplicas ?? 0)
  return (
    counts.updatedReplicas > (status.updatedReplicas ?? 0) ||
    oldPods(counts) < oldPods(status) ||
    counts.readyReplicas > (status.readyReplicas ?? 0) ||
    counts.availableReplicas > (status.availableReplicas ?? 0)
  )
}

function condition(type: string, status: string, reason: string, message: string): DeploymentCondition {
  return { type, status, reason, message }
}

/** The condition with its times: unchanged when it says nothing new. */
function put(
  known: readonly DeepReadonly<DeploymentCondition>[],
  fresh: DeploymentCondition,
  time: string,
): DeepReadonly<DeploymentCondition>[] {
  const before = known.find(({ type }) => type === fresh.type)
  if (before !== undefined && before.status === fresh.status && before.reason === fresh.reason) {
    return [before.message === fresh.message ? before : { ...before, message: fresh.message ?? '' }]
  }
  return [{ ...fresh, lastUpdateTime: time, lastTransitionTime: transition(before, fresh.status, time) }]
}

function transition(before: DeepReadonly<DeploymentCondition> | undefined, status: string, time: string): string {
  return before?.status === status ? (before.lastTransitionTime ?? time) : time
}
