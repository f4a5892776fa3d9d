import { CompileError } from '../error.ts'
import type { Expr, Macro } from './ast.ts'

type Call = Expr & { readonly kind: 'call' }

const ranged: { readonly [name: string]: Macro | undefined } = {
  all: 'all',
  exists: 'exists',
  exists_one: 'existsOne',
  existsOne: 'existsOne',
  map: 'map',
  filter: 'filter',
  sortBy: 'sortBy',
  transformList: 'transformList',
  transformMap: 'transformMap',
  transformMapEntry: 'transformMapEntry',
  optMap: 'optMap',
  optFlatMap: 'optFlatMap',
}

/** How many variables and expressions a macro takes: [variables, expressions]. */
const shapes: { readonly [macro in Macro]: readonly (readonly [number, number])[] } = {
  all: [
    [1, 1],
    [2, 1],
  ],
  exists: [
    [1, 1],
    [2, 1],
  ],
  existsOne: [
    [1, 1],
    [2, 1],
  ],
  map: [
    [1, 1],
    [1, 2],
  ],
  filter: [[1, 1]],
  sortBy: [[1, 1]],
  transformList: [
    [2, 1],
    [2, 2],
  ],
  transformMap: [
    [2, 1],
    [2, 2],
  ],
  transformMapEntry: [
    [2, 1],
    [2, 2],
  ],
  bind: [],
  optMap: [[1, 1]],
  optFlatMap: [[1, 1]],
}

/** `has(a.b)`, `list.all(x, …)`, `cel.bind(x, …)`; `undefined` when the call is no macro. */
export function expandMacro(call: Call, source: string): Expr | undefined {
  const { name, target, args, at } = call
  if (target === undefined) return name === 'has' && args.length === 1 ? presence(call, source) : undefined
  if (name === 'bind' && target.kind === 'ident' && target.name === 'cel') return bind(call, source)
  const macro = Object.hasOwn(ranged, name) ? ranged[name] : undefined
  if (macro === undefined) return undefined
  const shape = shapes[macro].find(([vars, expressions]) => vars + expressions === args.length)
  if (shape === undefined) return undefined
  const vars = args.slice(0, shape[0]).map((argument) => variable(argument, source))
  if (vars.length === 2 && vars[0] === vars[1]) {
    throw new CompileError(`duplicate variable name: ${vars[0]}`, source, args[1]?.at ?? at)
  }
  const [first, second] = args.slice(shape[0])
  const body = second ?? first
  if (body === undefined) return undefined
  return { kind: 'macro', macro, range: target, vars, filter: second === undefined ? undefined : first, body, at }
}

function presence({ args, at }: Call, source: string): Expr {
  const [argument] = args
  if (argument?.kind === 'select') return { kind: 'has', operand: argument.operand, field: argument.field, at }
  throw new CompileError('invalid argument to has() macro', source, argument?.at ?? at)
}

function bind({ args, at }: Call, source: string): Expr {
  const [name, range, body] = args
  if (name === undefined || range === undefined || body === undefined || args.length !== 3) {
    throw new CompileError('cel.bind() takes a variable, its value and an expression', source, at)
  }
  return { kind: 'macro', macro: 'bind', range, vars: [variable(name, source)], filter: undefined, body, at }
}

function variable(argument: Expr, source: string): string {
  if (argument.kind === 'ident') return argument.name
  throw new CompileError('argument must be a simple name', source, argument.at)
}
