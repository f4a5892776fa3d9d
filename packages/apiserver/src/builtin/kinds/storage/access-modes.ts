import type { FieldErrors } from '../../field-errors.ts'
import { type ReadonlyFields, strings } from '../../fields.ts'

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']

/** What a volume offers, and what a claim asks for. */
export function validateModes(spec: ReadonlyFields, whenEmpty: string, errors: FieldErrors): void {
  const modes = strings(spec, 'accessModes')
  if (modes.length === 0) errors.required('spec.accessModes', whenEmpty)
  for (const mode of modes) {
    if (!accessModes.includes(mode)) errors.notSupported('spec.accessModes', mode, accessModes)
  }
  if (modes.includes('ReadWriteOncePod') && modes.length > 1) {
    errors.forbidden('spec.accessModes', 'may not use ReadWriteOncePod with other access modes')
  }
  errors.oneOf('spec.volumeMode', spec['volumeMode'], ['Block', 'Filesystem'])
}
