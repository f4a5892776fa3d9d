import { formatTime, withPath } from '@kairship/apimachinery'
import { at, fieldsAt, isFields, listAt, numberAt, omitEmpty, stringAt } from '../../fields.ts'
import type { Fields } from '../../fields.ts'
import type { Obj } from '../../interpretations.ts'
import { podDependencies } from '../pod-dependencies.ts'
import { podRequirements } from '../pod-requirements.ts'
import type { NativeRules } from '../rules.ts'
import { reported, sum, withStatus } from '../status.ts'
import type { StatusItem } from '../status.ts'
import { reviseField, withRequirements } from '../workload.ts'

export const job: NativeRules = {
  getReplicas: ({ object }) => {
    const parallelism = numberAt(object, 'spec', 'parallelism') ?? 0
    const completions = numberAt(object, 'spec', 'completions') ?? parallelism
    const requirements = podRequirements(at(object, 'spec', 'template', 'spec'))
    return withRequirements(Math.min(parallelism, completions), requirements)
  },
  reviseReplica: ({ object, replicas }) => reviseField(object, 'parallelism', replicas),
  retain: ({ desired, observed }) => {
    const matchLabels = fieldsAt(observed, 'spec', 'selector', 'matchLabels')
    const labels = fieldsAt(observed, 'spec', 'template', 'metadata', 'labels')
    const selected =
      matchLabels === undefined ? desired : withPath(desired, ['spec', 'selector', 'matchLabels'], matchLabels)
    return labels === undefined ? selected : withPath(selected, ['spec', 'template', 'metadata', 'labels'], labels)
  },
  reflectStatus: ({ object }) => {
    const status = fieldsAt(object, 'status')
    if (status === undefined) return undefined
    const { active, succeeded, failed, conditions, startTime, completionTime } = status
    return omitEmpty({ active, succeeded, failed, conditions, startTime, completionTime })
  },
  aggregateStatus: ({ object, items, now }) => aggregate(object, items, now),
  getDependencies: ({ object }) =>
    podDependencies(at(object, 'spec', 'template', 'spec'), object.metadata.namespace ?? ''),
}

/** `Complete` or `Failed`, whichever condition is true first. */
function finishedAs(status: unknown): string | undefined {
  const finished = listAt(status, 'conditions').find(
    (condition) =>
      stringAt(condition, 'status') === 'True' && ['Complete', 'Failed'].includes(stringAt(condition, 'type') ?? ''),
  )
  return stringAt(finished, 'type')
}

function metSuccessCriteria(status: Fields): boolean {
  return listAt(status, 'conditions').some(
    (condition) => stringAt(condition, 'type') === 'SuccessCriteriaMet' && stringAt(condition, 'status') === 'True',
  )
}

function aggregate(template: Obj, items: readonly StatusItem[], now: number): Obj {
  if (finishedAs(at(template, 'status')) !== undefined) return template
  const statuses = reported(items)
  const all = (field: string): string[] => statuses.flatMap((status) => stringAt(status, field) ?? [])
  const starts = all('startTime').toSorted()
  const completions = all('completionTime').toSorted()
  const complete = (times: readonly string[]): boolean => times.length === items.length
  return withStatus(
    template,
    omitEmpty({
      active: sum(statuses, 'active'),
      succeeded: sum(statuses, 'succeeded'),
      failed: sum(statuses, 'failed'),
      conditions: [...listAt(template, 'status', 'conditions'), ...conditions(items, statuses, formatTime(now))],
      startTime: stringAt(template, 'status', 'startTime') ?? (complete(starts) ? starts[0] : undefined),
      completionTime: complete(completions) ? completions.at(-1) : undefined,
    }),
  )
}

function conditions(items: readonly StatusItem[], statuses: readonly Fields[], time: string): Fields[] {
  const failed = items.filter((item) => finishedAs(item.status) === 'Failed').map((item) => item.clusterName)
  const succeeded = items.filter((item) => finishedAs(item.status) === 'Complete')
  const condition = (type: string, reason: string, message: string): Fields => ({
    type,
    status: 'True',
    lastProbeTime: time,
    lastTransitionTime: time,
    reason,
    message,
  })
  const found: Fields[] = []
  if (failed.length > 0) {
    found.push(condition('Failed', 'JobFailed', `Job executed failed in member clusters ${failed.join(',')}`))
  }
  if (items.length > 0 && succeeded.length === items.length) {
    found.push(condition('Complete', 'Completed', 'Job completed'))
    if (statuses.every(metSuccessCriteria)) {
      const message = 'All member clusters have met success criteria'
      found.push(condition('SuccessCriteriaMet', 'CompletionsReached', message))
    }
  }
  return found
}

export const cronJob: NativeRules = {
  aggregateStatus: ({ object, items }) => {
    const statuses = reported(items)
    const latest = (field: string): string | undefined =>
      statuses
        .flatMap((status) => stringAt(status, field) ?? [])
        .toSorted()
        .at(-1)
    const owned = omitEmpty({
      active: statuses.flatMap((status) => listAt(status, 'active')),
      lastScheduleTime: latest('lastScheduleTime'),
      lastSuccessfulTime: latest('lastSuccessfulTime'),
    })
    const current = fieldsAt(object, 'status') ?? {}
    const { active: _a, lastScheduleTime: _s, lastSuccessfulTime: _l, ...others } = current
    const status = { ...others, ...owned }
    return withStatus(object, status)
  },
  getDependencies: ({ object }) => {
    const template = at(object, 'spec', 'jobTemplate', 'spec', 'template', 'spec')
    return isFields(template) ? podDependencies(template, object.metadata.namespace ?? '') : []
  },
}
