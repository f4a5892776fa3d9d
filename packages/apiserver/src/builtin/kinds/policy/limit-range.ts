import { compareQuantities, formatQuantity } from '@kairship/apimachinery'
import type { Quantity } from '@kairship/apimachinery'
import type { KindRules } from '../../contracts.ts'
import type { FieldErrors } from '../../field-errors.ts'
import { at, ensure, type Fields, items, type ReadonlyFields, setMissing, text } from '../../fields.ts'
import { quantities } from '../quantities.ts'

const standardTypes: ReadonlySet<string> = new Set(['Pod', 'Container', 'PersistentVolumeClaim'])
const one = 1_000_000_000n

export const limitRangeRules: KindRules = {
  // What a container may use at most is what it gets when it names nothing, and what it gets is what it asks for.
  defaults: (draft) => {
    for (const limit of items(at(draft, 'spec'), 'limits')) {
      if (limit['type'] !== 'Container') continue
      fill(limit, 'default', at(limit, 'max'))
      fill(limit, 'defaultRequest', at(limit, 'default'))
      fill(limit, 'defaultRequest', at(limit, 'min'))
    }
  },
  validate: (range, errors) => {
    const seen = new Set<string>()
    for (const [index, limit] of items(at(range, 'spec'), 'limits').entries()) {
      const path = `spec.limits[${index}]`
      const type = text(limit, 'type')
      if (seen.has(type)) errors.duplicate(`${path}.type`, type)
      seen.add(type)
      if (!standardTypes.has(type) && !type.includes('/')) {
        errors.invalid(`${path}.type`, type, 'must be a standard limit type or fully qualified')
      }
      validateLimit(limit, type, path, errors)
    }
  },
}

function fill(limit: Fields, key: string, values: ReadonlyFields): void {
  for (const [name, value] of Object.entries(values)) setMissing(ensure(limit, key), name, value)
}

function validateLimit(limit: ReadonlyFields, type: string, path: string, errors: FieldErrors): void {
  const min = quantities(limit, 'min')
  const max = quantities(limit, 'max')
  const limits = quantities(limit, 'default')
  const requests = quantities(limit, 'defaultRequest')
  const ratios = quantities(limit, 'maxLimitRequestRatio')
  if (type === 'Pod') {
    for (const key of ['default', 'defaultRequest']) {
      if (Object.keys(at(limit, key)).length > 0) {
        errors.forbidden(`${path}.${key}`, "may not be specified when `type` is 'Pod'")
      }
    }
  }
  if (type === 'PersistentVolumeClaim' && !min.has('storage') && !max.has('storage')) {
    const detail = 'either minimum or maximum storage value is required, but neither was provided'
    errors.required(`${path}.limits`, detail)
  }
  for (const name of new Set([min, max, limits, requests, ratios].flatMap((map) => [...map.keys()]))) {
    const ordered = (low: Bound, high: Bound, at: Bound): void => {
      const [lower, upper] = [low.values.get(name), high.values.get(name)]
      if (lower === undefined || upper === undefined || compareQuantities(lower, upper) <= 0) return
      const values = `${low.title} value ${formatQuantity(lower)} is greater than ${high.title} value ${formatQuantity(upper)}`
      const shown = at.values.get(name)
      errors.invalid(`${path}.${at.key}[${name}]`, shown === undefined ? null : formatQuantity(shown), values)
    }
    const least: Bound = { key: 'min', title: 'min', values: min }
    const most: Bound = { key: 'max', title: 'max', values: max }
    const request: Bound = { key: 'defaultRequest', title: 'default request', values: requests }
    const usual: Bound = { key: 'default', title: 'default', values: type === 'Pod' ? new Map() : limits }
    ordered(least, most, least)
    ordered(least, request, request)
    ordered(request, most, request)
    ordered(request, { ...usual, title: 'default limit' }, request)
    ordered(least, usual, usual)
    ordered(usual, most, usual)
    const ratio = ratios.get(name)
    if (ratio !== undefined && ratio.nano < one) {
      const value = formatQuantity(ratio)
      errors.invalid(`${path}.maxLimitRequestRatio[${name}]`, value, `ratio ${value} is less than 1`)
    }
  }
}

interface Bound {
  readonly key: string
  readonly title: string
  readonly values: ReadonlyMap<string, Quantity>
}
