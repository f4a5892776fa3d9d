import type { Unstructured } from '@kairship/apimachinery'
import { defined, objects, parseFields } from '../fields.ts'
import type { Fields, ReadonlyFields } from '../fields.ts'
import { currentFromBeta1, currentToBeta1, metricFromBeta1, metricToBeta1 } from './autoscaler-metrics.ts'

const prefix = 'autoscaling.alpha.kubernetes.io/'
const parts = ['metrics', 'current-metrics', 'conditions', 'behavior', 'scale-up-tolerance', 'scale-down-tolerance']

function cpuUtilization(metric: ReadonlyFields): number | undefined {
  const resource = parseFields(metric['resource'])
  if (metric['type'] !== 'Resource' || resource?.['name'] !== 'cpu') return undefined
  const values = parseFields(resource['target']) ?? parseFields(resource['current'])
  const utilization = values?.['averageUtilization']
  return typeof utilization === 'number' ? utilization : undefined
}

/** autoscaling/v2 → v1: CPU utilisation is a field there, all else travels in annotations. */
export function autoscalerToV1(autoscaler: Unstructured): Unstructured {
  const { metadata, spec: rawSpec, status: rawStatus, ...rest } = autoscaler
  const { metrics, behavior, ...spec } = parseFields(rawSpec) ?? {}
  const { currentMetrics, conditions, ...status } = parseFields(rawStatus) ?? {}
  const wanted = objects(metrics)
  const current = objects(currentMetrics)
  const utilization = wanted.map(cpuUtilization).find((value) => value !== undefined)
  const others = wanted.filter((metric) => cpuUtilization(metric) === undefined)
  const annotations = defined({
    ...metadata.annotations,
    [`${prefix}metrics`]: others.length === 0 ? undefined : JSON.stringify(others.map(metricToBeta1)),
    [`${prefix}current-metrics`]: current.length === 0 ? undefined : JSON.stringify(current.map(currentToBeta1)),
    [`${prefix}conditions`]: objects(conditions).length === 0 ? undefined : JSON.stringify(conditions),
    [`${prefix}behavior`]: behavior === undefined ? undefined : JSON.stringify(capitalised(behavior)),
  })
  return {
    ...rest,
    apiVersion: 'autoscaling/v1',
    metadata: withAnnotations(metadata, annotations),
    spec: defined({ ...spec, targetCPUUtilizationPercentage: utilization }),
    ...(rawStatus === undefined
      ? {}
      : {
          status: defined({
            ...status,
            currentCPUUtilizationPercentage: current.map(cpuUtilization).find((value) => value !== undefined),
          }),
        }),
  }
}

/** autoscaling/v1 → v2. Annotations that are no JSON are ignored, as the server does. */
export function autoscalerToV2(autoscaler: Unstructured): Unstructured {
  const { metadata, spec: rawSpec, status: rawStatus, ...rest } = autoscaler
  const { targetCPUUtilizationPercentage, ...spec } = parseFields(rawSpec) ?? {}
  const { currentCPUUtilizationPercentage: _, ...status } = parseFields(rawStatus) ?? {}
  const carried = (part: string): unknown => parseJson(metadata.annotations?.[`${prefix}${part}`])
  const metrics = objects(carried('metrics')).map(metricFromBeta1)
  if (typeof targetCPUUtilizationPercentage === 'number') {
    const target = { type: 'Utilization', averageUtilization: targetCPUUtilizationPercentage }
    metrics.push({ type: 'Resource', resource: { name: 'cpu', target } })
  }
  const behavior = carried('behavior')
  const current = objects(carried('current-metrics')).map(currentFromBeta1)
  const conditions = objects(carried('conditions'))
  const annotations: Fields = { ...metadata.annotations }
  for (const part of parts) delete annotations[`${prefix}${part}`]
  return {
    ...rest,
    apiVersion: 'autoscaling/v2',
    metadata: withAnnotations(metadata, annotations),
    spec: defined({
      ...spec,
      metrics: metrics.length === 0 ? undefined : metrics,
      behavior: behavior === undefined ? undefined : uncapitalised(behavior),
    }),
    ...(rawStatus === undefined
      ? {}
      : {
          status: defined({
            ...status,
            currentMetrics: current.length === 0 ? undefined : current,
            conditions: conditions.length === 0 ? undefined : conditions,
          }),
        }),
  }
}

function withAnnotations(metadata: Unstructured['metadata'], annotations: Fields): Unstructured['metadata'] {
  const { annotations: _, ...rest } = metadata
  const texts = Object.entries(annotations).map(([key, value]) => [key, String(value)] as const)
  return texts.length === 0 ? rest : { ...rest, annotations: Object.fromEntries(texts) }
}

function parseJson(text: string | undefined): unknown {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The behavior annotation is JSON of Go's own type: its keys begin with capitals. */
function capitalised(value: unknown): unknown {
  return mapKeys(value, (key) => key.charAt(0).toUpperCase() + key.slice(1))
}
function uncapitalised(value: unknown): unknown {
  return mapKeys(value, (key) => key.charAt(0).toLowerCase() + key.slice(1))
}
function mapKeys(value: unknown, rename: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => mapKeys(item, rename))
  const fields = parseFields(value)
  if (fields === undefined) return value
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [rename(key), mapKeys(item, rename)]),
  )
}
