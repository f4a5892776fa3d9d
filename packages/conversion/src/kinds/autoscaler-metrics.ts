import { defined, parseFields } from '../fields.ts'
import type { Fields, ReadonlyFields } from '../fields.ts'

/** A metric of v2 in the shape of v2beta1, which the annotations of autoscaling/v1 hold. */
export function metricToBeta1(metric: ReadonlyFields): Fields {
  const part = (key: string): Fields => parseFields(metric[key]) ?? {}
  const target = (fields: Fields): Fields => parseFields(fields['target']) ?? {}
  const named = (fields: Fields): Fields => parseFields(fields['metric']) ?? {}
  switch (metric['type']) {
    case 'Resource':
    case 'ContainerResource': {
      const key = metric['type'] === 'Resource' ? 'resource' : 'containerResource'
      const source = part(key)
      const { averageUtilization, averageValue } = target(source)
      return {
        type: metric['type'],
        [key]: defined({
          name: source['name'],
          container: source['container'],
          targetAverageUtilization: averageUtilization,
          targetAverageValue: averageValue,
        }),
      }
    }
    case 'Pods': {
      const source = part('pods')
      const { name, selector } = named(source)
      const pods = defined({ metricName: name, selector, targetAverageValue: target(source)['averageValue'] })
      return { type: 'Pods', pods }
    }
    case 'Object': {
      const source = part('object')
      const { name, selector } = named(source)
      const { value, averageValue } = target(source)
      const object = defined({
        target: source['describedObject'],
        metricName: name,
        selector,
        targetValue: value ?? '0',
        averageValue,
      })
      return { type: 'Object', object }
    }
    case 'External': {
      const source = part('external')
      const { name, selector } = named(source)
      const { value, averageValue } = target(source)
      const external = defined({
        metricName: name,
        metricSelector: selector,
        targetValue: value,
        targetAverageValue: averageValue,
      })
      return { type: 'External', external }
    }
    default:
      return { ...metric }
  }
}

/** The inverse of `metricToBeta1`. */
export function metricFromBeta1(metric: ReadonlyFields): Fields {
  const part = (key: string): Fields => parseFields(metric[key]) ?? {}
  switch (metric['type']) {
    case 'Resource':
    case 'ContainerResource': {
      const key = metric['type'] === 'Resource' ? 'resource' : 'containerResource'
      const { name, container, targetAverageUtilization, targetAverageValue } = part(key)
      const type = targetAverageUtilization === undefined ? 'AverageValue' : 'Utilization'
      const target = defined({ type, averageUtilization: targetAverageUtilization, averageValue: targetAverageValue })
      return { type: metric['type'], [key]: defined({ name, container, target }) }
    }
    case 'Pods': {
      const { metricName, selector, targetAverageValue } = part('pods')
      const target = defined({ type: 'AverageValue', averageValue: targetAverageValue })
      return { type: 'Pods', pods: { metric: defined({ name: metricName, selector }), target } }
    }
    case 'Object': {
      const { target: describedObject, metricName, selector, targetValue, averageValue } = part('object')
      const type = averageValue === undefined ? 'Value' : 'AverageValue'
      const value = averageValue !== undefined && targetValue === '0' ? undefined : targetValue
      const target = defined({ type, value, averageValue })
      const metricPart = defined({ name: metricName, selector })
      return { type: 'Object', object: defined({ describedObject, metric: metricPart, target }) }
    }
    case 'External': {
      const { metricName, metricSelector, targetValue, targetAverageValue } = part('external')
      const type = targetValue === undefined ? 'AverageValue' : 'Value'
      const target = defined({ type, value: targetValue, averageValue: targetAverageValue })
      const metricPart = defined({ name: metricName, selector: metricSelector })
      return { type: 'External', external: { metric: metricPart, target } }
    }
    default:
      return { ...metric }
  }
}

/** A current metric of v2 in the shape of v2beta1. */
export function currentToBeta1(metric: ReadonlyFields): Fields {
  const [key, source] = sourceOf(metric)
  if (key === undefined || source === undefined) return { ...metric }
  const { current, metric: named, describedObject, ...rest } = source
  const now = parseFields(current) ?? {}
  const { name, selector } = parseFields(named) ?? {}
  const renamed = defined({
    ...rest,
    target: describedObject,
    metricName: name,
    [key === 'external' ? 'metricSelector' : 'selector']: selector,
    currentAverageUtilization: now['averageUtilization'],
    [key === 'object' ? 'averageValue' : 'currentAverageValue']: now['averageValue'],
    currentValue: now['value'],
  })
  return { type: metric['type'], [key]: renamed }
}

/** The inverse of `currentToBeta1`. */
export function currentFromBeta1(metric: ReadonlyFields): Fields {
  const [key, source] = sourceOf(metric)
  if (key === undefined || source === undefined) return { ...metric }
  const {
    target,
    metricName,
    selector,
    metricSelector,
    currentAverageUtilization,
    currentAverageValue,
    averageValue,
    currentValue,
    ...rest
  } = source
  const current = defined({
    averageUtilization: currentAverageUtilization,
    averageValue: currentAverageValue ?? averageValue,
    value: currentValue,
  })
  const named = defined({ name: metricName, selector: selector ?? metricSelector })
  const metricPart = metricName === undefined ? {} : { metric: named }
  return { type: metric['type'], [key]: defined({ ...rest, describedObject: target, ...metricPart, current }) }
}

function sourceOf(metric: ReadonlyFields): readonly [string | undefined, Fields | undefined] {
  for (const key of ['resource', 'containerResource', 'pods', 'object', 'external']) {
    const source = parseFields(metric[key])
    if (source !== undefined) return [key, source]
  }
  return [undefined, undefined]
}
