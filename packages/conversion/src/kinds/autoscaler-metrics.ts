import { isQuantity } from '@kairship/apimachinery'
import { type Fields, parseFields, parseFieldsList } from '../fields.ts'

/** Where each member of the flat form (autoscaling/v2beta1, and the annotations of v1) stands in autoscaling/v2. */
type Places = readonly (readonly [flat: string, nested: string])[]
type Shape = { readonly [source: string]: Places | undefined }

const specShape: Shape = {
  resource: [
    ['name', 'name'],
    ['targetAverageUtilization', 'target.averageUtilization'],
    ['targetAverageValue', 'target.averageValue'],
  ],
  containerResource: [
    ['name', 'name'],
    ['targetAverageUtilization', 'target.averageUtilization'],
    ['targetAverageValue', 'target.averageValue'],
    ['container', 'container'],
  ],
  pods: [
    ['metricName', 'metric.name'],
    ['targetAverageValue', 'target.averageValue'],
    ['selector', 'metric.selector'],
  ],
  object: [
    ['target', 'describedObject'],
    ['metricName', 'metric.name'],
    ['targetValue', 'target.value'],
    ['selector', 'metric.selector'],
    ['averageValue', 'target.averageValue'],
  ],
  external: [
    ['metricName', 'metric.name'],
    ['metricSelector', 'metric.selector'],
    ['targetValue', 'target.value'],
    ['targetAverageValue', 'target.averageValue'],
  ],
}

const statusShape: Shape = {
  resource: [
    ['name', 'name'],
    ['currentAverageUtilization', 'current.averageUtilization'],
    ['currentAverageValue', 'current.averageValue'],
  ],
  containerResource: [
    ['name', 'name'],
    ['currentAverageUtilization', 'current.averageUtilization'],
    ['currentAverageValue', 'current.averageValue'],
    ['container', 'container'],
  ],
  pods: [
    ['metricName', 'metric.name'],
    ['currentAverageValue', 'current.averageValue'],
    ['selector', 'metric.selector'],
  ],
  object: [
    ['target', 'describedObject'],
    ['metricName', 'metric.name'],
    ['currentValue', 'current.value'],
    ['selector', 'metric.selector'],
    ['averageValue', 'current.averageValue'],
  ],
  external: [
    ['metricName', 'metric.name'],
    ['metricSelector', 'metric.selector'],
    ['currentValue', 'current.value'],
    ['currentAverageValue', 'current.averageValue'],
  ],
}

/** Members that Go writes although they are empty, because older servers refuse an object without them. */
const zero = '0'

/** `spec.metrics` of v2 in the flat form. */
export function flatMetrics(metrics: readonly Fields[]): Fields[] {
  return metrics.map((metric) => {
    const flat = flatten(metric, specShape)
    const object = parseFields(flat['object'])
    if (object !== undefined) flat['object'] = { ...object, targetValue: object['targetValue'] ?? zero }
    return flat
  })
}

/** The inverse of `flatMetrics`; `undefined` when the list is not one that a server wrote. */
export function nestedMetrics(value: unknown): Fields[] | undefined {
  const metrics = nestAll(value, specShape)
  if (metrics === undefined) return undefined
  for (const metric of metrics) {
    const source = parseFields(metric[sourceOf(metric)])
    if (source === undefined) continue
    const target = parseFields(source['target']) ?? {}
    // Zero only says that there is no value when there is an average.
    if (metric['type'] === 'Object' && target['averageValue'] !== undefined && target['value'] === zero) {
      delete target['value']
    }
    source['target'] = { type: targetType(metric['type'], target), ...target }
  }
  return metrics
}

/** `status.currentMetrics` of v2 in the flat form. */
export function flatCurrentMetrics(metrics: readonly Fields[]): Fields[] {
  return metrics.map((metric) => flatten(metric, statusShape))
}

export function nestedCurrentMetrics(value: unknown): Fields[] | undefined {
  const metrics = nestAll(value, statusShape)
  for (const metric of metrics ?? []) {
    const source = parseFields(metric[sourceOf(metric)])
    if (source !== undefined) source['current'] ??= {}
  }
  return metrics
}

function targetType(type: unknown, target: Fields): string {
  if (target['averageUtilization'] !== undefined) return 'Utilization'
  if (type === 'Object') return target['averageValue'] === undefined ? 'Value' : 'AverageValue'
  return target['value'] === undefined ? 'AverageValue' : 'Value'
}

/** `ContainerResource` is described under `containerResource`. */
function sourceOf(metric: Fields): string {
  const type = metric['type']
  return typeof type === 'string' ? type.charAt(0).toLowerCase() + type.slice(1) : ''
}

function flatten(metric: Fields, shape: Shape): Fields {
  const flat: Fields = { type: metric['type'] }
  for (const [key, places] of Object.entries(shape)) {
    const source = parseFields(metric[key])
    if (source === undefined || places === undefined) continue
    const out: Fields = {}
    for (const [from, to] of places) {
      const value = read(source, to)
      if (value !== undefined) out[from] = value
    }
    flat[key] = out
  }
  return flat
}

function nestAll(value: unknown, shape: Shape): Fields[] | undefined {
  const list = parseFieldsList(value)
  if (list === undefined) return undefined
  const nested: Fields[] = []
  for (const flat of list) {
    const metric = nest(flat, shape)
    if (metric === undefined) return undefined
    nested.push(metric)
  }
  return nested
}

function nest(flat: Fields, shape: Shape): Fields | undefined {
  const key = sourceOf(flat)
  const places = shape[key]
  const source = parseFields(flat[key])
  if (places === undefined || source === undefined) return undefined
  const out: Fields = {}
  for (const [from, to] of places) {
    const value = source[from]
    if (value === undefined || value === null) continue
    if (!fits(to, value)) return undefined
    write(out, to, value)
  }
  return { type: flat['type'], [key]: out }
}

/** What comes out of an annotation was never checked against a schema. */
function fits(place: string, value: unknown): boolean {
  const [name = ''] = place.split('.').slice(-1)
  switch (name) {
    case 'averageUtilization':
      return Number.isInteger(value)
    case 'value':
    case 'averageValue':
      return isQuantity(value)
    case 'selector':
    case 'describedObject':
      return parseFields(value) !== undefined
    default:
      return typeof value === 'string'
  }
}

function read(source: Fields, place: string): unknown {
  const [first = '', second] = place.split('.')
  return second === undefined ? source[first] : parseFields(source[first])?.[second]
}
function write(target: Fields, place: string, value: unknown): void {
  const [first = '', second] = place.split('.')
  if (second === undefined) target[first] = value
  else {
    const inner = parseFields(target[first]) ?? {}
    inner[second] = value
    target[first] = inner
  }
}
