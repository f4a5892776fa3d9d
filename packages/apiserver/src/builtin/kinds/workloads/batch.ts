import { deepEqual } from '@kairship/apimachinery'
import type { KindRules, ObjectView } from '../../contracts.ts'
import type { FieldErrors } from '../../field-errors.ts'
import {
  at,
  child,
  ensure,
  type Fields,
  integer,
  isEmpty,
  type ReadonlyFields,
  setDefault,
  setMissing,
  text,
} from '../../fields.ts'
import { nonNegative } from './apps.ts'
import { defaultTemplate } from './pod-defaults.ts'
import { validatePodSpec } from './pod-validation.ts'

const view = (object: ObjectView | Fields): ReadonlyFields => object

function defaultJobSpec(spec: Fields): void {
  if (spec['completions'] === undefined && spec['parallelism'] === undefined) {
    spec['completions'] = 1
    spec['parallelism'] = 1
  }
  setMissing(spec, 'parallelism', 1)
  setMissing(spec, 'backoffLimit', spec['backoffLimitPerIndex'] === undefined ? 6 : 2147483647)
  setMissing(spec, 'suspend', false)
  setDefault(spec, 'completionMode', 'NonIndexed')
  setDefault(spec, 'podReplacementPolicy', spec['podFailurePolicy'] === undefined ? 'TerminatingOrFailed' : 'Failed')
  defaultTemplate(spec)
}

function validateJobSpec(spec: ReadonlyFields, path: string, errors: FieldErrors): void {
  const template = at(spec, 'template')
  validatePodSpec(at(template, 'spec'), `${path}.template.spec`, errors)
  const policy = text(at(template, 'spec'), 'restartPolicy')
  if (policy === 'Always') errors.required(`${path}.template.spec.restartPolicy`, 'valid values: "OnFailure", "Never"')
  errors.oneOf(`${path}.completionMode`, text(spec, 'completionMode'), ['Indexed', 'NonIndexed'])
  if (spec['completionMode'] === 'Indexed' && integer(spec, 'completions') === undefined)
    errors.required(`${path}.completions`, 'when completion mode is Indexed')
}

const uidLabels = ['batch.kubernetes.io/controller-uid', 'controller-uid'] as const
const nameLabels = ['batch.kubernetes.io/job-name', 'job-name'] as const

/** Unless the author manages the selector, it is the Job's own uid. */
function generateSelector(draft: Fields & { metadata: { uid?: string; name?: string } }): void {
  const spec = ensure(draft, 'spec')
  if (spec['manualSelector'] === true) return
  const { uid = '', name = '' } = draft.metadata
  const labels = ensure(ensure(ensure(spec, 'template'), 'metadata'), 'labels')
  for (const key of uidLabels) labels[key] = uid
  for (const key of nameLabels) labels[key] = name
  const selector = ensure(spec, 'selector')
  const matchLabels = ensure(selector, 'matchLabels')
  matchLabels[uidLabels[0]] = uid
}

export const jobRules: KindRules = {
  defaults(draft) {
    defaultJobSpec(ensure(draft, 'spec'))
  },
  prepareForCreate(draft) {
    generateSelector(draft)
  },
  validate(object, errors) {
    nonNegative(
      object,
      ['parallelism', 'completions', 'backoffLimit', 'activeDeadlineSeconds', 'ttlSecondsAfterFinished'],
      errors,
    )
    validateJobSpec(at(view(object), 'spec'), 'spec', errors)
  },
  validateUpdate(object, old, errors) {
    const now = at(view(object), 'spec')
    const before = at(view(old), 'spec')
    for (const key of [
      'completions',
      'selector',
      'completionMode',
      'podFailurePolicy',
      'backoffLimitPerIndex',
      'managedBy',
    ]) {
      if (key === 'completions' && before['completionMode'] === 'Indexed') continue
      if (!deepEqual(now[key], before[key])) errors.invalid(`spec.${key}`, now[key] ?? null, 'field is immutable')
    }
    // A suspended Job that never started may still get new scheduling hints and resources.
    const started = isEmpty(text(at(view(old), 'status'), 'startTime')) === false
    if (!(before['suspend'] === true && !started) && !deepEqual(now['template'], before['template']))
      errors.invalid('spec.template', now['template'], 'field is immutable')
  },
  defaultPropagation: 'Orphan',
}

const cronFields: readonly (readonly [number, number, readonly string[]])[] = [
  [0, 59, []],
  [0, 23, []],
  [1, 31, []],
  [1, 12, ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']],
  [0, 6, ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']],
]

/** Why a cron schedule is wrong; '' when it is right. Five fields, or one of the `@` words. */
export function scheduleProblem(schedule: string): string {
  if (/^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/.test(schedule)) return ''
  if (/^@every \S+$/.test(schedule)) return ''
  const fields = schedule.trim().split(/\s+/)
  if (fields.length !== 5) return `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`
  for (const [index, [low, high, words]] of cronFields.entries()) {
    const field = fields[index] ?? ''
    for (const part of field.split(',')) {
      const match = /^(\*|\?|[a-z0-9]+)(?:-([a-z0-9]+))?(?:\/(\d+))?$/i.exec(part)
      if (match === null) return `failed to parse ${part}`
      for (const bound of [match[1], match[2]]) {
        if (bound === undefined || bound === '*' || bound === '?') continue
        const value = /^\d+$/.test(bound) ? Number(bound) : words.indexOf(bound.toLowerCase()) + low
        const known = /^\d+$/.test(bound) || words.includes(bound.toLowerCase())
        if (!known) return `failed to parse int from ${bound}`
        if (value < low) return `beginning of range (${value}) below minimum (${low}): ${part}`
        if (value > high) return `end of range (${value}) above maximum (${high}): ${part}`
      }
      if (match[3] === '0') return `step of range should be a positive number: ${part}`
    }
  }
  return ''
}

export const cronJobRules: KindRules = {
  name: (name) => (name.length > 52 ? ['must be no more than 52 characters'] : []),
  defaults(draft) {
    const spec = ensure(draft, 'spec')
    setDefault(spec, 'concurrencyPolicy', 'Allow')
    setMissing(spec, 'suspend', false)
    setMissing(spec, 'successfulJobsHistoryLimit', 3)
    setMissing(spec, 'failedJobsHistoryLimit', 1)
    const template = child(spec, 'jobTemplate')
    const job = template === undefined ? undefined : child(template, 'spec')
    // Counts are left to the Jobs that are made; only the pod template is defaulted here.
    if (job !== undefined) defaultTemplate(job)
  },
  validate(object, errors) {
    const spec = at(view(object), 'spec')
    const schedule = text(spec, 'schedule')
    if (schedule === '') errors.required('spec.schedule')
    else {
      const problem = scheduleProblem(schedule)
      if (problem !== '') errors.invalid('spec.schedule', schedule, problem)
    }
    errors.oneOf('spec.concurrencyPolicy', text(spec, 'concurrencyPolicy'), ['Allow', 'Forbid', 'Replace'])
    nonNegative(object, ['startingDeadlineSeconds', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit'], errors)
    const zone = spec['timeZone']
    if (typeof zone === 'string' && !isTimeZone(zone))
      errors.invalid('spec.timeZone', zone, `unknown time zone ${zone}`)
    validateJobSpec(at(at(spec, 'jobTemplate'), 'spec'), 'spec.jobTemplate.spec', errors)
  },
}

function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
