import { deepEqual, type LabelSelector, labelSelectorMatcher } from '@kairship/apimachinery'
import type { KindRules, ObjectView } from '../../contracts.ts'
import type { FieldErrors } from '../../field-errors.ts'
import {
  at,
  child,
  ensure,
  type Fields,
  integer,
  items,
  parseFields,
  type ReadonlyFields,
  setDefault,
  setMissing,
  stringMap,
  text,
} from '../../fields.ts'
import { validateLabels } from '../../metadata.ts'
import { defaultTemplate, templateLabels } from './pod-defaults.ts'
import { validatePodSpec } from './pod-validation.ts'

const view = (object: ObjectView | Fields): ReadonlyFields => object

/** `spec.selector`, required, valid, not empty and matching the template's labels. */
export function validateSelectorAndTemplate(object: ObjectView, errors: FieldErrors, what = 'deployment'): void {
  const spec = at(view(object), 'spec')
  const selector = child(spec, 'selector')
  const template = at(spec, 'template')
  const labels = stringMap(at(template, 'metadata'), 'labels')
  validateLabels(labels, 'spec.template.metadata.labels', errors)
  if (selector === undefined) errors.required('spec.selector')
  else if (isEmptySelector(selector)) {
    errors.invalid('spec.selector', selector, `empty selector is invalid for ${what}`)
  }
  if (selector === undefined || (!isEmptySelector(selector) && !matches(selector, labels))) {
    const given = child(at(template, 'metadata'), 'labels') ?? null
    errors.invalid('spec.template.metadata.labels', given, '`selector` does not match template `labels`')
  }
  validatePodSpec(at(template, 'spec'), 'spec.template.spec', errors, { restartPolicies: ['Always'] })
}

function isEmptySelector(selector: ReadonlyFields): boolean {
  return (
    Object.keys(stringMap(selector, 'matchLabels')).length === 0 && items(selector, 'matchExpressions').length === 0
  )
}

function matches(selector: Fields, labels: { readonly [key: string]: string }): boolean {
  try {
    return labelSelectorMatcher(parseSelector(selector)).matches(labels)
  } catch {
    return false
  }
}
/** The decoder has checked the types against the schema. */
export function parseSelector(selector: ReadonlyFields): LabelSelector {
  return selector as LabelSelector
}

export function nonNegative(object: ObjectView, keys: readonly string[], errors: FieldErrors): void {
  const spec = at(view(object), 'spec')
  for (const key of keys) {
    const value = integer(spec, key)
    if (value !== undefined && value < 0) errors.invalid(`spec.${key}`, value, 'must be greater than or equal to 0')
  }
}

export function selectorImmutable(object: ObjectView, old: ObjectView, errors: FieldErrors): void {
  const now = at(view(object), 'spec')['selector']
  if (!deepEqual(now, at(view(old), 'spec')['selector'])) errors.invalid('spec.selector', now, 'field is immutable')
}

const percentOrCount = (value: unknown): boolean =>
  (typeof value === 'number' && value >= 0) || (typeof value === 'string' && /^[0-9]+%$/.test(value))

function checkRolling(rolling: ReadonlyFields, path: string, errors: FieldErrors): void {
  for (const key of ['maxUnavailable', 'maxSurge']) {
    const value = rolling[key]
    if (value !== undefined && !percentOrCount(value))
      errors.invalid(
        `${path}.${key}`,
        value,
        "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
      )
  }
  const none = (value: unknown): boolean => value === 0 || value === '0%'
  if (none(rolling['maxUnavailable']) && none(rolling['maxSurge']))
    errors.invalid(`${path}.maxUnavailable`, rolling['maxUnavailable'], 'may not be 0 when `maxSurge` is 0')
}

const specOf = (draft: Fields): Fields => ensure(draft, 'spec')

export const deploymentRules: KindRules = {
  defaults(draft) {
    const spec = specOf(draft)
    setMissing(spec, 'replicas', 1)
    setMissing(spec, 'revisionHistoryLimit', 10)
    setMissing(spec, 'progressDeadlineSeconds', 600)
    const strategy = ensure(spec, 'strategy')
    setDefault(strategy, 'type', 'RollingUpdate')
    if (strategy['type'] === 'RollingUpdate') {
      const rolling = ensure(strategy, 'rollingUpdate')
      setMissing(rolling, 'maxUnavailable', '25%')
      setMissing(rolling, 'maxSurge', '25%')
    }
    defaultTemplate(spec)
  },
  validate(object, errors) {
    validateSelectorAndTemplate(object, errors)
    nonNegative(object, ['replicas', 'minReadySeconds', 'revisionHistoryLimit', 'progressDeadlineSeconds'], errors)
    const spec = at(view(object), 'spec')
    const deadline = integer(spec, 'progressDeadlineSeconds')
    if (deadline !== undefined && deadline <= (integer(spec, 'minReadySeconds') ?? 0))
      errors.invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds')
    const strategy = at(spec, 'strategy')
    errors.oneOf('spec.strategy.type', text(strategy, 'type'), ['Recreate', 'RollingUpdate'])
    if (strategy['type'] === 'Recreate' && strategy['rollingUpdate'] !== undefined)
      errors.forbidden('spec.strategy.rollingUpdate', "may not be specified when strategy `type` is 'Recreate'")
    checkRolling(at(strategy, 'rollingUpdate'), 'spec.strategy.rollingUpdate', errors)
  },
  validateUpdate: selectorImmutable,
}

