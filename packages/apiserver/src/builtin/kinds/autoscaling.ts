import { autoscalerToV1, autoscalerToV2 } from '@kairship/conversion'
import type { KindRules, ObjectView } from '../contracts.ts'
import type { FieldErrors } from '../field-errors.ts'
import { at, child, ensure, integer, items, setMissing, text } from '../fields.ts'
import type { Fields, ReadonlyFields } from '../fields.ts'

const group = 'autoscaling'

const defaultMetric = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
}
const scaleUp = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
}
const scaleDown = { selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] }

function defaultBehavior(spec: Fields): void {
  const behavior = child(spec, 'behavior')
  if (behavior === undefined) return
  for (const [key, fallback] of [
    ['scaleUp', scaleUp],
    ['scaleDown', scaleDown],
  ] as const) {
    const rules = ensure(behavior, key)
    for (const [name, value] of Object.entries(fallback)) setMissing(rules, name, structuredClone(value))
  }
}

function validateAutoscaler(autoscaler: ObjectView, errors: FieldErrors): void {
  const spec = at(autoscaler, 'spec')
  const most = integer(spec, 'maxReplicas') ?? 0
  const least = integer(spec, 'minReplicas') ?? 1
  if (least < 1) errors.invalid('spec.minReplicas', least, 'must be greater than or equal to 1')
  if (most < 1) errors.invalid('spec.maxReplicas', most, 'must be greater than 0')
  if (most < least) {
    errors.invalid('spec.maxReplicas', most, 'must be greater than or equal to `minReplicas`')
  }
  const target = at(spec, 'scaleTargetRef')
  for (const key of ['kind', 'name']) if (text(target, key) === '') errors.required(`spec.scaleTargetRef.${key}`)
  for (const [index, metric] of items(spec, 'metrics').entries())
    validateMetric(metric, `spec.metrics[${index}]`, errors)
}

const metricSources: { readonly [type: string]: string | undefined } = {
  ContainerResource: 'containerResource',
  External: 'external',
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
}

function validateMetric(metric: ReadonlyFields, path: string, errors: FieldErrors): void {
  const type = text(metric, 'type')
  if (type === '') {
    errors.required(`${path}.type`, 'must specify a metric source type')
    return
  }
  const source = metricSources[type]
  if (source === undefined) {
    errors.notSupported(`${path}.type`, type, Object.keys(metricSources).toSorted())
    return
  }
  if (child(metric, source) === undefined) {
    errors.required(`${path}.${source}`, 'must populate information for the given metric source')
  }
  for (const other of Object.values(metricSources)) {
    if (other === undefined || other === source || metric[other] === undefined) continue
    errors.forbidden(`${path}.${other}`, 'must populate the given metric source only')
  }
}

export const autoscalingRules: { readonly [key: string]: KindRules } = {
  [`${group}/v2/HorizontalPodAutoscaler`]: {
    defaults: (draft) => {
      const spec = ensure(draft, 'spec')
      setMissing(spec, 'minReplicas', 1)
      if (items(spec, 'metrics').length === 0) spec['metrics'] = [structuredClone(defaultMetric)]
      defaultBehavior(spec)
    },
    validate: validateAutoscaler,
    convertFrom: (stored) => autoscalerToV2(stored),
  },
  [`${group}/v1/HorizontalPodAutoscaler`]: {
    defaults: (draft) => {
      const spec = ensure(draft, 'spec')
      setMissing(spec, 'minReplicas', 1)
      const hasMetrics = draft.metadata.annotations?.['autoscaling.alpha.kubernetes.io/metrics'] !== undefined
      if (!hasMetrics) setMissing(spec, 'targetCPUUtilizationPercentage', 80)
    },
    validate: validateAutoscaler,
    convertFrom: (stored) => autoscalerToV1(stored),
  },
}
