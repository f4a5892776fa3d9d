import { CelError } from '../error.ts'
import type { Overload } from '../library/overload.ts'
import { type CelType, elementOf, isDyn } from '../types.ts'
import { CelList, CelMap, sizeOf, typeName, type Value } from '../values/value.ts'
import type { Frame, Node } from './node.ts'

/** Functions that upstream prices at one unit still read their arguments. */
const workPerChar = 1 / 16

/** No look at the value is needed to know that it fits. */
export function isExact(type: CelType, param: CelType | undefined): boolean {
  return param !== undefined && (!isDyn(type) || isDyn(param) || (param.args.length === 0 && param.name.length === 1))
}

export function runExact(overload: Overload, args: readonly Node[]): Node['run'] {
  return (frame) => {
    const values: Value[] = []
    for (const arg of args) values.push(arg.run(frame))
    return invoke(overload, values, frame)
  }
}
export function runAny(candidates: readonly Overload[], args: readonly Node[]): Node['run'] {
  return (frame) => {
    const values: Value[] = []
    for (const arg of args) values.push(arg.run(frame))
    const overload = candidates.find(({ params }) => params.every((param, index) => accepts(param, values[index])))
    if (overload === undefined) throw new CelError('no such overload')
    return invoke(overload, values, frame)
  }
}
function invoke(overload: Overload, values: readonly Value[], { meter }: Frame): Value {
  const sizes = values.map(sizeOf)
  for (const [index, size] of sizes.entries()) meter.work(values[index] instanceof CelMap ? size : size * workPerChar)
  meter.charge(overload.cost(...sizes))
  return overload.run(values, meter)
}

/** Whether a value may stand for a parameter. Of lists, the first item speaks for all; functions check the others. */
function accepts(param: CelType, value: Value | undefined): boolean {
  if (value === undefined) return false
  if (isDyn(param) || (param.args.length === 0 && param.name.length === 1)) return true
  const name = typeName(value)
  if (param.name !== (name === 'null_type' ? 'null' : name)) return false
  if (!(value instanceof CelList) || value.length === 0) return true
  return accepts(elementOf(param), value.at(0))
}
