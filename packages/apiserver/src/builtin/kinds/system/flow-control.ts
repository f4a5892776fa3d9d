import type { KindRules } from '../../contracts.ts'
import type { FieldErrors } from '../../field-errors.ts'
import { at, child, ensure, integer, items, type ReadonlyFields, setMissing, strings, text } from '../../fields.ts'
import { validateSubdomain } from '../names.ts'

const maxPrecedence = 10_000

export const flowSchemaRules: KindRules = {
  defaults: (draft) => {
    const spec = ensure(draft, 'spec')
    if ((integer(spec, 'matchingPrecedence') ?? 0) === 0) spec['matchingPrecedence'] = 1000
  },
  validate: (schema, errors) => {
    const spec = at(schema, 'spec')
    const precedence = integer(spec, 'matchingPrecedence') ?? 0
    const field = 'spec.matchingPrecedence'
    if (precedence <= 0) errors.invalid(field, precedence, 'must be a positive value')
    if (precedence > maxPrecedence) errors.invalid(field, precedence, `must not be greater than ${maxPrecedence}`)
    if (precedence === 1 && schema.metadata.name !== 'exempt') {
      errors.invalid(field, precedence, "only the schema named 'exempt' may have matchingPrecedence 1")
    }
    const level = text(at(spec, 'priorityLevelConfiguration'), 'name')
    if (level === '') errors.required('spec.priorityLevelConfiguration.name', 'must reference a priority level')
    else validateSubdomain(level, 'spec.priorityLevelConfiguration.name', errors)
    for (const [index, rule] of items(spec, 'rules').entries()) validateRule(rule, `spec.rules[${index}]`, errors)
  },
}

const subjectMembers: { readonly [kind: string]: string | undefined } = {
  Group: 'group',
  ServiceAccount: 'serviceAccount',
  User: 'user',
}

function validateRule(rule: ReadonlyFields, path: string, errors: FieldErrors): void {
  const subjects = items(rule, 'subjects')
  if (subjects.length === 0) errors.required(`${path}.subjects`, 'subjects must contain at least one value')
  for (const [index, subject] of subjects.entries()) {
    const kind = text(subject, 'kind')
    const member = subjectMembers[kind]
    const field = `${path}.subjects[${index}]`
    if (member === undefined) errors.notSupported(`${field}.kind`, kind, Object.keys(subjectMembers))
    else if (child(subject, member) === undefined) {
      errors.required(`${field}.${member}`, `${member} is required when subject kind is '${kind}'`)
    } else if (text(at(subject, member), 'name') === '') errors.required(`${field}.${member}.name`)
  }
  if (items(rule, 'resourceRules').length === 0 && items(rule, 'nonResourceRules').length === 0) {
    errors.required(path, 'at least one of resourceRules and nonResourceRules has to be non-empty')
  }
  for (const key of ['resourceRules', 'nonResourceRules']) {
    for (const [index, item] of items(rule, key).entries()) {
      if (strings(item, 'verbs').length > 0) continue
      errors.required(`${path}.${key}[${index}].verbs`, 'verbs must contain at least one value')
    }
  }
}

export const priorityLevelRules: KindRules = {
  defaults: (draft) => {
    const spec = ensure(draft, 'spec')
    const limited = child(spec, 'limited')
    if (limited !== undefined) {
      setMissing(limited, 'nominalConcurrencyShares', 30)
      setMissing(limited, 'lendablePercent', 0)
      const queuing = child(at(limited, 'limitResponse'), 'queuing')
      if (queuing !== undefined) {
        for (const [key, value] of [
          ['queues', 64],
          ['handSize', 8],
          ['queueLengthLimit', 50],
        ] as const) {
          if ((integer(queuing, key) ?? 0) === 0) queuing[key] = value
        }
      }
    }
    const exempt = child(spec, 'exempt')
    if (exempt === undefined) return
    setMissing(exempt, 'nominalConcurrencyShares', 0)
    setMissing(exempt, 'lendablePercent', 0)
  },
  validate: (level, errors) => {
    const spec = at(level, 'spec')
    const type = text(spec, 'type')
    if (type !== 'Exempt' && type !== 'Limited') errors.notSupported('spec.type', type, ['Exempt', 'Limited'])
    if ((type === 'Exempt') !== (level.metadata.name === 'exempt')) {
      errors.invalid('spec.type', type, "must be 'Exempt' if and only if `name` is 'exempt'")
    }
    const limited = child(spec, 'limited') !== undefined
    if (type === 'Exempt' && limited) errors.forbidden('spec.limited', 'must be nil if the type is not Limited')
    if (type !== 'Limited') return
    if (!limited) errors.required('spec.limited', 'must not be empty when type is Limited')
    if (child(spec, 'exempt') !== undefined) errors.forbidden('spec.exempt', 'must be nil if the type is Limited')
  },
}
