import { eventToCoreV1, eventToEventsV1 } from '@kairship/conversion'
import { deepEqual, validateQualifiedName } from '@kairship/apimachinery'
import type { KindRules, ObjectView } from '../../contracts.ts'
import type { FieldErrors } from '../../field-errors.ts'
import { at, child, integer, setDefault, text } from '../../fields.ts'
import { validateImmutable } from '../immutable.ts'

// One stored object under two groups. Errors name the fields of core/v1 whichever group the client speaks, as upstream.

export const coreEventRules: KindRules = {
  convertFrom: eventToCoreV1,
  defaults: (draft) => {
    setDefault(draft, 'source', {})
    setDefault(draft, 'reportingComponent', text(at(draft, 'source'), 'component'))
  },
  validate: (event, errors) => validateEvent(event, 'reportingComponent', errors),
}

export const eventsEventRules: KindRules = {
  convertFrom: eventToEventsV1,
  validate: (event, errors) => validateEvent(eventToCoreV1(event), 'reportingController', errors),
  validateCreate: (event, errors) => {
    const core = eventToCoreV1(event)
    validateSeries(core, errors)
    if (text(core, 'eventTime') === '') errors.required('eventTime')
    const type = text(core, 'type')
    if (type !== 'Normal' && type !== 'Warning') errors.invalid('type', '', `has invalid value: ${type}`)
    const unset = { firstTimestamp: text(core, 'firstTimestamp'), lastTimestamp: text(core, 'lastTimestamp') }
    for (const [field, value] of Object.entries(unset)) {
      if (value !== '') errors.invalid(field, '', 'needs to be unset')
    }
    if ((integer(core, 'count') ?? 0) !== 0) errors.invalid('count', '', 'needs to be unset')
    const source = at(core, 'source')
    if (text(source, 'component') !== '' || text(source, 'host') !== '') {
      errors.invalid('source', '', 'needs to be unset')
    }
  },
  validateUpdate: (event, old, errors) => {
    const now = eventToCoreV1(event)
    const before = eventToCoreV1(old)
    if (!deepEqual(now['series'], before['series'])) validateSeries(now, errors)
    for (const field of immutable) validateImmutable(now[field], before[field], field, errors)
  },
}

/** Through events.k8s.io only the series may change. */
const immutable: readonly string[] = [
  'involvedObject',
  'reason',
  'message',
  'source',
  'firstTimestamp',
  'lastTimestamp',
  'count',
  'type',
  'eventTime',
  'action',
  'related',
  'reportingComponent',
  'reportingInstance',
]

/** The rules that hold in both groups; those with an `eventTime` are stricter. */
function validateEvent(event: ObjectView, reporter: string, errors: FieldErrors): void {
  const { namespace = '' } = event.metadata
  const about = text(at(event, 'involvedObject'), 'namespace')
  if (text(event, 'eventTime') === '') {
    // Events about cluster-scoped objects live in `default`.
    if (about === '' ? namespace !== '' && namespace !== 'default' : about !== namespace) {
      errors.invalid('involvedObject.namespace', about, 'does not match event.namespace')
    }
    return
  }
  if (about === '' && namespace !== 'default' && namespace !== 'kube-system') {
    errors.invalid('involvedObject.namespace', about, 'does not match event.namespace')
  }
  const controller = text(event, 'reportingComponent')
  if (controller === '') errors.required(reporter)
  for (const problem of validateQualifiedName(controller)) errors.invalid(reporter, controller, problem)
  for (const field of ['reportingInstance', 'action', 'reason']) {
    const value = text(event, field)
    if (value === '') errors.required(field)
    if (value.length > 128) errors.invalid(field, '', 'can have at most 128 characters')
  }
  if (text(event, 'message').length > 1024) errors.invalid('message', '', 'can have at most 1024 characters')
}

function validateSeries(event: ObjectView, errors: FieldErrors): void {
  const series = child(event, 'series')
  if (series === undefined) return
  if ((integer(series, 'count') ?? 0) < 2) errors.invalid('series.count', '', 'should be at least 2')
  if (text(series, 'lastObservedTime') === '') errors.required('series.lastObservedTime')
}
