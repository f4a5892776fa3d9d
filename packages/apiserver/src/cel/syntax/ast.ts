import type { Value } from '../values/value.ts'

export type Macro =
  | 'all'
  | 'exists'
  | 'existsOne'
  | 'map'
  | 'filter'
  | 'sortBy'
  | 'transformList'
  | 'transformMap'
  | 'transformMapEntry'
  | 'bind'
  | 'optMap'
  | 'optFlatMap'

interface Place {
  /** In the source, in UTF-16 units. */
  readonly at: number
}
export interface Entry<T> {
  readonly value: T
  /** `?value`: left out when the optional is empty. */
  readonly optional: boolean
}
export type Expr = Place &
  (
    | { readonly kind: 'literal'; readonly value: Value }
    | { readonly kind: 'ident'; readonly name: string }
    | { readonly kind: 'select'; readonly operand: Expr; readonly field: string; readonly optional: boolean }
    /** `has(operand.field)` */
    | { readonly kind: 'has'; readonly operand: Expr; readonly field: string }
    | { readonly kind: 'index'; readonly operand: Expr; readonly key: Expr; readonly optional: boolean }
    /** `target` is the receiver of a method. Operators are calls of `_+_` and the like. */
    | {
        readonly kind: 'call'
        readonly name: string
        readonly target: Expr | undefined
        readonly args: readonly Expr[]
      }
    | { readonly kind: 'logic'; readonly operator: '&&' | '||'; readonly args: readonly Expr[] }
    | { readonly kind: 'ternary'; readonly condition: Expr; readonly yes: Expr; readonly no: Expr }
    | { readonly kind: 'list'; readonly items: readonly Entry<Expr>[] }
    | { readonly kind: 'map'; readonly entries: readonly (Entry<Expr> & { readonly key: Expr })[] }
    /** A macro that binds variables: `range.all(vars, body)`, `cel.bind(vars, range, body)`. */
    | {
        readonly kind: 'macro'
        readonly macro: Macro
        readonly range: Expr
        readonly vars: readonly string[]
        readonly filter: Expr | undefined
        readonly body: Expr
      }
  )
