import { CelError } from '../error.ts'
import type { Expr, Macro } from '../syntax/ast.ts'
import { bool, type CelType, dyn, elementOf, int, isDyn, listOf, mapOf, optionalOf, typeText } from '../types.ts'
import { CelList, CelMap, mapKey, Optional, ValueList, ValueMap, type Value } from '../values/value.ts'
import { order } from '../library/lists.ts'
import type { Compiler } from './compiler.ts'
import { type Frame, largest, type Node } from './node.ts'
import type { Scope, Variable } from './scope.ts'

type MacroExpr = Expr & { readonly kind: 'macro' }

/**
 * What a round costs besides its own expressions, as the loops that upstream makes of macros do: deciding whether to go on,
 * reading the accumulator, adding to it.
 */
const roundCost: { readonly [macro in Macro]: number } = {
  all: 3,
  exists: 4,
  existsOne: 2,
  filter: 13,
  sortBy: 13,
  map: 12,
  transformList: 12,
  transformMap: 3,
  transformMapEntry: 2,
  bind: 0,
  optMap: 0,
  optFlatMap: 0,
}
/** The decision not to go on. */
const stopCost = { all: 2, exists: 3 } as const
const resultCost = 1
const optionalCost = 6

export function compileMacro(expr: MacroExpr, scope: Scope, compiler: Compiler): Node {
  const range = compiler.compile(expr.range, scope)
  const { macro } = expr
  if (macro === 'bind') return bind(expr, range, scope, compiler)
  if (macro === 'optMap' || macro === 'optFlatMap') return optional(expr, range, scope, compiler)
  return new Loop(expr, range, scope, compiler).node()
}

function bind(expr: MacroExpr, range: Node, scope: Scope, compiler: Compiler): Node {
  const [name = ''] = expr.vars
  const inner = scope.with([[name, range.type]])
  const slot = inner.find(name)?.slot ?? 0
  const body = compiler.compile(expr.body, inner)
  const run = (frame: Frame): Value => {
    frame.slots[slot] = range.run(frame)
    return body.run(frame)
  }
  return { type: body.type, at: expr.at, cost: range.cost + body.cost + resultCost, run }
}

function optional(expr: MacroExpr, range: Node, scope: Scope, compiler: Compiler): Node {
  const [name = ''] = expr.vars
  if (range.type.name !== 'optional_type' && !isDyn(range.type)) {
    throw compiler.fail(
      `found no matching overload for '${expr.macro}' applied to '${typeText(range.type)}.(dyn)'`,
      expr.at,
    )
  }
  const inner = scope.with([[name, elementOf(range.type)]])
  const slot = inner.find(name)?.slot ?? 0
  const body = compiler.compile(expr.body, inner)
  const flat = expr.macro === 'optFlatMap'
  const run = (frame: Frame): Value => {
    const held = range.run(frame)
    if (!(held instanceof Optional)) throw new CelError('no such overload')
    if (held.value === undefined) {
      frame.meter.charge(1)
      return held
    }
    frame.meter.charge(optionalCost - 1)
    frame.slots[slot] = held.value
    const value = body.run(frame)
    return flat ? value : new Optional(value)
  }
  const type = flat ? body.type : optionalOf(body.type)
  return { type, at: expr.at, cost: range.cost + body.cost + optionalCost, run }
}

/** A macro that goes through a list, or through the keys of a map. */
class Loop {
  readonly #expr: MacroExpr
  readonly #range: Node
  readonly #first: Variable
  readonly #second: Variable | undefined
  readonly #filter: Node | undefined
  readonly #body: Node

  constructor(expr: MacroExpr, range: Node, scope: Scope, compiler: Compiler) {
    this.#expr = expr
    this.#range = range
    const { type } = range
    if (!isDyn(type) && type.name !== 'list' && type.name !== 'map') {
      throw compiler.fail(
        `expression of type '${typeText(type)}' cannot be range of a comprehension (must be list, map, or dynamic)`,
        expr.range.at,
      )
    }
    const [one = '', two] = expr.vars
    const inner = scope.with(variables(type, one, two))
    this.#first = find(inner, one)
    this.#second = two === undefined ? undefined : find(inner, two)
    this.#filter = expr.filter === undefined ? undefined : compiler.condition(expr.filter, inner)
    const quantifies = ['all', 'exists', 'existsOne', 'filter'].includes(expr.macro)
    this.#body = quantifies ? compiler.condition(expr.body, inner) : compiler.compile(expr.body, inner)
  }

