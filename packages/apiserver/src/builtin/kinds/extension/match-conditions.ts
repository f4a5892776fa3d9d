import { validateQualifiedName } from '@kairship/apimachinery'
import type { FieldErrors } from '../../field-errors.ts'
import { items, type ReadonlyFields, text } from '../../fields.ts'

const maxConditions = 64

/** The expressions themselves are not looked at. */
export function validateMatchConditions(parent: ReadonlyFields, path: string, errors: FieldErrors): void {
  const conditions = items(parent, 'matchConditions')
  const field = `${path}.matchConditions`
  if (conditions.length > maxConditions) errors.tooMany(field, conditions.length, maxConditions)
  const names = new Set<string>()
  for (const [index, condition] of conditions.entries()) {
    if (text(condition, 'expression').trim() === '') errors.required(`${field}[${index}].expression`)
    const name = text(condition, 'name')
    if (name === '') errors.required(`${field}[${index}].name`)
    else for (const problem of validateQualifiedName(name)) errors.invalid(`${field}[${index}].name`, name, problem)
    if (names.has(name)) errors.duplicate(`${field}[${index}].name`, name)
    names.add(name)
  }
}
