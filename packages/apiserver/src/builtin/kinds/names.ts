import { validateDns1123Subdomain, validatePathSegmentName } from '@kairship/apimachinery'
import type { FieldErrors } from '../field-errors.ts'
import { type ReadonlyFields, text } from '../fields.ts'

export function validateSubdomain(value: string, field: string, errors: FieldErrors): void {
  for (const problem of validateDns1123Subdomain(value)) errors.invalid(field, value, problem)
}

/** A host, or `*.` and a host. */
export function validateHost(value: string, field: string, errors: FieldErrors): void {
  if (!value.includes('*')) {
    validateSubdomain(value, field, errors)
    return
  }
  if (value.startsWith('*.') && validateDns1123Subdomain(value.slice(2)).length === 0) return
  errors.invalid(
    field,
    value,
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower " +
      "case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used " +
      "for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
  )
}

/** A member that must be there and fit into a path. */
export function validateSegment(
  parent: ReadonlyFields,
  key: string,
  path: string,
  errors: FieldErrors,
  detail = '',
): void {
  const value = text(parent, key)
  if (value === '') errors.required(`${path}.${key}`, detail)
  else for (const problem of validatePathSegmentName(value)) errors.invalid(`${path}.${key}`, value, problem)
}
