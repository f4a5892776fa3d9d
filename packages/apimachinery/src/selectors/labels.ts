import type { DeepReadonly } from '../json.ts'
import { validateQualifiedName } from '../names/validation.ts'
import type { Token, TokenKind } from './lexer.ts'
import { tokenize } from './lexer.ts'
import type { LabelOperator, LabelRequirement, Labels } from './requirement.ts'
import { formatRequirement, invalid, labelRequirement, requirementMatches, SelectorError } from './requirement.ts'

/** metav1.LabelSelector. */
export type LabelSelector = {
  matchLabels?: { [key: string]: string }
  matchExpressions?: LabelSelectorRequirement[]
}
export type LabelSelectorRequirement = { key: string; operator: string; values?: string[] }

/** A parsed selector: every requirement must hold. */
export class LabelMatcher {
  readonly requirements: readonly LabelRequirement[]
  /** Selects nothing at all: an absent LabelSelector. */
  readonly #never: boolean

  constructor(requirements: readonly LabelRequirement[], never = false) {
    this.requirements = requirements
    this.#never = never
  }

  /** True when every object matches. */
  get empty(): boolean {
    return this.requirements.length === 0 && !this.#never
  }

  matches(labels: Labels | undefined): boolean {
    if (this.#never) return false
    return this.requirements.every((requirement) => requirementMatches(requirement, labels ?? {}))
  }

  /** The query-string form, requirements sorted by key. */
  toString(): string {
    return this.requirements
      .toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
      .map(formatRequirement)
      .join(',')
  }
}

/** `a=b,c in (d,e),!f`. Throws `SelectorError` with upstream's text. */
export function parseLabelSelector(text: string): LabelMatcher {
  return new LabelMatcher(new Parser(tokenize(text)).requirements())
}

/** An absent selector selects nothing, an empty one everything. */
export function labelSelectorMatcher(selector: DeepReadonly<LabelSelector> | null | undefined): LabelMatcher {
  if (selector === null || selector === undefined) return new LabelMatcher([], true)
  const equalities = Object.entries(selector.matchLabels ?? {}).map(([key, value]) =>
    labelRequirement(key, '=', [value]),
  )
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values }) =>
    labelRequirement(key, expressionOperator(operator), values ?? []),
  )
  return new LabelMatcher([...equalities, ...expressions])
}

/** Selects objects that carry all of these labels. */
export function labelSetMatcher(labels: { readonly [key: string]: string }): LabelMatcher {
  return labelSelectorMatcher({ matchLabels: labels })
}

/** The object form of a parsed selector; `>` and `<` have none and are refused. */
export function toLabelSelector(matcher: LabelMatcher): LabelSelector {
  const matchLabels: { [key: string]: string } = {}
  const matchExpressions: LabelSelectorRequirement[] = []
  for (const { key, operator, values } of matcher.requirements) {
    if ((operator === '=' || operator === '==') && !Object.hasOwn(matchLabels, key)) matchLabels[key] = values[0] ?? ''
    else matchExpressions.push({ key, ...expressionOf(operator, values) })
  }
  return {
    ...(Object.keys(matchLabels).length > 0 ? { matchLabels } : {}),
    ...(matchExpressions.length > 0 ? { matchExpressions } : {}),
  }
}

function expressionOf(operator: LabelOperator, values: readonly string[]): { operator: string; values?: string[] } {
  switch (operator) {
    case 'exists':
      return { operator: 'Exists' }
    case '!':
      return { operator: 'DoesNotExist' }
    case 'in':
    case '=':
    case '==':
      return { operator: 'In', values: [...values] }
    case 'notin':
    case '!=':
      return { operator: 'NotIn', values: [...values] }
    case '>':
    case '<':
      throw new SelectorError(`${JSON.stringify(operator)} is not a valid label selector operator`)
  }
}

function expressionOperator(operator: string): LabelOperator {
  switch (operator) {
    case 'In':
      return 'in'
    case 'NotIn':
      return 'notin'
    case 'Exists':
      return 'exists'
    case 'DoesNotExist':
      return '!'
    default:
      throw new SelectorError(`${JSON.stringify(operator)} is not a valid label selector operator`)
  }
}

const END: Token = { kind: 'end', text: '' }

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  requirements(): LabelRequirement[] {
    const requirements: LabelRequirement[] = []
    if (this.#is('end')) return requirements
    for (;;) {
      if (!this.#is('identifier', '!')) this.#fail("expected: !, identifier, or 'end of string'")
      requirements.push(this.#requirement())
      if (this.#take('end')) return requirements
      if (!this.#take(',')) this.#fail("expected: ',' or 'end of string'")
      if (!this.#is('identifier', '!')) this.#fail("expected: identifier after ','")
    }
  }

  #requirement(): LabelRequirement {
    try {
      return this.#parse()
    } catch (error) {
      throw new SelectorError(`unable to parse requirement: ${error instanceof Error ? error.message : ''}`, {
        cause: error,
      })
    }
  }

  #parse(): LabelRequirement {
    const negated = this.#take('!') !== undefined
    const key = this.#take('identifier')?.text ?? this.#fail('expected: identifier')
    const [problem] = invalid('<nil>', key, validateQualifiedName(key))
    if (problem !== undefined) throw new SelectorError(problem)
    if (negated) return labelRequirement(key, '!', [])
    // A key alone; `in` and `notin` after it are read as words here only when nothing else can follow.
    if (this.#is('end', ',')) return labelRequirement(key, 'exists', [])
    const operator = this.#operator()
    const values = operator === 'in' || operator === 'notin' ? this.#set() : [this.#exact()]
    return labelRequirement(key, operator, values)
  }

  #operator(): LabelOperator {
    const { kind } = this.#peek(true)
    switch (kind) {
      case 'in':
      case 'notin':
      case '=':
      case '==':
      case '!=':
      case '>':
      case '<':
        this.#at++
        return kind
      case 'identifier':
      case '(':
      case ')':
      case ',':
      case '!':
      case 'end':
      case 'error':
        return this.#fail('expected: in, notin, =, ==, !=, gt, lt')
    }
  }

  #exact(): string {
    if (this.#is('end', ',')) return ''
    return this.#take('identifier')?.text ?? this.#fail('expected: identifier')
  }

  #set(): string[] {
    // Upstream has no comma in this one text.
    if (!this.#take('(')) throw new SelectorError(`found '${this.#peek().text}' expected: '('`)
    const values: string[] = []
    if (this.#take(')')) return values
    if (!this.#is('identifier', ',')) this.#fail("expected: ',', ')' or identifier")
    // A missing word between, before or after commas is the empty string.
    for (;;) {
      values.push(this.#take('identifier')?.text ?? '')
      if (this.#take(')')) return values
      if (!this.#take(',')) this.#fail("expected: ',' or ')'")
      if (!this.#is('identifier', ',', ')')) this.#fail("expected: ',', or identifier")
    }
  }

  /** Where an operator cannot stand, `in` and `notin` are ordinary words. */
  #peek(operators = false): Token {
    const token = this.#tokens[this.#at] ?? END
    if (!operators && (token.kind === 'in' || token.kind === 'notin')) return { kind: 'identifier', text: token.text }
    return token
  }

  #is(...kinds: readonly TokenKind[]): boolean {
    return kinds.includes(this.#peek().kind)
  }

  #take(kind: TokenKind): Token | undefined {
    const token = this.#peek()
    if (token.kind !== kind) return undefined
    this.#at++
    return token
  }

  #fail(expected: string): never {
    throw new SelectorError(`found '${this.#peek().text}', ${expected}`)
  }
}
