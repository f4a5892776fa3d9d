import type { KindRules } from '../../contracts.ts'
import type { FieldErrors } from '../../field-errors.ts'
import { at, child, ensure, type Fields, items, type ReadonlyFields, setMissing, strings, text } from '../../fields.ts'
import { validateSelector } from '../selector.ts'
import { compilePolicy } from '../../../cel/policy/policy.ts'
import { validateMatchConditions } from './match-conditions.ts'
import { defaultScopes, validateRule } from './rules.ts'

// MutatingAdmissionPolicies are stored and checked for shape; they are neither compiled nor run.

export const validatingPolicyRules: KindRules = {
  defaults: defaultPolicy,
  validate: (policy, errors) => {
    const spec = at(policy, 'spec')
    validatePolicy(spec, errors)
    const validations = items(spec, 'validations')
    if (validations.length === 0 && items(spec, 'auditAnnotations').length === 0) {
      for (const key of ['validations', 'auditAnnotations']) {
        errors.required(`spec.${key}`, 'validations or auditAnnotations must contain at least one item')
      }
    }
    for (const [index, validation] of validations.entries()) {
      if (text(validation, 'expression').trim() !== '') continue
      errors.required(`spec.validations[${index}].expression`, 'expression is not specified')
    }
    if (!errors.empty) return
    for (const { field, expression, detail } of compilePolicy(policy, '').problems) {
      errors.invalid(field, expression, detail)
    }
  },
}

export const mutatingPolicyRules: KindRules = {
  defaults: (draft) => {
    defaultPolicy(draft)
    setMissing(ensure(draft, 'spec'), 'reinvocationPolicy', 'Never')
  },
  validate: (policy, errors) => {
    const spec = at(policy, 'spec')
    validatePolicy(spec, errors)
    errors.oneOf('spec.reinvocationPolicy', spec['reinvocationPolicy'], ['IfNeeded', 'Never'])
    if (items(spec, 'mutations').length === 0) {
      errors.required('spec.mutations', 'mutations must contain at least one item')
    }
  },
}

export const validatingBindingRules: KindRules = {
  defaults: defaultBinding,
  validate: (binding, errors) => {
    const spec = at(binding, 'spec')
    validateBinding(spec, errors)
    const actions = strings(spec, 'validationActions')
    const field = 'spec.validationActions'
    for (const [index, action] of actions.entries()) {
      errors.oneOf(`${field}[${index}]`, action, ['Audit', 'Deny', 'Warn'])
      if (actions.indexOf(action) < index) errors.duplicate(`${field}[${index}]`, action)
    }
    if (actions.includes('Deny') && actions.includes('Warn')) {
      errors.invalid(
        field,
        actions,
        'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
      )
    }
    if (actions.length === 0) errors.required(field, 'at least one validation action is required')
  },
}

export const mutatingBindingRules: KindRules = {
  defaults: defaultBinding,
  validate: (binding, errors) => validateBinding(at(binding, 'spec'), errors),
}

function defaultPolicy(draft: Fields): void {
  const spec = ensure(draft, 'spec')
  setMissing(spec, 'failurePolicy', 'Fail')
  const constraints = child(spec, 'matchConstraints')
  if (constraints !== undefined) defaultMatch(constraints)
}
function defaultBinding(draft: Fields): void {
  const match = child(at(draft, 'spec'), 'matchResources')
  if (match !== undefined) defaultMatch(match)
}
function defaultMatch(match: Fields): void {
  setMissing(match, 'matchPolicy', 'Equivalent')
  setMissing(match, 'namespaceSelector', {})
  setMissing(match, 'objectSelector', {})
  defaultScopes(match, 'resourceRules')
  defaultScopes(match, 'excludeResourceRules')
}

function validatePolicy(spec: ReadonlyFields, errors: FieldErrors): void {
  errors.oneOf('spec.failurePolicy', spec['failurePolicy'], ['Fail', 'Ignore'])
  const kind = child(spec, 'paramKind')
  if (kind !== undefined) {
    for (const key of ['apiVersion', 'kind']) if (text(kind, key) === '') errors.required(`spec.paramKind.${key}`)
  }
  const constraints = child(spec, 'matchConstraints')
  if (constraints === undefined) errors.required('spec.matchConstraints')
  else {
    validateMatch(constraints, 'spec.matchConstraints', errors)
    if (items(constraints, 'resourceRules').length === 0) errors.required('spec.matchConstraints.resourceRules')
  }
  validateMatchConditions(spec, 'spec', errors)
}

function validateBinding(spec: ReadonlyFields, errors: FieldErrors): void {
  if (text(spec, 'policyName') === '') errors.required('spec.policyName')
  const match = child(spec, 'matchResources')
  if (match !== undefined) validateMatch(match, 'spec.matchResources', errors)
  const param = child(spec, 'paramRef')
  if (param === undefined) return
  const path = 'spec.paramRef'
  const selector = child(param, 'selector')
  if (text(param, 'name') !== '' && selector !== undefined) {
    errors.forbidden(`${path}.name`, 'name and selector are mutually exclusive')
  }
  if (text(param, 'name') === '' && selector === undefined) {
    errors.required(path, 'one of name or selector must be specified')
  }
  if (selector !== undefined) validateSelector(selector, `${path}.selector`, errors)
  const action = text(param, 'parameterNotFoundAction')
  if (action === '') errors.required(`${path}.parameterNotFoundAction`)
  else errors.oneOf(`${path}.parameterNotFoundAction`, action, ['Allow', 'Deny'])
}

function validateMatch(match: ReadonlyFields, path: string, errors: FieldErrors): void {
  errors.oneOf(`${path}.matchPolicy`, match['matchPolicy'], ['Equivalent', 'Exact'])
  for (const key of ['namespaceSelector', 'objectSelector']) validateSelector(at(match, key), `${path}.${key}`, errors)
  for (const key of ['resourceRules', 'excludeResourceRules']) {
    for (const [index, rule] of items(match, key).entries()) validateRule(rule, `${path}.${key}[${index}]`, errors)
  }
}
