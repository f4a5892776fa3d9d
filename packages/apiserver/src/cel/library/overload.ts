import type { Meter } from '../program/meter.ts'
import { type CelType, parseType, splitTop } from '../types.ts'
import type { Value } from '../values/value.ts'

/** A cost or a size from the sizes of the arguments, receiver first. Grows with each of them. */
export type OfSizes = (...sizes: number[]) => number

export interface Overload {
  readonly name: string
  readonly member: boolean
  /** Receiver first. */
  readonly params: readonly CelType[]
  readonly result: CelType
  readonly run: (args: readonly Value[], meter: Meter) => Value
  readonly cost: OfSizes
  /** How large the result can get; absent for scalars. */
  readonly size: OfSizes | undefined
}

export interface Pricing {
  readonly cost?: OfSizes
  readonly size?: OfSizes
}

/**
 * `define('string.startsWith(string): bool', (text, start) => …)`. The function gets the arguments with the types of the
 * signature, receiver first, and then the meter. Nothing calls it with others.
 */
export function define(signature: string, run: (...args: never[]) => Value, pricing: Pricing = {}): Overload {
  const open = signature.indexOf('(')
  const close = signature.lastIndexOf('): ')
  const head = signature.slice(0, open)
  const receiver = /^(.*)\.(\w+)$/.exec(head)
  const member = receiver !== null && !namespaces.has(receiver[1] ?? '')
  const params = splitTop(signature.slice(open + 1, close)).map(parseType)
  if (member) params.unshift(parseType(receiver[1] ?? ''))
  return {
    name: member ? (receiver[2] ?? '') : head,
    member,
    params,
    result: parseType(signature.slice(close + 3)),
    run: parseRun(run),
    cost: pricing.cost ?? one,
    size: pricing.size,
  }
}

const namespaces = new Set(['sets', 'optional', 'ip', 'format', 'regex', 'jsonpatch', 'strings', 'semver', 'lists'])

function parseRun(run: (...args: never[]) => Value): Overload['run'] {
  const call = run as (...args: unknown[]) => Value
  return (args, meter) => call(...args, meter)
}

function one(): number {
  return 1
}

/** Reading through text: a tenth of a unit per character. */
export function traverse(...sizes: number[]): number {
  let total = 0
  for (const size of sizes) total += size
  return Math.ceil(total * 0.1)
}
/** Matching a regular expression. */
export function matching(text: number, pattern: number): number {
  return Math.ceil((1 + text) * 0.1) * Math.ceil(pattern * 0.25)
}