  node(): Node {
    const { macro, at } = this.#expr
    const rounds = Math.max(0, largest(this.#range.type))
    const per = (this.#filter?.cost ?? 0) + this.#body.cost + roundCost[macro]
    const cost = this.#range.cost + rounds * per + resultCost
    const node = (type: CelType, run: (frame: Frame) => Value): Node => ({ type, at, cost, run })
    const { max } = this.#range.type
    switch (macro) {
      case 'all':
        return node(bool, (frame) => this.#quantify(frame, 'all'))
      case 'exists':
        return node(bool, (frame) => this.#quantify(frame, 'exists'))
      case 'existsOne':
        return node(bool, (frame) => this.#count(frame))
      case 'filter':
        return node(listOf(this.#first.type, max), (frame) => this.#select(frame))
      case 'sortBy':
        return node(listOf(this.#first.type, max), (frame) => this.#sort(frame))
      case 'map':
      case 'transformList':
        return node(listOf(this.#body.type, max), (frame) => this.#transform(frame))
      case 'transformMap':
        return node(mapOf(this.#first.type, this.#body.type, max), (frame) => this.#transformMap(frame))
      case 'transformMapEntry':
      case 'bind':
      case 'optMap':
      case 'optFlatMap': {
        const { type } = this.#body
        return node(mapOf(type.args[0] ?? dyn, elementOf(type)), (frame) => this.#transformEntries(frame))
      }
    }
  }

  /** Calls `visit` for each round with the variables set; stops when it returns true. */
  #each(frame: Frame, visit: (isLast: boolean) => boolean): void {
    const range = this.#range.run(frame)
    const { slots } = frame
    const first = this.#first.slot
    const second = this.#second?.slot
    const round = (key: Value, value: () => Value, isLast: boolean): boolean => {
      frame.meter.work(1)
      slots[first] = second === undefined && range instanceof CelList ? value() : key
      if (second !== undefined) slots[second] = value()
      return visit(isLast)
    }
    if (range instanceof CelList) {
      const { length } = range
      for (let index = 0; index < length; index++) {
        if (round(BigInt(index), () => range.at(index), index === length - 1)) return
      }
    } else if (range instanceof CelMap) {
      let left = range.size
      for (const key of range.keys()) if (round(key, () => range.get(key) ?? null, --left === 0)) return
    } else throw new CelError('no such overload')
  }

  #holds(node: Node, frame: Frame): boolean {
    const value = node.run(frame)
    if (typeof value === 'boolean') return value
    throw new CelError('no such overload')
  }

  /** `all` and `exists`: an error counts only when no other item decides. */
  #quantify(frame: Frame, macro: 'all' | 'exists'): boolean {
    const decisive = macro === 'exists'
    let failed: CelError | undefined
    let decided = false
    this.#each(frame, (isLast) => {
      frame.meter.charge(roundCost[macro])
      try {
        decided = this.#holds(this.#body, frame) === decisive
      } catch (error) {
        if (!(error instanceof CelError)) throw error
        failed ??= error
      }
      if (decided && !isLast) frame.meter.charge(stopCost[macro])
      return decided
    })
    frame.meter.charge(resultCost)
    if (decided) return decisive
    if (failed !== undefined) throw failed
    return !decisive
  }

  #count(frame: Frame): boolean {
    let count = 0
    this.#each(frame, () => {
      if (this.#holds(this.#body, frame)) {
        frame.meter.charge(roundCost.existsOne)
        count += 1
      }
      return false
    })
    frame.meter.charge(resultCost + 1)
    return count === 1
  }

  #select(frame: Frame): Value {
    const kept: Value[] = []
    this.#each(frame, () => {
      if (this.#holds(this.#body, frame)) {
        frame.meter.charge(roundCost.filter)
        kept.push(frame.slots[this.#first.slot] ?? null)
      }
      return false
    })
    frame.meter.charge(resultCost)
    return new ValueList(kept)
  }

  #sort(frame: Frame): Value {
    const keyed: { readonly key: Value; readonly item: Value }[] = []
    this.#each(frame, () => {
      frame.meter.charge(roundCost.sortBy)
      keyed.push({ key: this.#body.run(frame), item: frame.slots[this.#first.slot] ?? null })
      return false
    })
    frame.meter.work(keyed.length * Math.ceil(Math.log2(keyed.length + 1)))
    return new ValueList(keyed.toSorted((a, b) => order(a.key, b.key)).map(({ item }) => item))
  }

  /** Runs `body` for each round that passes the filter. */
  #filtered(frame: Frame, add: (value: Value) => void): void {
    this.#each(frame, () => {
      if (this.#filter !== undefined && !this.#holds(this.#filter, frame)) return false
      frame.meter.charge(roundCost[this.#expr.macro])
      add(this.#body.run(frame))
      return false
    })
    frame.meter.charge(resultCost)
  }
  #transform(frame: Frame): Value {
    const made: Value[] = []
    this.#filtered(frame, (value) => made.push(value))
    return new ValueList(made)
  }
  #transformMap(frame: Frame): Value {
    const made = new Map<string, readonly [Value, Value]>()
    this.#filtered(frame, (value) => {
      const key = frame.slots[this.#first.slot] ?? null
      made.set(mapKey(key), [key, value])
    })
    return new ValueMap(made)
  }
  #transformEntries(frame: Frame): Value {
    const made = new Map<string, readonly [Value, Value]>()
    this.#filtered(frame, (entry) => {
      if (!(entry instanceof CelMap)) throw new CelError('no such overload')
      for (const key of entry.keys()) {
        const id = mapKey(key)
        if (made.has(id)) throw new CelError(`insert failed: key ${id.slice(1)} already exists`)
        made.set(id, [key, entry.get(key) ?? null])
      }
    })
    return new ValueMap(made)
  }
}

function find(scope: Scope, name: string): Variable {
  const variable = scope.find(name)
  if (variable === undefined) throw new Error(`variable ${name} was just declared`)
  return variable
}

/** One variable is the item of a list or the key of a map; two are index and item, or key and value. */
function variables(range: CelType, one: string, two: string | undefined): [string, CelType][] {
  const { name } = range
  const element = name === 'list' || name === 'map' ? elementOf(range) : dyn
  const key = name === 'map' ? (range.args[0] ?? dyn) : name === 'list' ? int : dyn
  if (two === undefined) return [[one, name === 'list' ? element : key]]
  return [
    [one, key],
    [two, element],
  ]
}
