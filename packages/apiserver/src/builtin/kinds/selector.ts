import { validateLabelValue, validateQualifiedName } from '@kairship/apimachinery'
import type { FieldErrors } from '../field-errors.ts'
import { items, stringMap, strings, text } from '../fields.ts'
import type { ReadonlyFields } from '../fields.ts'
import { validateLabels } from '../metadata.ts'

const operators = ['DoesNotExist', 'Exists', 'In', 'NotIn']

/** A LabelSelector. */
export function validateSelector(selector: ReadonlyFields, path: string, errors: FieldErrors): void {
  validateLabels(stringMap(selector, 'matchLabels'), `${path}.matchLabels`, errors)
  for (const [index, expression] of items(selector, 'matchExpressions').entries()) {
    validateExpression(expression, `${path}.matchExpressions[${index}]`, errors)
  }
}

function validateExpression(expression: ReadonlyFields, path: string, errors: FieldErrors): void {
  const operator = text(expression, 'operator')
  const values = strings(expression, 'values')
  const key = text(expression, 'key')
  if (!operators.includes(operator)) errors.invalid(`${path}.operator`, operator, 'not a valid selector operator')
  else if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) {
      errors.required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'")
    }
  } else if (values.length > 0) {
    errors.forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
  }
  for (const problem of validateQualifiedName(key)) errors.invalid(`${path}.key`, key, problem)
  for (const [index, value] of values.entries()) {
    for (const problem of validateLabelValue(value)) errors.invalid(`${path}.values[${index}]`, value, problem)
  }
}
