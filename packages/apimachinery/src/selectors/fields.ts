import { SelectorError } from './requirement.ts'

export interface FieldRequirement {
  /** A dotted path: `metadata.name`, `spec.nodeName`. */
  readonly field: string
  readonly operator: '=' | '!='
  readonly value: string
}

/** A parsed field selector: every requirement must hold. */
export class FieldMatcher {
  readonly requirements: readonly FieldRequirement[]

  constructor(requirements: readonly FieldRequirement[]) {
    this.requirements = requirements
  }

  get empty(): boolean {
    return this.requirements.length === 0
  }

  /** `get` returns the field's text; undefined counts as the empty string, as upstream. */
  matches(get: (field: string) => string | undefined): boolean {
    return this.requirements.every(
      ({ field, operator, value }) => ((get(field) ?? '') === value) === (operator === '='),
    )
  }

  /** The value that a field must have, e.g. to read one object for `metadata.name=x`. */
  requires(field: string): string | undefined {
    return this.requirements.find((each) => each.field === field && each.operator === '=')?.value
  }

  /** Throws upstream's 400 text when a field cannot be selected on. `known` includes `metadata.name`. */
  check(known: readonly string[]): void {
    for (const { field } of this.requirements) {
      if (known.includes(field)) continue
      const names = known.map((name) => JSON.stringify(name)).join(', ')
      throw new SelectorError(`${JSON.stringify(field)} is not a known field selector: only ${names}`)
    }
  }

  toString(): string {
    return this.requirements.map(({ field, operator, value }) => `${field}${operator}${escape(value)}`).join(',')
  }
}

/** `metadata.name=a,status.phase!=Failed`. Backslash escapes `,`, `=` and itself in values. */
export function parseFieldSelector(text: string): FieldMatcher {
  const requirements: FieldRequirement[] = []
  for (const part of splitUnescaped(text)) {
    if (part === '') continue
    const operator = /!=|==|=/.exec(part)
    if (operator === null) throw new SelectorError(`invalid selector: '${text}'; can't understand '${part}'`)
    requirements.push({
      field: part.slice(0, operator.index),
      operator: operator[0] === '!=' ? '!=' : '=',
      value: unescape(part.slice(operator.index + operator[0].length)),
    })
  }
  return new FieldMatcher(requirements)
}

function splitUnescaped(text: string): string[] {
  const parts: string[] = []
  let start = 0
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (character === '\\') {
      at++
    } else if (character === ',') {
      parts.push(text.slice(start, at))
      start = at + 1
    }
  }
  parts.push(text.slice(start))
  return parts
}

function unescape(value: string): string {
  let result = ''
  for (let at = 0; at < value.length; at++) {
    const character = value.charAt(at)
    if (character === '=' || character === ',') {
      throw new SelectorError(`invalid field selector: unescaped character in value: ${character.charCodeAt(0)}`)
    }
    if (character !== '\\') {
      result += character
      continue
    }
    const next = value.charAt(++at)
    if (next !== '\\' && next !== ',' && next !== '=') {
      throw new SelectorError(`invalid field selector: invalid escape sequence: \\${next}`)
    }
    result += next
  }
  return result
}

function escape(value: string): string {
  return value.replaceAll(/[\\,=]/g, '\\$&')
}
