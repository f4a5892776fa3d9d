import type { FieldErrors } from '../../field-errors.ts'
import { type Fields, items, type ReadonlyFields, setMissing, strings, text } from '../../fields.ts'

// Which requests a webhook or an admission policy is asked about.

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE']
const wildcards = [
  ['operations', 'operations'],
  ['apiGroups', 'API groups'],
  ['apiVersions', 'API versions'],
] as const

export function defaultScopes(parent: Fields, key: string): void {
  for (const rule of items(parent, key)) setMissing(rule, 'scope', '*')
}

export function validateRule(rule: ReadonlyFields, path: string, errors: FieldErrors): void {
  for (const [key, others] of wildcards) {
    const values = strings(rule, key)
    if (values.length === 0) errors.required(`${path}.${key}`)
    if (values.length > 1 && values.includes('*')) {
      errors.invalid(`${path}.${key}`, values, `if '*' is present, must not specify other ${others}`)
    }
  }
  for (const [index, operation] of strings(rule, 'operations').entries()) {
    if (!operations.includes(operation)) errors.notSupported(`${path}.operations[${index}]`, operation, operations)
  }
  for (const [index, version] of strings(rule, 'apiVersions').entries()) {
    if (version === '') errors.required(`${path}.apiVersions[${index}]`)
  }
  validateResources(strings(rule, 'resources'), `${path}.resources`, errors)
  errors.oneOf(`${path}.scope`, text(rule, 'scope'), ['*', 'Cluster', 'Namespaced'])
}

function validateResources(resources: readonly string[], path: string, errors: FieldErrors): void {
  if (resources.length === 0) errors.required(path)
  const allOf = new Set<string>()
  const ofAll = new Set<string>()
  for (const [index, entry] of resources.entries()) {
    const field = `${path}[${index}]`
    if (entry === '') {
      errors.required(field)
      continue
    }
    const slash = entry.indexOf('/')
    if (slash < 0) continue
    const resource = entry.slice(0, slash)
    const sub = entry.slice(slash + 1)
    if (allOf.has(resource)) {
      errors.invalid(field, entry, `if '${resource}/*' is present, must not specify ${entry}`)
    }
    if (ofAll.has(sub)) errors.invalid(field, entry, `if '*/${sub}' is present, must not specify ${entry}`)
    if (sub === '*') allOf.add(resource)
    if (resource === '*') ofAll.add(sub)
  }
  if (resources.length > 1 && resources.includes('*/*')) {
    errors.invalid(path, resources, "if '*/*' is present, must not specify other resources")
  }
  if (resources.includes('*') && resources.some((entry) => entry !== '*' && !entry.includes('/'))) {
    errors.invalid(path, resources, "if '*' is present, must not specify other resources without subresources")
  }
}
