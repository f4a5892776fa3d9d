import type { KindRules, ObjectView } from '../../contracts.ts'
import { flag, integer, setMissing } from '../../fields.ts'
import { validateImmutable } from '../immutable.ts'

const highestUserPriority = 1_000_000_000
const systemPriorities: { readonly [name: string]: number | undefined } = {
  'system-node-critical': 2_000_001_000,
  'system-cluster-critical': 2_000_000_000,
}

export const priorityClassRules: KindRules = {
  defaults: (draft) => {
    setMissing(draft, 'preemptionPolicy', 'PreemptLowerPriority')
    setMissing(draft, 'value', 0)
  },
  validate: (priorityClass, errors) => {
    const value = integer(priorityClass, 'value') ?? 0
    if ((priorityClass.metadata.name ?? '').startsWith('system-')) {
      const problem = systemProblem(priorityClass, value)
      if (problem !== '') {
        const detail = "priority class names with 'system-' prefix are reserved for system use only. error: "
        errors.forbidden('metadata.name', detail + problem)
      }
    } else if (value > highestUserPriority) {
      errors.forbidden('value', `maximum allowed value of a user defined priority is ${highestUserPriority}`)
    }
    errors.oneOf('preemptionPolicy', priorityClass['preemptionPolicy'], ['PreemptLowerPriority', 'Never'])
  },
  validateUpdate: (priorityClass, old, errors) => {
    if (priorityClass['value'] !== old['value']) errors.forbidden('value', 'may not be changed in an update.')
    validateImmutable(priorityClass['preemptionPolicy'], old['preemptionPolicy'], 'preemptionPolicy', errors)
  },
}

/** The two classes of the system are what every cluster has, and nothing else. */
function systemProblem(priorityClass: ObjectView, value: number): string {
  const name = priorityClass.metadata.name ?? ''
  const known = systemPriorities[name]
  if (known === undefined) return `${name} is not a known system priority class`
  if (value !== known) return `value of ${name} PriorityClass must be ${known}`
  return flag(priorityClass, 'globalDefault') ? `globalDefault of ${name} PriorityClass must be false` : ''
}
