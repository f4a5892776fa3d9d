import type { Expr } from '../syntax/ast.ts'
import { assign, bool, bytes, type CelType, double, int, isDyn, nullType, string, uint } from '../types.ts'
import type { Value } from '../values/value.ts'

export function literalType(value: Value): CelType {
  if (value === null) return nullType
  if (typeof value === 'string') return string
  if (typeof value === 'bigint') return int
  if (typeof value === 'number') return double
  if (typeof value === 'boolean') return bool
  return value instanceof Uint8Array ? bytes : uint
}

/** Identifiers, selections and indexes only. */
export function isPath(expr: Expr): boolean {
  if (expr.kind === 'select' || expr.kind === 'index') return isPath(expr.operand)
  return expr.kind === 'ident'
}

/** `google.protobuf.Timestamp` as one name. */
export function dottedName(expr: Expr): string | undefined {
  if (expr.kind === 'ident') return expr.name
  if (expr.kind !== 'select' || expr.optional) return undefined
  const parent = dottedName(expr.operand)
  return parent === undefined ? undefined : `${parent}.${expr.field}`
}

/** Whether values of both types can be asked to be equal. */
export function comparable(a: CelType, b: CelType): boolean {
  if (a.name === 'null' || b.name === 'null') return takesNull(a) && takesNull(b)
  return assign(a, b, new Map()) || assign(b, a, new Map())
}
/** Null stands for an absent object, time or library value, never for a scalar, list or map. */
function takesNull(type: CelType): boolean {
  return type.struct !== undefined || isDyn(type) || type.name === 'null' || type.name.includes('.')
}
