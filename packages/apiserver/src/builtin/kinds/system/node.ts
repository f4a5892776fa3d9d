import { validateLabelValue, validateQualifiedName } from '@kairship/apimachinery'
import type { KindRules } from '../../contracts.ts'
import type { FieldErrors } from '../../field-errors.ts'
import { at, child, ensure, items, type ReadonlyFields, text } from '../../fields.ts'

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

export const nodeRules: KindRules = {
  defaults: (draft) => {
    const status = child(draft, 'status')
    if (status?.['capacity'] === undefined) return
    // A node that reserves nothing can give away all it has.
    const allocatable = ensure(status, 'allocatable')
    for (const [name, value] of Object.entries(at(status, 'capacity'))) allocatable[name] ??= value
  },
  validate: (node, errors) => {
    const seen = new Set<string>()
    for (const [index, taint] of items(at(node, 'spec'), 'taints').entries()) {
      const path = `spec.taints[${index}]`
      validateTaint(taint, path, errors)
      const id = `${text(taint, 'key')}:${text(taint, 'effect')}`
      if (seen.has(id)) errors.duplicate(path, taint)
      seen.add(id)
    }
  },
}

function validateTaint(taint: ReadonlyFields, path: string, errors: FieldErrors): void {
  const key = text(taint, 'key')
  for (const problem of validateQualifiedName(key)) errors.invalid(`${path}.key`, key, problem)
  const value = text(taint, 'value')
  const problems = validateLabelValue(value)
  if (problems.length > 0) errors.invalid(`${path}.value`, value, problems.join(';'))
  const effect = text(taint, 'effect')
  if (effect === '') errors.required(`${path}.effect`)
  else errors.oneOf(`${path}.effect`, effect, effects)
}
