import { validateLabelValue, validateQualifiedName } from '../names/validation.ts'

export type LabelOperator = 'in' | 'notin' | '=' | '==' | '!=' | 'exists' | '!' | '>' | '<'

export interface LabelRequirement {
  readonly key: string
  readonly operator: LabelOperator
  /** Sorted, without repeats. */
  readonly values: readonly string[]
}

/** What a selector is matched against. */
export type Labels = { readonly [key: string]: string | undefined }

/** A selector that cannot be understood; the message is what upstream answers with 400. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError'
}

const INTEGER = /^[+-]?\d+$/

/** Checks and normalises one requirement. */
export function labelRequirement(key: string, operator: LabelOperator, values: Iterable<string>): LabelRequirement {
  const sorted = [...new Set(values)].toSorted()
  const problems = [
    ...invalid('key', key, validateQualifiedName(key)),
    ...valueCountProblems(operator, sorted),
    ...sorted.flatMap((value, index) => invalid(`values[${index}][${key}]`, value, validateLabelValue(value))),
  ]
  if (operator === '>' || operator === '<') {
    sorted.forEach((value, index) => {
      if (!INTEGER.test(value)) {
        problems.push(
          `values[${index}]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
        )
      }
    })
  }
  if (problems.length > 0) throw new SelectorError(joinProblems(problems))
  return { key, operator, values: sorted }
}

export function invalid(path: string, value: string, reasons: readonly string[]): string[] {
  return reasons.length === 0 ? [] : [`${path}: Invalid value: ${JSON.stringify(value)}: ${reasons.join('; ')}`]
}

function joinProblems(problems: readonly string[]): string {
  const unique = [...new Set(problems)]
  return unique.length === 1 ? (unique[0] ?? '') : `[${unique.join(', ')}]`
}

function valueCountProblems(operator: LabelOperator, values: readonly string[]): string[] {
  const shown = `[${values.map((value) => JSON.stringify(value)).join(',')}]`
  switch (operator) {
    case 'in':
    case 'notin':
      return values.length > 0
        ? []
        : [`values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty`]
    case '=':
    case '==':
    case '!=':
      return values.length === 1
        ? []
        : [`values: Invalid value: ${shown}: exact-match compatibility requires one single value`]
    case 'exists':
    case '!':
      return values.length === 0
        ? []
        : [`values: Invalid value: ${shown}: values set must be empty for exists and does not exist`]
    case '>':
    case '<':
      return values.length === 1
        ? []
        : [`values: Invalid value: ${shown}: for 'Gt', 'Lt' operators, exactly one value is required`]
  }
}

export function requirementMatches(requirement: LabelRequirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined
  switch (requirement.operator) {
    case 'in':
    case '=':
    case '==':
      return value !== undefined && requirement.values.includes(value)
    case 'notin':
    case '!=':
      return value === undefined || !requirement.values.includes(value)
    case 'exists':
      return value !== undefined
    case '!':
      return value === undefined
    case '>':
    case '<': {
      const bound = requirement.values[0]
      if (value === undefined || bound === undefined || !INTEGER.test(value)) return false
      return requirement.operator === '>' ? BigInt(value) > BigInt(bound) : BigInt(value) < BigInt(bound)
    }
  }
}

export function formatRequirement({ key, operator, values }: LabelRequirement): string {
  switch (operator) {
    case 'exists':
      return key
    case '!':
      return `!${key}`
    case 'in':
    case 'notin':
      // `()` would be no value at all; `(,)` is the empty string.
      return `${key} ${operator} (${values.length === 1 && values[0] === '' ? ',' : values.join(',')})`
    case '=':
    case '==':
    case '!=':
    case '>':
    case '<':
      return `${key}${operator}${values[0] ?? ''}`
  }
}
