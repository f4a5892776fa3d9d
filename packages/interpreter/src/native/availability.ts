import { formatTime } from '@kairship/apimachinery'
import { at, fieldsAt, listAt, numberAt, stringAt } from '../fields.ts'
import type { Fields, Json } from '../fields.ts'
import type { Interpretations, Obj } from '../interpretations.ts'
import { withStatus } from './status.ts'

interface Copy {
  readonly desired: number
  readonly status: Fields
}

/**
 * `Available` and `Progressing` of a template, judged per member as each member's own controller does: `kubectl wait`,
 * Flux and others look at nothing else. Upstream has no conditions on templates.
 */
export function withAvailability(
  template: Obj,
  { items, targets, now }: Pick<Interpretations['aggregateStatus']['in'], 'items' | 'targets' | 'now'>,
): Obj {
  if (targets === undefined) return template
  const replicas = numberAt(template, 'spec', 'replicas') ?? 1
  const copies = targets.map(
    ({ name, replicas: desired = replicas }): Copy => ({
      desired,
      status: fieldsAt(items.find(({ clusterName }) => clusterName === name)?.status) ?? {},
    }),
  )
  const count = ({ status }: Copy, field: string): number => numberAt(status, field) ?? 0
  const placed = copies.length > 0 || replicas === 0
  const available =
    placed &&
    copies.every((copy) => count(copy, 'availableReplicas') >= copy.desired - maxUnavailable(template, copy.desired))
  const observed = numberAt(template, 'status', 'observedGeneration') === template.metadata.generation
  const complete =
    placed &&
    observed &&
    copies.every((copy) =>
      ['replicas', 'updatedReplicas', 'availableReplicas'].every((field) => count(copy, field) === copy.desired),
    )
  const time = formatTime(now)
  const conditions = [
    available
      ? condition('Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.')
      : condition('Available', 'False', 'MinimumReplicasUnavailable', whyUnavailable(placed)),
    complete
      ? condition('Progressing', 'True', 'NewReplicaSetAvailable', 'Every member runs the latest version.')
      : condition('Progressing', 'True', 'ReplicaSetUpdated', 'Members are moving to the latest version.'),
  ]
  const known = listAt(template, 'status', 'conditions')
  const others = known.filter((entry) => !conditions.some(({ type }) => type === stringAt(entry, 'type')))
  return withStatus(template, {
    ...fieldsAt(template, 'status'),
    conditions: [...others, ...conditions.map((fact) => timed(fact, known, time))],
  })
}

interface Fact {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
}

function condition(type: string, status: string, reason: string, message: string): Fact {
  return { type, status, reason, message }
}

function whyUnavailable(placed: boolean): string {
  return placed ? 'Deployment does not have minimum availability.' : 'Deployment is placed on no member.'
}

/** The times of the same statement stay. */
function timed(fact: Fact, known: readonly Json[], time: string): Fields {
  const before = known.find((entry) => stringAt(entry, 'type') === fact.type)
  const same = (field: 'status' | 'reason' | 'message'): boolean => stringAt(before, field) === fact[field]
  const kept = (field: string): string | undefined => stringAt(before, field)
  return {
    ...fact,
    lastUpdateTime: (same('status') && same('reason') && same('message') ? kept('lastUpdateTime') : undefined) ?? time,
    lastTransitionTime: (same('status') ? kept('lastTransitionTime') : undefined) ?? time,
  }
}

/** How many of `replicas` may be missing, as a member's controller computes it. */
function maxUnavailable(template: Obj, replicas: number): number {
  const strategy = at(template, 'spec', 'strategy')
  if (replicas === 0 || stringAt(strategy, 'type') === 'Recreate') return 0
  const surge = share(at(strategy, 'rollingUpdate', 'maxSurge') ?? '25%', replicas, Math.ceil)
  const missing = share(at(strategy, 'rollingUpdate', 'maxUnavailable') ?? '25%', replicas, Math.floor)
  return Math.min(replicas, surge === 0 && missing === 0 ? 1 : missing)
}

function share(value: Json, replicas: number, round: (value: number) => number): number {
  if (typeof value === 'number') return value
  const percent = typeof value === 'string' ? /^(\d+)%$/.exec(value)?.[1] : undefined
  return percent === undefined ? 0 : round((Number(percent) * replicas) / 100)
}
