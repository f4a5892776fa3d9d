import type { DeepReadonly, JsonValue } from '@kairship/apimachinery'

type Value = DeepReadonly<JsonValue> | undefined
type Step =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'filter'; readonly path: readonly Step[]; readonly operator: string; readonly value: JsonValue }

/** A compiled path: every match, in document order; missing keys match nothing. */
export type JsonPath = (value: DeepReadonly<unknown>) => unknown[]

export class JsonPathError extends Error {
  override readonly name = 'JsonPathError'
}

/**
 * The JSONPath of printer columns, selectable fields and scale paths: `.a.b`, `['a']`, `[0]`, `[-1]`, `[*]`, `.*`,
 * `[?(@.type=="Ready")]` with `==` and `!=`, `\.` for a dot inside a key. A leading `$`, `{` … `}` is allowed.
 */
export function compileJsonPath(path: string): JsonPath {
  const reader = new PathReader(path)
  const steps = reader.read()
  return (value) => {
    let current: Value[] = [value as Value]
    for (const step of steps) current = current.flatMap((item) => apply(item, step))
    return current.filter((item) => item !== undefined)
  }
}

function apply(value: Value, step: Step): Value[] {
  switch (step.kind) {
    case 'key':
      return isMap(value) && Object.hasOwn(value, step.key) ? [value[step.key]] : []
    case 'index':
      return Array.isArray(value) ? [value.at(step.index)] : []
    case 'all':
      return Array.isArray(value) ? [...value] : isMap(value) ? Object.values(value) : []
    case 'filter':
      return Array.isArray(value) ? value.filter((item) => matches(item, step)) : []
  }
}

function matches(item: Value, step: Step & { kind: 'filter' }): boolean {
  let current: Value[] = [item]
  for (const inner of step.path) current = current.flatMap((value) => apply(value, inner))
  const [found] = current
  if (step.operator === '') return found !== undefined
  if (found === undefined) return false
  return (found === step.value) === (step.operator === '==')
}

function isMap(value: Value): value is DeepReadonly<{ [key: string]: JsonValue }> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

class PathReader {
  readonly #text: string
  #at = 0

  constructor(path: string) {
    const trimmed = path.trim()
    this.#text = trimmed.startsWith('{') && trimmed.endsWith('}') ? trimmed.slice(1, -1) : trimmed
  }

  read(): Step[] {
    if (this.#text[this.#at] === '$') this.#at++
    const steps = this.#steps()
    if (this.#at < this.#text.length) this.#fail()
    return steps
  }

  #steps(): Step[] {
    const steps: Step[] = []
    for (;;) {
      const next = this.#text[this.#at]
      if (next === '.') {
        this.#at++
        if (this.#text[this.#at] === '[') continue
        steps.push(this.#key())
      } else if (next === '[') steps.push(this.#bracket())
      else return steps
    }
  }

  #key(): Step {
    const match = /^(?:\\.|[^.[\]\s=!()])+/.exec(this.#text.slice(this.#at))
    if (match === null) return this.#fail()
    this.#at += match[0].length
    return match[0] === '*' ? { kind: 'all' } : { kind: 'key', key: match[0].replaceAll(/\\(.)/g, '$1') }
  }

  #bracket(): Step {
    const rest = this.#text.slice(this.#at)
    const simple = /^\[(?:(\*)|(-?\d+)|'([^']*)'|"([^"]*)")\]/.exec(rest)
    if (simple !== null) {
      this.#at += simple[0].length
      if (simple[1] !== undefined) return { kind: 'all' }
      if (simple[2] !== undefined) return { kind: 'index', index: Number(simple[2]) }
      return { kind: 'key', key: simple[3] ?? simple[4] ?? '' }
    }
    if (!rest.startsWith('[?(@')) return this.#fail()
    this.#at += '[?(@'.length
    const path = this.#steps()
    const tail = /^\s*(?:(==|!=)\s*("[^"]*"|'[^']*'|[\w.-]+))?\s*\)\]/.exec(this.#text.slice(this.#at))
    if (tail === null) return this.#fail()
    this.#at += tail[0].length
    return { kind: 'filter', path, operator: tail[1] ?? '', value: literal(tail[2] ?? '') }
  }

  #fail(): never {
    throw new JsonPathError(`cannot read ${JSON.stringify(this.#text)} as a simple JSON path at ${this.#at}`)
  }
}

function literal(text: string): JsonValue {
  if (text.startsWith('"') || text.startsWith("'")) return text.slice(1, -1)
  if (text === 'true' || text === 'false') return text === 'true'
  const number = Number(text)
  return text === '' || Number.isNaN(number) ? text : number
}
