import type { FieldErrors } from '../field-errors.ts'

/** A count, or a share of at most 100 %. */
export function validateIntOrPercent(value: unknown, field: string, errors: FieldErrors): void {
  if (typeof value === 'number' && value < 0) errors.invalid(field, value, 'must be greater than or equal to 0')
  if (typeof value !== 'string') return
  if (!/^[0-9]+%$/.test(value)) {
    errors.invalid(
      field,
      value,
      "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    )
  } else if (Number(value.slice(0, -1)) > 100) errors.invalid(field, value, 'must not be greater than 100%')
}
