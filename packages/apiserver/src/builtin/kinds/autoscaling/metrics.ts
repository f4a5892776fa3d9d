import type { FieldErrors } from '../../field-errors.ts'
import { at, child, integer, type ReadonlyFields, text } from '../../fields.ts'
import { validateSegment } from '../names.ts'
import { isPositive } from '../quantities.ts'

interface SourceKind {
  readonly key: string
  readonly validate: (source: ReadonlyFields, path: string, errors: FieldErrors) => void
}

const sources: { readonly [type: string]: SourceKind | undefined } = {
  ContainerResource: { key: 'containerResource', validate: validateContainerResource },
  External: { key: 'external', validate: validateExternal },
  Object: { key: 'object', validate: validateObject },
  Pods: { key: 'pods', validate: validatePods },
  Resource: { key: 'resource', validate: validateResource },
}

/** One metric of autoscaling/v2: exactly the source that its type names. */
export function validateMetric(metric: ReadonlyFields, path: string, errors: FieldErrors): void {
  const type = text(metric, 'type')
  if (type === '') errors.required(`${path}.type`, 'must specify a metric source type')
  const wanted = sources[type]
  if (wanted === undefined) errors.notSupported(`${path}.type`, type, Object.keys(sources))
  const source = wanted === undefined ? undefined : child(metric, wanted.key)
  if (wanted !== undefined && source !== undefined) wanted.validate(source, `${path}.${wanted.key}`, errors)
  if (wanted !== undefined && source === undefined) {
    errors.required(`${path}.${wanted.key}`, 'must populate information for the given metric source')
  }
  for (const other of Object.values(sources)) {
    if (other === undefined || other === wanted || child(metric, other.key) === undefined) continue
    errors.forbidden(`${path}.${other.key}`, 'must populate the given metric source only')
  }
}

function validateResource(source: ReadonlyFields, path: string, errors: FieldErrors): void {
  if (text(source, 'name') === '') errors.required(`${path}.name`, 'must specify a resource name')
  const target = validateTarget(source, path, errors)
  const share = target['averageUtilization'] !== undefined
  const value = target['averageValue'] !== undefined
  if (!share && !value) {
    const detail = 'must set either a target raw value or a target utilization'
    errors.required(`${path}.target.averageUtilization`, detail)
  }
  if (share && value) {
    const detail = 'may not set both a target raw value and a target utilization'
    errors.forbidden(`${path}.target.averageValue`, detail)
  }
}

function validateContainerResource(source: ReadonlyFields, path: string, errors: FieldErrors): void {
  if (text(source, 'container') === '') errors.required(`${path}.container`, 'must specify a container')
  validateResource(source, path, errors)
}

function validateObject(source: ReadonlyFields, path: string, errors: FieldErrors): void {
  const described = at(source, 'describedObject')
  for (const key of ['kind', 'name']) validateSegment(described, key, `${path}.describedObject`, errors)
  validateIdentifier(source, path, errors)
  const target = validateTarget(source, path, errors)
  if (target['value'] === undefined && target['averageValue'] === undefined) {
    errors.required(`${path}.target.averageValue`, 'must set either a target value or averageValue')
  }
}

function validateExternal(source: ReadonlyFields, path: string, errors: FieldErrors): void {
  validateIdentifier(source, path, errors)
  const target = validateTarget(source, path, errors)
  const value = target['value'] !== undefined
  const average = target['averageValue'] !== undefined
  if (!value && !average) {
    const detail = 'must set either a target value for metric or a per-pod target'
    errors.required(`${path}.target.averageValue`, detail)
  }
  if (value && average) {
    const detail = 'may not set both a target value for metric and a per-pod target'
    errors.forbidden(`${path}.target.value`, detail)
  }
}

function validatePods(source: ReadonlyFields, path: string, errors: FieldErrors): void {
  validateIdentifier(source, path, errors)
  if (validateTarget(source, path, errors)['averageValue'] === undefined) {
    errors.required(`${path}.target.averageValue`, 'must specify a positive target averageValue')
  }
}

function validateIdentifier(source: ReadonlyFields, path: string, errors: FieldErrors): void {
  validateSegment(at(source, 'metric'), 'name', `${path}.metric`, errors, 'must specify a metric name')
}

function validateTarget(source: ReadonlyFields, path: string, errors: FieldErrors): ReadonlyFields {
  const target = at(source, 'target')
  const type = text(target, 'type')
  if (type === '') errors.required(`${path}.target.type`, 'must specify a metric target type')
  if (type !== 'Utilization' && type !== 'Value' && type !== 'AverageValue') {
    errors.invalid(`${path}.target.type`, type, 'must be either Utilization, Value, or AverageValue')
  }
  const share = integer(target, 'averageUtilization')
  if (share !== undefined && share < 1) {
    errors.invalid(`${path}.target.averageUtilization`, share, 'must be greater than 0')
  }
  for (const key of ['value', 'averageValue']) {
    const value = target[key]
    if (value !== undefined && !isPositive(value)) errors.invalid(`${path}.target.${key}`, value, 'must be positive')
  }
  return target
}
