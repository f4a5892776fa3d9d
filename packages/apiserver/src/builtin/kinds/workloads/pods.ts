import { deepEqual } from '@kairship/apimachinery'
import type { KindRules, ObjectView } from '../../contracts.ts'
import { at, ensure, type Fields, items, type ReadonlyFields, setMissing, text } from '../../fields.ts'
import { defaultPodSpec, defaultTemplate } from './pod-defaults.ts'
import { validatePodSpec } from './pod-validation.ts'

const view = (object: ObjectView | Fields): ReadonlyFields => object

/** Guaranteed, Burstable or BestEffort, from what the containers request. */
export function qosClass(spec: ReadonlyFields): string {
  let requested = false
  let guaranteed = true
  for (const list of ['initContainers', 'containers']) {
    for (const container of items(spec, list)) {
      const resources = at(container, 'resources')
      const limits = at(resources, 'limits')
      const requests = at(resources, 'requests')
      if (Object.keys(limits).length > 0 || Object.keys(requests).length > 0) requested = true
      for (const name of ['cpu', 'memory']) {
        if (limits[name] === undefined || !deepEqual(limits[name], requests[name] ?? limits[name])) guaranteed = false
      }
    }
  }
  if (!requested) return 'BestEffort'
  return guaranteed ? 'Guaranteed' : 'Burstable'
}

const immutableMessage =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'

/** The spec without what may change in a pod that exists. */
function fixedPart(spec: ReadonlyFields): ReadonlyFields {
  const { activeDeadlineSeconds: _a, tolerations: _t, terminationGracePeriodSeconds: _g, ...rest } = spec
  const withoutImages = (list: string): unknown => items(spec, list).map(({ image: _image, ...container }) => container)
  return {
    ...rest,
    containers: withoutImages('containers'),
    initContainers: withoutImages('initContainers'),
    ephemeralContainers: undefined,
    schedulingGates: undefined,
  }
}

export const podRules: KindRules = {
  defaults(draft) {
    const spec = ensure(draft, 'spec')
    setMissing(spec, 'enableServiceLinks', true)
    defaultPodSpec(spec)
  },
  prepareForCreate(draft) {
    draft['status'] = { phase: 'Pending', qosClass: qosClass(ensure(draft, 'spec')) }
  },
  validate(object, errors) {
    validatePodSpec(at(view(object), 'spec'), 'spec', errors)
  },
  validateUpdate(object, old, errors, context) {
    if (context.operation.subresource !== undefined && context.operation.subresource !== '') return
    const now = fixedPart(at(view(object), 'spec'))
    const before = fixedPart(at(view(old), 'spec'))
    if (!deepEqual(now, before)) errors.forbidden('spec', immutableMessage)
  },
  /** A pod on a node waits for its kubelet; others go at once. */
  gracePeriod(old, requestedSeconds) {
    const spec = at(view(old), 'spec')
    const phase = text(at(view(old), 'status'), 'phase')
    if (text(spec, 'nodeName') === '' || phase === 'Succeeded' || phase === 'Failed') return 0
    if (requestedSeconds !== undefined) return Math.max(0, requestedSeconds)
    const grace = spec['terminationGracePeriodSeconds']
    return typeof grace === 'number' ? Math.max(1, grace) : 30
  },
  deleteReturnsObject: true,
}

export const podTemplateRules: KindRules = {
  defaults: defaultTemplate,
  validate(object, errors) {
    validatePodSpec(at(at(view(object), 'template'), 'spec'), 'template.spec', errors)
  },
  deleteReturnsObject: true,
}