export const replicaSetRules: KindRules = {
  defaults(draft) {
    const spec = specOf(draft)
    setMissing(spec, 'replicas', 1)
    defaultTemplate(spec)
  },
  validate(object, errors) {
    validateSelectorAndTemplate(object, errors)
    nonNegative(object, ['replicas', 'minReadySeconds'], errors)
  },
  validateUpdate: selectorImmutable,
}

export const replicationControllerRules: KindRules = {
  defaults(draft) {
    const spec = specOf(draft)
    setMissing(spec, 'replicas', 1)
    const labels = templateLabels(spec)
    if (labels !== undefined) {
      setMissing(spec, 'selector', labels)
      const metadata = parseFields(draft.metadata)
      if (metadata !== undefined) setMissing(metadata, 'labels', { ...labels })
    }
    if (child(spec, 'template') !== undefined) defaultTemplate(spec)
  },
  validate(object, errors) {
    const spec = at(view(object), 'spec')
    const selector = stringMap(spec, 'selector')
    if (Object.keys(selector).length === 0) errors.required('spec.selector')
    if (child(spec, 'template') === undefined) errors.required('spec.template')
    else {
      const template = at(spec, 'template')
      const labels = stringMap(at(template, 'metadata'), 'labels')
      if (!Object.entries(selector).every(([key, value]) => labels[key] === value))
        errors.invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')
      validatePodSpec(at(template, 'spec'), 'spec.template.spec', errors, { restartPolicies: ['Always'] })
    }
    nonNegative(object, ['replicas', 'minReadySeconds'], errors)
  },
}

const mutableStatefulSetFields: ReadonlySet<string> = new Set([
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
])

export const statefulSetRules: KindRules = {
  defaults(draft) {
    const spec = specOf(draft)
    setDefault(spec, 'podManagementPolicy', 'OrderedReady')
    const strategy = ensure(spec, 'updateStrategy')
    setDefault(strategy, 'type', 'RollingUpdate')
    if (strategy['type'] === 'RollingUpdate') setMissing(ensure(strategy, 'rollingUpdate'), 'partition', 0)
    const retention = ensure(spec, 'persistentVolumeClaimRetentionPolicy')
    setDefault(retention, 'whenDeleted', 'Retain')
    setDefault(retention, 'whenScaled', 'Retain')
    setMissing(spec, 'replicas', 1)
    setMissing(spec, 'revisionHistoryLimit', 10)
    for (const claim of items(spec, 'volumeClaimTemplates')) {
      setDefault(claim, 'apiVersion', 'v1')
      setDefault(claim, 'kind', 'PersistentVolumeClaim')
      setDefault(ensure(claim, 'spec'), 'volumeMode', 'Filesystem')
      setMissing(claim, 'status', { phase: 'Pending' })
    }
    defaultTemplate(spec)
  },
  validate(object, errors) {
    validateStatefulTemplate(object, errors)
    nonNegative(object, ['replicas', 'minReadySeconds', 'revisionHistoryLimit'], errors)
    const spec = at(view(object), 'spec')
    errors.oneOf('spec.podManagementPolicy', text(spec, 'podManagementPolicy'), ['OrderedReady', 'Parallel'])
    errors.oneOf('spec.updateStrategy.type', text(at(spec, 'updateStrategy'), 'type'), ['OnDelete', 'RollingUpdate'])
  },
  validateUpdate(object, old, errors) {
    const now = at(view(object), 'spec')
    const before = at(view(old), 'spec')
    const changed = [...new Set([...Object.keys(now), ...Object.keys(before)])].some(
      (key) => !mutableStatefulSetFields.has(key) && !deepEqual(now[key], before[key]),
    )
    if (changed)
      errors.forbidden(
        'spec',
        "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
      )
  },
}

/** Like the others, but volumes named by claim templates count as declared. */
function validateStatefulTemplate(object: ObjectView, errors: FieldErrors): void {
  const spec = at(view(object), 'spec')
  const claims = items(spec, 'volumeClaimTemplates').map((claim) => text(at(claim, 'metadata'), 'name'))
  if (claims.length === 0) return validateSelectorAndTemplate(object, errors, 'statefulset')
  const template = at(spec, 'template')
  const pod = at(template, 'spec')
  const declared = new Set(items(pod, 'volumes').map((volume) => text(volume, 'name')))
  const volumes = [
    ...items(pod, 'volumes'),
    ...claims.filter((name) => !declared.has(name)).map((name) => ({ name, emptyDir: {} })),
  ]
  const withClaims = { ...spec, template: { ...template, spec: { ...pod, volumes } } }
  validateSelectorAndTemplate({ ...object, spec: withClaims }, errors, 'statefulset')
}

export const daemonSetRules: KindRules = {
  defaults(draft) {
    const spec = specOf(draft)
    const strategy = ensure(spec, 'updateStrategy')
    setDefault(strategy, 'type', 'RollingUpdate')
    if (strategy['type'] === 'RollingUpdate') {
      const rolling = ensure(strategy, 'rollingUpdate')
      setMissing(rolling, 'maxUnavailable', 1)
      setMissing(rolling, 'maxSurge', 0)
    }
    setMissing(spec, 'revisionHistoryLimit', 10)
    defaultTemplate(spec)
  },
  validate(object, errors) {
    validateSelectorAndTemplate(object, errors, 'daemonset')
    nonNegative(object, ['minReadySeconds', 'revisionHistoryLimit'], errors)
    const strategy = at(at(view(object), 'spec'), 'updateStrategy')
    errors.oneOf('spec.updateStrategy.type', text(strategy, 'type'), ['OnDelete', 'RollingUpdate'])
    checkRolling(at(strategy, 'rollingUpdate'), 'spec.updateStrategy.rollingUpdate', errors)
  },
  validateUpdate: selectorImmutable,
}
