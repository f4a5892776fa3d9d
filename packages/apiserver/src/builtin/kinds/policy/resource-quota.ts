import { deepEqual, validateQualifiedName } from '@kairship/apimachinery'
import type { KindRules } from '../../contracts.ts'
import type { FieldErrors } from '../../field-errors.ts'
import { at, items, stringMap, strings, text } from '../../fields.ts'
import { readQuantity } from '../quantities.ts'

const computed = ['cpu', 'memory', 'ephemeral-storage']
const counted = new Set([
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'persistentvolumeclaims',
  'configmaps',
  'services.nodeports',
  'services.loadbalancers',
])
const standard: ReadonlySet<string> = new Set([
  ...computed,
  ...computed.map((name) => `requests.${name}`),
  ...computed.map((name) => `limits.${name}`),
  'requests.storage',
  ...counted,
])
const scopes: ReadonlySet<string> = new Set([
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'PriorityClass',
  'CrossNamespacePodAffinity',
  'VolumeAttributesClass',
])
const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist']

export const resourceQuotaRules: KindRules = {
  deleteReturnsObject: true,
  prepareForCreate: (draft) => {
    draft['status'] = {}
  },
  validate: (quota, errors) => {
    const spec = at(quota, 'spec')
    for (const [name, value] of Object.entries(stringMap(spec, 'hard'))) {
      const field = `spec.hard[${name}]`
      validateResource(name, field, errors)
      const nano = readQuantity(value)?.nano ?? 0n
      if (nano < 0n) errors.invalid(field, value, 'must be greater than or equal to 0')
      if (isCounted(name) && nano % 1_000_000_000n !== 0n) errors.invalid(field, value, 'must be an integer')
    }
    const named = strings(spec, 'scopes')
    if (named.some((scope) => !scopes.has(scope))) errors.invalid('spec.scopes', named, 'unsupported scope')
    for (const [first, second] of [
      ['BestEffort', 'NotBestEffort'],
      ['Terminating', 'NotTerminating'],
    ] as const) {
      if (named.includes(first) && named.includes(second)) {
        errors.invalid('spec.scopes', named, 'conflicting scopes')
      }
    }
    for (const [index, expression] of items(at(spec, 'scopeSelector'), 'matchExpressions').entries()) {
      const path = `spec.scopeSelector.matchExpressions[${index}]`
      const scope = text(expression, 'scopeName')
      if (!scopes.has(scope)) errors.invalid(`${path}.scopeName`, scope, 'unsupported scope')
      const operator = text(expression, 'operator')
      if (!operators.includes(operator)) errors.invalid(`${path}.operator`, operator, 'not a valid selector operator')
    }
  },
  validateUpdate: (quota, old, errors, context) => {
    if (context.operation.subresource === 'status') return
    const now = strings(at(quota, 'spec'), 'scopes')
    if (!deepEqual(now.toSorted(), strings(at(old, 'spec'), 'scopes').toSorted())) {
      errors.invalid('spec.scopes', now, 'field is immutable')
    }
  },
}

function validateResource(name: string, field: string, errors: FieldErrors): void {
  for (const problem of validateQualifiedName(name)) errors.invalid(field, name, problem)
  if (name.includes('/') || standard.has(name)) return
  errors.invalid(field, name, 'must be a standard resource type or fully qualified')
  errors.invalid(field, name, 'must be a standard resource for quota')
}

function isCounted(name: string): boolean {
  return counted.has(name) || name.startsWith('count/')
}
