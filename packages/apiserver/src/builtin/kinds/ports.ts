import type { FieldErrors } from '../field-errors.ts'

export const protocols: readonly string[] = ['TCP', 'UDP', 'SCTP']

export function validatePortNumber(value: number, field: string, errors: FieldErrors): void {
  if (value < 1 || value > 65535) errors.invalid(field, value, 'must be between 1 and 65535, inclusive')
}

/** An IANA service name: `http`, `web-2`. */
export function validatePortName(value: string, field: string, errors: FieldErrors): void {
  if (value.length > 15) errors.invalid(field, value, 'must be no more than 15 bytes')
  if (!/^[-a-z0-9]+$/.test(value)) {
    errors.invalid(field, value, 'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)')
  }
  if (!/[a-z]/.test(value)) errors.invalid(field, value, 'must contain at least one letter (a-z)')
  if (value.includes('--')) errors.invalid(field, value, 'must not contain consecutive hyphens')
  if (value.startsWith('-') || value.endsWith('-')) {
    errors.invalid(field, value, 'must not begin or end with a hyphen')
  }
}
