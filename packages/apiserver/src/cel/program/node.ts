import type { CelType } from '../types.ts'
import { sizeOf, type Value } from '../values/value.ts'
import { Meter } from './meter.ts'

/** Where a running program keeps its variables, and what it has spent. */
export interface Frame {
  readonly slots: (Value | undefined)[]
  readonly meter: Meter
}

/** A compiled expression: its type, how to run it, and the most that can cost. */
export interface Node {
  readonly type: CelType
  readonly at: number
  readonly run: (frame: Frame) => Value
  /** The worst case, from the sizes that the schema allows. */
  readonly cost: number
  /** Known before it runs; running it is free. */
  readonly constant?: { readonly value: Value }
}

/** Nothing says how large the value can get. */
export const unbounded: number = 2 ** 64

const sized = new Set(['string', 'bytes', 'list', 'map', 'dyn'])

/** The most characters, items or entries that a value of this type can have. */
export function largest(type: CelType): number {
  if (type.max !== undefined) return type.max
  return sized.has(type.name) ? unbounded : 1
}

export function constantNode(value: Value, type: CelType, at: number, cost = 0): Node {
  const max = sizeOf(value)
  return { type: { ...type, max }, at, run: () => value, cost, constant: { value } }
}

/** One type for both: the same with the larger size, or `dyn`. */
export function join(a: CelType, b: CelType): CelType {
  if (a.struct !== undefined || b.struct !== undefined) return a.struct === b.struct ? a : widest(a, b)
  if (a.name !== b.name || a.args.length !== b.args.length) return widest(a, b)
  const args = a.args.map((argument, index) => join(argument, b.args[index] ?? argument))
  const max = a.max === undefined || b.max === undefined ? undefined : Math.max(a.max, b.max)
  return { ...a, args, max }
}
function widest(a: CelType, b: CelType): CelType {
  return { name: 'dyn', args: [], max: Math.max(largest(a), largest(b)) }
}

/** What literals may cost while they are folded. */
export const foldingLimit: number = 10_000

/** The value of an expression without variables; `undefined` when it fails. */
export function tryRun(node: Node): Value | undefined {
  try {
    return node.run({ slots: [], meter: new Meter(foldingLimit) })
  } catch {
    return undefined
  }
}
