import { deepEqual } from '@kairship/apimachinery'
import type { FieldErrors } from '../field-errors.ts'

/** `field is immutable`, when the two values of `field` differ. */
export function validateImmutable(now: unknown, before: unknown, field: string, errors: FieldErrors): void {
  if (!deepEqual(now, before)) errors.invalid(field, now ?? null, 'field is immutable')
}
