import { autoscalerToV1, autoscalerToV2 } from '@kairship/conversion'
import { deepClone } from '@kairship/apimachinery'
import type { KindRules, ObjectView } from '../../contracts.ts'
import type { FieldErrors } from '../../field-errors.ts'
import { at, child, ensure, type Fields, integer, items, type ReadonlyFields, setMissing, text } from '../../fields.ts'
import { validateSegment } from '../names.ts'
import { readQuantity } from '../quantities.ts'
import { validateMetric } from './metrics.ts'

const defaultMetric = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
}
const defaultBehavior = {
  scaleUp: {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [
      { type: 'Pods', value: 4, periodSeconds: 15 },
      { type: 'Percent', value: 100, periodSeconds: 15 },
    ],
  },
  scaleDown: { selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
}

export const autoscalerV2Rules: KindRules = {
  convertFrom: autoscalerToV2,
  prepareForCreate: (draft) => {
    draft['status'] = { desiredReplicas: 0 }
  },
  defaults: (draft) => {
    const spec = ensure(draft, 'spec')
    setMissing(spec, 'minReplicas', 1)
    if (items(spec, 'metrics').length === 0) spec['metrics'] = [deepClone(defaultMetric)]
    const behavior = child(spec, 'behavior')
    if (behavior === undefined) return
    for (const [side, rules] of Object.entries(defaultBehavior)) fill(ensure(behavior, side), rules)
  },
  validate: validateAutoscaler,
}

export const autoscalerV1Rules: KindRules = {
  convertFrom: autoscalerToV1,
  prepareForCreate: (draft) => {
    draft['status'] = { currentReplicas: 0, desiredReplicas: 0 }
  },
  // What to scale by when nothing is named is decided on the way to v2, which sees the annotations too.
  defaults: (draft) => setMissing(ensure(draft, 'spec'), 'minReplicas', 1),
  // What travels in annotations is held to the same rules, and errors name its place in v2.
  validate: (autoscaler, errors) => validateAutoscaler(autoscalerToV2(autoscaler), errors),
}

function fill(rules: Fields, defaults: ReadonlyFields): void {
  for (const [key, value] of Object.entries(defaults)) setMissing(rules, key, deepClone(value))
}

function validateAutoscaler(autoscaler: ObjectView, errors: FieldErrors): void {
  const spec = at(autoscaler, 'spec')
  const most = integer(spec, 'maxReplicas') ?? 0
  const least = integer(spec, 'minReplicas')
  if (least !== undefined && least < 1) {
    errors.invalid('spec.minReplicas', least, 'must be greater than or equal to 1')
  }
  if (most < 1) errors.invalid('spec.maxReplicas', most, 'must be greater than 0')
  if (least !== undefined && most < least) {
    errors.invalid('spec.maxReplicas', most, 'must be greater than or equal to `minReplicas`')
  }
  const target = at(spec, 'scaleTargetRef')
  for (const key of ['kind', 'name']) validateSegment(target, key, 'spec.scaleTargetRef', errors)
  for (const [index, metric] of items(spec, 'metrics').entries()) {
    validateMetric(metric, `spec.metrics[${index}]`, errors)
  }
  const behavior = at(spec, 'behavior')
  for (const side of ['scaleUp', 'scaleDown']) {
    const rules = child(behavior, side)
    if (rules !== undefined) validateRules(rules, `spec.behavior.${side}`, errors)
  }
}

const maxWindowSeconds = 3600
const maxPeriodSeconds = 1800

function validateRules(rules: ReadonlyFields, path: string, errors: FieldErrors): void {
  const window = integer(rules, 'stabilizationWindowSeconds')
  const windowField = `${path}.stabilizationWindowSeconds`
  if (window !== undefined && window < 0) {
    errors.invalid(windowField, window, 'must be greater than or equal to zero')
  }
  if (window !== undefined && window > maxWindowSeconds) {
    errors.invalid(windowField, window, `must be less than or equal to ${maxWindowSeconds}`)
  }
  errors.oneOf(`${path}.selectPolicy`, rules['selectPolicy'], ['Disabled', 'Max', 'Min'])
  const policies = items(rules, 'policies')
  if (policies.length === 0) errors.required(`${path}.policies`, 'must specify at least one Policy')
  for (const [index, policy] of policies.entries()) validatePolicy(policy, `${path}.policies[${index}]`, errors)
  const tolerance = rules['tolerance']
  if ((readQuantity(tolerance)?.nano ?? 0n) < 0n) {
    errors.invalid(`${path}.tolerance`, tolerance, 'must be greater than or equal to 0')
  }
}

function validatePolicy(policy: ReadonlyFields, path: string, errors: FieldErrors): void {
  const type = text(policy, 'type')
  if (type !== 'Pods' && type !== 'Percent') errors.notSupported(`${path}.type`, type, ['Percent', 'Pods'])
  for (const key of ['value', 'periodSeconds']) {
    const value = integer(policy, key) ?? 0
    if (value <= 0) errors.invalid(`${path}.${key}`, value, 'must be greater than zero')
    if (key === 'periodSeconds' && value > maxPeriodSeconds) {
      errors.invalid(`${path}.${key}`, value, `must be less than or equal to ${maxPeriodSeconds}`)
    }
  }
}
