import { deepEqual, validateQualifiedName } from '@kairship/apimachinery'
import type { KindRules, ObjectView } from '../../contracts.ts'
import type { FieldErrors } from '../../field-errors.ts'
import { items, type ReadonlyFields, setMissing, stringMap, strings, text } from '../../fields.ts'
import { validateImmutable } from '../immutable.ts'

const bindingModes = ['Immediate', 'WaitForFirstConsumer']
const maxParameters = 512
const maxParameterBytes = 256 * 1024

export const storageClassRules: KindRules = {
  defaults: (draft) => {
    setMissing(draft, 'reclaimPolicy', 'Delete')
    setMissing(draft, 'volumeBindingMode', 'Immediate')
  },
  validate: (storageClass, errors) => {
    validateDriver(text(storageClass, 'provisioner'), 'provisioner', errors)
    validateParameters(storageClass, errors)
    errors.oneOf('reclaimPolicy', storageClass['reclaimPolicy'], ['Delete', 'Retain'])
    const mode = storageClass['volumeBindingMode']
    if (!bindingModes.includes(text(storageClass, 'volumeBindingMode'))) {
      errors.notSupported('volumeBindingMode', mode, bindingModes)
    }
    for (const [index, term] of items(storageClass, 'allowedTopologies').entries()) {
      for (const [position, expression] of items(term, 'matchLabelExpressions').entries()) {
        validateTopology(expression, `allowedTopologies[${index}].matchLabelExpressions[${position}]`, errors)
      }
    }
  },
  validateUpdate: (storageClass, old, errors) => {
    forbidChanges(storageClass, old, ['parameters', 'provisioner', 'reclaimPolicy'], errors)
    validateImmutable(storageClass['volumeBindingMode'], old['volumeBindingMode'], 'volumeBindingMode', errors)
  },
}

/** Provisioners and attachers are names of drivers. */
export function validateDriver(name: string, field: string, errors: FieldErrors): void {
  if (name === '') errors.required(field)
  else for (const problem of validateQualifiedName(name.toLowerCase())) errors.invalid(field, name, problem)
}

function validateParameters(storageClass: ObjectView, errors: FieldErrors): void {
  const parameters = Object.entries(stringMap(storageClass, 'parameters'))
  if (parameters.length > maxParameters) {
    errors.tooLong('parameters', maxParameters)
    return
  }
  let size = 0
  for (const [key, value] of parameters) {
    if (key === '') errors.invalid('parameters', key, 'field can not be empty.')
    size += Buffer.byteLength(key) + Buffer.byteLength(value)
  }
  if (size > maxParameterBytes) errors.tooLong('parameters', maxParameterBytes)
}

function validateTopology(expression: ReadonlyFields, path: string, errors: FieldErrors): void {
  const key = text(expression, 'key')
  for (const problem of validateQualifiedName(key)) errors.invalid(`${path}.key`, key, problem)
  const values = strings(expression, 'values')
  if (values.length === 0) errors.required(`${path}.values`)
  for (const [index, value] of values.entries()) {
    if (values.indexOf(value) < index) errors.duplicate(`${path}.values[${index}]`, value)
  }
}

function forbidChanges(object: ObjectView, old: ObjectView, fields: readonly string[], errors: FieldErrors): void {
  for (const field of fields) {
    if (!deepEqual(object[field], old[field])) errors.forbidden(field, `updates to ${field} are forbidden.`)
  }
}

export const volumeAttributesClassRules: KindRules = {
  validate: (attributes, errors) => validateDriver(text(attributes, 'driverName'), 'driverName', errors),
  validateUpdate: (attributes, old, errors) => {
    forbidChanges(attributes, old, ['driverName', 'parameters'], errors)
  },
}
