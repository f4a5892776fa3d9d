import { deepClone } from '@kairship/apimachinery'
import type { DeepReadonly, Unstructured } from '@kairship/apimachinery'
import { type Fields, parseFields, parseFieldsList, parseJson } from '../fields.ts'
import { behaviorFromAnnotation, behaviorToAnnotation } from './autoscaler-behavior.ts'
import { flatCurrentMetrics, flatMetrics, nestedCurrentMetrics, nestedMetrics } from './autoscaler-metrics.ts'

/** What autoscaling/v1 cannot hold travels in these annotations. */
export const autoscalerAnnotations = {
  metrics: 'autoscaling.alpha.kubernetes.io/metrics',
  currentMetrics: 'autoscaling.alpha.kubernetes.io/current-metrics',
  conditions: 'autoscaling.alpha.kubernetes.io/conditions',
  behavior: 'autoscaling.alpha.kubernetes.io/behavior',
} as const

/** Carried by some servers between; never written, always removed. */
const reserved = [
  ...Object.values(autoscalerAnnotations),
  'autoscaling.alpha.kubernetes.io/scale-up-tolerance',
  'autoscaling.alpha.kubernetes.io/scale-down-tolerance',
]

/** autoscaling/v2 HorizontalPodAutoscaler → autoscaling/v1. A second CPU utilisation metric is the only thing lost. */
export function autoscalerToV1(autoscaler: DeepReadonly<Unstructured>): Unstructured {
  const out = deepClone(autoscaler)
  out.apiVersion = 'autoscaling/v1'
  const annotations = withoutReserved(out)
  const { metrics, behavior, ...spec } = parseFields(out['spec']) ?? {}
  const list = parseFieldsList(metrics) ?? []
  const cpu = list.find(isCpuUtilization)
  if (cpu !== undefined) {
    spec['targetCPUUtilizationPercentage'] = parseFields(resourceOf(cpu)['target'])?.['averageUtilization']
  }
  const others = list.filter((metric) => !isCpuUtilization(metric))
  if (others.length > 0) annotations[autoscalerAnnotations.metrics] = JSON.stringify(flatMetrics(others))
  const rules = parseFields(behavior)
  if (rules !== undefined) annotations[autoscalerAnnotations.behavior] = behaviorToAnnotation(rules)
  if (out['spec'] !== undefined) out['spec'] = spec
  statusToV1(out, annotations)
  setAnnotations(out, annotations)
  return out
}

function statusToV1(out: Unstructured, annotations: { [key: string]: string }): void {
  const whole = parseFields(out['status'])
  if (whole === undefined) return
  const { currentMetrics, conditions, ...status } = whole
  const metrics = parseFieldsList(currentMetrics) ?? []
  for (const metric of metrics) {
    if (metric['type'] !== 'Resource' || resourceOf(metric)['name'] !== 'cpu') continue
    const utilization = parseFields(resourceOf(metric)['current'])?.['averageUtilization']
    if (utilization === undefined) continue
    status['currentCPUUtilizationPercentage'] = utilization
    break
  }
  // The CPU metric too: only the list holds its raw value.
  if (metrics.length > 0) {
    annotations[autoscalerAnnotations.currentMetrics] = JSON.stringify(flatCurrentMetrics(metrics))
  }
  const list = parseFieldsList(conditions) ?? []
  if (list.length > 0) annotations[autoscalerAnnotations.conditions] = JSON.stringify(list)
  out['status'] = status
}

/** autoscaling/v1 HorizontalPodAutoscaler → autoscaling/v2. Annotations that are not what a server writes are ignored. */
export function autoscalerToV2(autoscaler: DeepReadonly<Unstructured>): Unstructured {
  const out = deepClone(autoscaler)
  out.apiVersion = 'autoscaling/v2'
  const carried = out.metadata.annotations ?? {}
  const annotations = withoutReserved(out)
  const read = (name: string): unknown => (carried[name] === undefined ? undefined : parseJson(carried[name]))
  const { targetCPUUtilizationPercentage: percentage, ...spec } = parseFields(out['spec']) ?? {}
  const metrics = nestedMetrics(read(autoscalerAnnotations.metrics)) ?? []
  if (percentage !== undefined && percentage !== null) metrics.push(cpuUtilization(percentage))
  // autoscaling/v1 has no defaults of its own here: what to scale by is decided when it becomes v2.
  if (metrics.length === 0) metrics.push(cpuUtilization(80))
  spec['metrics'] = metrics
  const behavior = behaviorFromAnnotation(read(autoscalerAnnotations.behavior))
  if (behavior !== undefined) spec['behavior'] = behavior
  out['spec'] = spec
  const whole = parseFields(out['status'])
  if (whole !== undefined) {
    out['status'] = statusToV2(
      whole,
      nestedCurrentMetrics(read(autoscalerAnnotations.currentMetrics)),
      parseFieldsList(read(autoscalerAnnotations.conditions)),
    )
  }
  setAnnotations(out, annotations)
  return out
}

function statusToV2(whole: Fields, metrics: Fields[] | undefined, conditions: Fields[] | undefined): Fields {
  const { currentCPUUtilizationPercentage: utilization, ...status } = whole
  if (metrics !== undefined) status['currentMetrics'] = metrics
  else if (utilization !== undefined && utilization !== null) {
    status['currentMetrics'] = [
      { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: utilization } } },
    ]
  }
  if (conditions !== undefined) status['conditions'] = conditions
  return status
}

function cpuUtilization(percentage: unknown): Fields {
  const target = { type: 'Utilization', averageUtilization: percentage }
  return { type: 'Resource', resource: { name: 'cpu', target } }
}

const nothing: Fields = Object.freeze({})
function resourceOf(metric: Fields): Fields {
  return parseFields(metric['resource']) ?? nothing
}
function isCpuUtilization(metric: Fields): boolean {
  const { name, target } = resourceOf(metric)
  return metric['type'] === 'Resource' && name === 'cpu' && parseFields(target)?.['averageUtilization'] !== undefined
}

function withoutReserved(object: Unstructured): { [key: string]: string } {
  const annotations = { ...object.metadata.annotations }
  for (const name of reserved) delete annotations[name]
  return annotations
}
function setAnnotations(object: Unstructured, annotations: { [key: string]: string }): void {
  if (Object.keys(annotations).length > 0) object.metadata.annotations = annotations
  else delete object.metadata.annotations
}
