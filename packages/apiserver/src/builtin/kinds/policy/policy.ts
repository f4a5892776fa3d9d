import { deepEqual } from '@kairship/apimachinery'
import { eventToCoreV1, eventToEventsV1 } from '@kairship/conversion'
import type { KindRules, ObjectView } from '../../contracts.ts'
import type { FieldErrors } from '../../field-errors.ts'
import { at, child, integer, items, setDefault, setMissing, strings, text } from '../../fields.ts'
import type { ReadonlyFields } from '../../fields.ts'
import { validateSelector } from '../selector.ts'

const budgetRules: KindRules = {
  prepareForCreate: (draft) => {
    draft['status'] = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 }
  },
  validate: (budget, errors) => {
    const spec = at(budget, 'spec')
    if (spec['minAvailable'] !== undefined && spec['maxUnavailable'] !== undefined) {
      errors.invalid('spec', spec, 'minAvailable and maxUnavailable cannot be both set')
    }
    for (const key of ['minAvailable', 'maxUnavailable']) validateShare(spec[key], `spec.${key}`, errors)
    const selector = child(spec, 'selector')
    if (selector !== undefined) validateSelector(selector, 'spec.selector', errors)
    const policy = spec['unhealthyPodEvictionPolicy']
    errors.oneOf('spec.unhealthyPodEvictionPolicy', policy, ['AlwaysAllow', 'IfHealthyBudget'])
  },
}

/** A count or a percentage. */
function validateShare(value: unknown, field: string, errors: FieldErrors): void {
  if (typeof value === 'number' && value < 0) errors.invalid(field, value, 'must be greater than or equal to 0')
  if (typeof value !== 'string') return
  const match = /^(\d+)%$/.exec(value)
  if (match === null) {
    errors.invalid(
      field,
      value,
      "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    )
  } else if (Number(match[1]) > 100) errors.invalid(field, value, 'must not be greater than 100%')
}

const leaseRules: KindRules = {
  validate: (lease, errors) => {
    const spec = at(lease, 'spec')
    const duration = integer(spec, 'leaseDurationSeconds')
    if (duration !== undefined && duration <= 0) {
      errors.invalid('spec.leaseDurationSeconds', duration, 'must be greater than 0')
    }
    const transitions = integer(spec, 'leaseTransitions')
    if (transitions !== undefined && transitions < 0) {
      errors.invalid('spec.leaseTransitions', transitions, 'must be greater than or equal to 0')
    }
    if (spec['holderIdentity'] === '') errors.invalid('spec.holderIdentity', '', 'must not be empty')
  },
}

const highestUserPriority = 1_000_000_000
const priorityClassRules: KindRules = {
  defaults: (draft) => {
    setMissing(draft, 'preemptionPolicy', 'PreemptLowerPriority')
    setMissing(draft, 'value', 0)
  },
  validate: (priorityClass, errors) => {
    const name = priorityClass.metadata.name ?? ''
    const value = integer(priorityClass, 'value') ?? 0
    if (name.startsWith('system-')) {
      if (name !== 'system-node-critical' && name !== 'system-cluster-critical') {
        const detail = "priority class names with 'system-' prefix are reserved for system use only"
        errors.forbidden('metadata.name', detail)
      }
    } else if (value > highestUserPriority) {
      errors.forbidden('value', `maximum allowed value of a user defined priority is ${highestUserPriority}`)
    }
    errors.oneOf('preemptionPolicy', priorityClass['preemptionPolicy'], ['Never', 'PreemptLowerPriority'])
  },
  validateUpdate: (priorityClass, old, errors) => {
    if (priorityClass['value'] !== old['value']) {
      errors.invalid('value', priorityClass['value'], 'field is immutable')
    }
    if (priorityClass['preemptionPolicy'] !== old['preemptionPolicy']) {
      errors.invalid('preemptionPolicy', priorityClass['preemptionPolicy'], 'field is immutable')
    }
  },
}

const quotaRules: KindRules = {
  deleteReturnsObject: true,
  prepareForCreate: (draft) => {
    draft['status'] = {}
  },
  validateUpdate: (quota, old, errors, context) => {
    if (context.operation.subresource === 'status') return
    const scopes = strings(at(quota, 'spec'), 'scopes')
    if (!deepEqual(new Set(scopes), new Set(strings(at(old, 'spec'), 'scopes')))) {
      errors.invalid('spec.scopes', scopes, 'field is immutable')
    }
  },
}

/** Container limits are also its default requests, and what a limit allows is also its default. */
const limitRangeRules: KindRules = {
  defaults: (draft) => {
    for (const limit of items(at(draft, 'spec'), 'limits')) {
      if (limit['type'] !== 'Container') continue
      const max = at(limit, 'max')
      const fallback = { ...max, ...at(limit, 'default') }
      const requests = { ...at(limit, 'min'), ...fallback, ...at(limit, 'defaultRequest') }
      if (Object.keys(fallback).length > 0) limit['default'] = fallback
      if (Object.keys(requests).length > 0) limit['defaultRequest'] = requests
    }
  },
  validate: (range, errors) => {
    for (const [index, limit] of items(at(range, 'spec'), 'limits').entries()) {
      if (text(limit, 'type') === '') errors.required(`spec.limits[${index}].type`)
    }
  },
}

const runtimeClassRules: KindRules = {
  validate: (runtimeClass, errors) => {
    if (text(runtimeClass, 'handler') === '') errors.required('handler')
  },
  validateUpdate: (runtimeClass, old, errors) => {
    if (runtimeClass['handler'] !== old['handler']) {
      errors.invalid('handler', runtimeClass['handler'], 'field is immutable')
    }
  },
}

function validateEventNamespace(event: ObjectView, subject: ReadonlyFields, field: string, errors: FieldErrors): void {
  const namespace = text(subject, 'namespace')
  // Events about cluster-scoped objects live in `default`.
  if (namespace === '' || namespace === event.metadata.namespace) return
  errors.invalid(`${field}.namespace`, namespace, 'does not match event.namespace')
}

export const policyRules: { readonly [key: string]: KindRules } = {
  'policy/PodDisruptionBudget': budgetRules,
  'coordination.k8s.io/Lease': leaseRules,
  'scheduling.k8s.io/PriorityClass': priorityClassRules,
  'node.k8s.io/RuntimeClass': runtimeClassRules,
  '/ResourceQuota': quotaRules,
  '/LimitRange': limitRangeRules,
  '/Event': {
    convertFrom: (stored) => eventToCoreV1(stored),
    defaults: (draft) => {
      if (draft['source'] === undefined) draft['source'] = {}
      setDefault(draft, 'reportingComponent', text(at(draft, 'source'), 'component'))
    },
    validate: (event, errors) => validateEventNamespace(event, at(event, 'involvedObject'), 'involvedObject', errors),
  },
  'events.k8s.io/Event': {
    convertFrom: (stored) => eventToEventsV1(stored),
    validate: (event, errors, context) => {
      validateEventNamespace(event, at(event, 'regarding'), 'regarding', errors)
      if (context.operation.verb !== 'create') return
      for (const field of ['reportingController', 'reportingInstance', 'action', 'reason']) {
        if (text(event, field) === '') errors.required(field)
      }
      if (text(event, 'eventTime') === '') errors.required('eventTime')
    },
  },
}
