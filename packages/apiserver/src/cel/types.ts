/**
 * A CEL type. `list` has one argument, `map` two, `optional_type` and `type` one; a type parameter of a signature is one
 * upper-case letter. Types from a schema know how large their values can get.
 */
export interface CelType {
  readonly name: string
  readonly args: readonly CelType[]
  readonly struct?: StructType
  /** Most bytes, items or entries that a value of a request can have. */
  readonly max?: number | undefined
}

/** Fields by their escaped names. */
export interface StructType {
  field(name: string): StructField | undefined
}
export interface StructField {
  /** Name in the JSON object. */
  readonly key: string
  readonly type: CelType
}

function simple(name: string): CelType {
  return Object.freeze({ name, args: Object.freeze([]) })
}

export const dyn: CelType = simple('dyn')
export const bool: CelType = simple('bool')
export const int: CelType = simple('int')
export const uint: CelType = simple('uint')
export const double: CelType = simple('double')
export const string: CelType = simple('string')
export const bytes: CelType = simple('bytes')
export const nullType: CelType = simple('null')
export const timestamp: CelType = simple('google.protobuf.Timestamp')
export const duration: CelType = simple('google.protobuf.Duration')

export function opaque(name: string): CelType {
  return simple(name)
}
export function listOf(element: CelType, max?: number): CelType {
  return { name: 'list', args: [element], max }
}
export function mapOf(key: CelType, value: CelType, max?: number): CelType {
  return { name: 'map', args: [key, value], max }
}
export function optionalOf(element: CelType): CelType {
  return { name: 'optional_type', args: [element] }
}
export function typeOf(of: CelType): CelType {
  return { name: 'type', args: [of] }
}

export function isDyn(type: CelType): boolean {
  return type.name === 'dyn'
}
export function isParameter(type: CelType): boolean {
  return type.args.length === 0 && type.name.length === 1
}
/** The element of a list or optional, the value of a map. */
export function elementOf(type: CelType): CelType {
  return type.args[type.args.length - 1] ?? dyn
}

/** `list(map(string, int))` */
export function typeText(type: CelType): string {
  if (type.struct !== undefined) return 'object'
  return type.args.length === 0 ? type.name : `${type.name}(${type.args.map(typeText).join(', ')})`
}

/** Whether a value of type `from` may stand where `to` is asked for; parameters of `to` are bound on the way. */
export function assign(to: CelType, from: CelType, bound: Map<string, CelType>): boolean {
  if (isDyn(from) || isDyn(to)) return true
  if (isParameter(to)) {
    const known = bound.get(to.name)
    if (known === undefined) {
      bound.set(to.name, from)
      return true
    }
    if (assign(known, from, bound)) return true
    if (!isDyn(from) && assign(from, known, bound)) {
      bound.set(to.name, from)
      return true
    }
    return false
  }
  if (to.struct !== undefined || from.struct !== undefined) return to.struct === from.struct
  if (to.name !== from.name) return false
  if (to.name === 'type') return true
  return to.args.every((argument, index) => {
    const other = from.args[index]
    return other !== undefined && assign(argument, other, bound)
  })
}

/** Replaces parameters by what they were bound to; unbound ones are `dyn`. */
export function substitute(type: CelType, bound: ReadonlyMap<string, CelType>): CelType {
  if (isParameter(type)) return bound.get(type.name) ?? dyn
  if (type.args.length === 0) return type
  return { ...type, args: type.args.map((argument) => substitute(argument, bound)) }
}

/** Parses `list<A>` or `map<string, dyn>`. */
export function parseType(text: string): CelType {
  const open = text.indexOf('<')
  if (open < 0) return named[text.trim()] ?? opaque(text.trim())
  const name = text.slice(0, open).trim()
  const args = splitTop(text.slice(open + 1, text.lastIndexOf('>'))).map(parseType)
  return { name: name === 'optional' ? 'optional_type' : name, args }
}

const named: { readonly [name: string]: CelType | undefined } = {
  dyn,
  bool,
  int,
  uint,
  double,
  string,
  bytes,
  null: nullType,
  timestamp,
  duration,
  type: typeOf(dyn),
}

/** Splits at commas that are not inside angle brackets. */
export function splitTop(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let index = 0; index < text.length; index++) {
    const char = text[index]
    if (char === '<') depth += 1
    else if (char === '>') depth -= 1
    else if (char === ',' && depth === 0) {
      parts.push(text.slice(start, index))
      start = index + 1
    }
  }
  const last = text.slice(start)
  if (last.trim() !== '') parts.push(last)
  return parts
}
