import type { DeepReadonly, JsonObject, JsonValue } from '../json.ts'
import type { Shape } from '../shape/shape.ts'
import { formOf } from './compare.ts'
import type { FieldSet } from './field-set.ts'
import { emptyFieldSet, withSelf } from './field-set.ts'
import { formatFieldPath, itemElement } from './path-element.ts'

type Value = DeepReadonly<JsonValue>
type Draft = { [element: string]: FieldSet }

/** An applied configuration that does not fit its schema. One line per problem, paths as upstream prints them. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
  constructor(problems: readonly string[]) {
    super(problems.length === 1 ? (problems[0] ?? '') : `errors:\n${problems.map((each) => `  ${each}\n`).join('')}`)
  }
}

/**
 * Every path that a configuration says something about: what its applier will own. Throws `ConfigurationError` for fields
 * that the schema does not declare and for lists whose items cannot be told apart.
 */
export function toFieldSet(object: DeepReadonly<JsonObject>, shape: Shape): FieldSet {
  const walker = new Walker()
  const set = walker.visit(object, shape) ?? {}
  if (walker.problems.length > 0) throw new ConfigurationError(walker.problems)
  return set
}

class Walker {
  readonly problems: string[] = []
  readonly #path: string[] = []

  /** The set below a value; undefined when the value alone owns nothing (an empty list). */
  visit(value: Value, shape: Shape): FieldSet | undefined {
    if (shape.kind === 'object' || shape.kind === 'list') this.#checkForm(value, shape)
    switch (formOf(value, shape)) {
      case 'object':
        return this.#object(value as DeepReadonly<JsonObject>, shape)
      case 'list':
        return this.#list(value as readonly Value[], shape)
      case 'leaf':
      case 'none':
        return emptyFieldSet
    }
  }

  #checkForm(value: Value, shape: Shape): void {
    if (value === null) return
    const found = Array.isArray(value) ? 'list' : typeof value === 'object' ? 'object' : 'scalar'
    if (found !== shape.kind)
      this.#problem(`expected ${shape.kind === 'list' ? 'list' : 'map'}, got ${JSON.stringify(value)}`)
  }

  #object(object: DeepReadonly<JsonObject>, shape: Shape): FieldSet | undefined {
    const set: Draft = {}
    let empty = true
    for (const key of Object.keys(object)) {
      const value = object[key]
      if (value === undefined) continue
      empty = false
      this.#path.push(`f:${key}`)
      const member = shape.member(key)
      if (member === undefined) {
        this.#problem('field not declared in schema')
      } else {
        const below = this.visit(value, member)
        // A map's entry is owned itself; a struct's field only through what is in it.
        if (!shape.declares(key)) set[`f:${key}`] = withSelf(below)
        else if (below !== undefined) set[`f:${key}`] = below
      }
      this.#path.pop()
    }
    if (empty) return emptyFieldSet
    return Object.keys(set).length === 0 ? undefined : set
  }

  #list(list: readonly Value[], shape: Shape): FieldSet | undefined {
    const set: Draft = {}
    list.forEach((item, at) => {
      const element = itemElement(item, shape)
      if (element === undefined) {
        this.#problem(`element ${at}: ${this.#missingKey(item, shape)}`)
        return
      }
      this.#path.push(element)
      if (set[element] !== undefined) {
        const last = this.#path.pop() ?? ''
        this.#problem(`duplicate entries for key ${formatFieldPath([last])}`)
        return
      }
      set[element] = withSelf(this.visit(item, shape.items))
      this.#path.pop()
    })
    return Object.keys(set).length === 0 ? undefined : set
  }

  #missingKey(item: Value, shape: Shape): string {
    if (typeof item !== 'object' || item === null) return 'associative list with keys may not have non-map elements'
    const missing = shape.keys.find((key) => !Object.hasOwn(item, key) && shape.keyDefault(key) === undefined)
    return `associative list with keys has an element that omits key field ${JSON.stringify(missing ?? '')} (and doesn't have default value)`
  }

  #problem(text: string): void {
    this.problems.push(`${formatFieldPath(this.#path)}: ${text}`)
  }
}
