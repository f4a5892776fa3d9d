import { formatTime } from '@kairship/apimachinery'
import { fieldsAt, isFields, listAt, numberAt, stringAt } from '../fields.ts'
import type { Fields } from '../fields.ts'
import type { Obj } from '../interpretations.ts'
import { withStatus } from './status.ts'
import type { StatusItem } from './status.ts'

/**
 * A Deployment template with the condition `Available`, so that `kubectl wait --for=condition=Available` works on it as on
 * a single cluster: True once every member has its minimum of available pods. Upstream aggregates no conditions.
 */
export function withAvailability(template: Obj, items: readonly StatusItem[], now: number): Obj {
  const status = fieldsAt(template, 'status') ?? {}
  if (items.length === 0 && status['conditions'] === undefined) return template
  const available = items.length > 0 && items.every((item) => isAvailable(template, item))
  const fact = available
    ? { status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' }
    : {
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      }
  const conditions = listAt(template, 'status', 'conditions')
  const current = conditions.filter(isFields).find((condition) => condition['type'] === 'Available')
  if (current?.['status'] === fact.status) return template
  const time = formatTime(now)
  const condition: Fields = { type: 'Available', ...fact, lastUpdateTime: time, lastTransitionTime: time }
  const others = conditions.filter((other) => other !== current)
  return withStatus(template, { ...status, conditions: [...others, condition] })
}

function isAvailable(template: Obj, { status, health }: StatusItem): boolean {
  if (health === 'Healthy') return true
  if (!isFields(status)) return false
  const replicas = numberAt(status, 'replicas') ?? 0
  const available = numberAt(status, 'availableReplicas') ?? 0
  return replicas > 0 && available >= replicas - maxUnavailable(template, replicas)
}

/** Of a rolling update, in pods; percentages round down. Any other strategy allows none. */
function maxUnavailable(template: Obj, replicas: number): number {
  const path = ['spec', 'strategy', 'rollingUpdate', 'maxUnavailable'] as const
  const count = numberAt(template, ...path)
  if (count !== undefined) return count
  const percent = /^(\d+)%$/.exec(stringAt(template, ...path) ?? '')?.[1]
  return percent === undefined ? 0 : Math.floor((replicas * Number(percent)) / 100)
}
