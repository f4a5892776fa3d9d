import { CelError, CompileError } from '../error.ts'
import { library } from '../library/index.ts'
import type { Overload } from '../library/overload.ts'
import { compilePattern } from '../library/regex.ts'
import type { Expr } from '../syntax/ast.ts'
import {
  assign,
  bool,
  type CelType,
  dyn,
  elementOf,
  int,
  isDyn,
  listOf,
  mapOf,
  optionalOf,
  substitute,
  typeOf,
  typeText,
} from '../types.ts'
import { equals } from '../values/equal.ts'
import {
  CelList,
  CelMap,
  mapKey,
  Optional,
  sizeOf,
  TypeValue,
  ValueList,
  ValueMap,
  type Value,
} from '../values/value.ts'
import { elementAt, fieldOf, missing, throughOptional } from './access.ts'
import { isExact, runAny, runExact } from './dispatch.ts'
import { comparable, dottedName, isPath, literalType } from './forms.ts'
import { compileMacro } from './macros.ts'
import { Meter } from './meter.ts'
import { constantNode, foldingLimit, type Frame, join, largest, type Node, tryRun } from './node.ts'
import type { Scope } from './scope.ts'

const listCost = 10
const mapCost = 30
const typeNames = new Set([
  'int',
  'uint',
  'double',
  'bool',
  'string',
  'bytes',
  'list',
  'map',
  'null_type',
  'type',
  'optional_type',
  'google.protobuf.Timestamp',
  'google.protobuf.Duration',
  'net.IP',
  'net.CIDR',
  'kubernetes.URL',
  'kubernetes.Quantity',
  'kubernetes.Semver',
])

/** Functions whose calls on constants are made once. */
const conversions = new Set([
  'int',
  'uint',
  'double',
  'bool',
  'string',
  'bytes',
  'dyn',
  'type',
  'duration',
  'timestamp',
])

/** Checks an expression and turns it into closures. Throws `CompileError`. */
export class Compiler {
  readonly source: string
  /** Names of the variables that the expression reads. */
  readonly uses: Set<string> = new Set()

  /** Inside the values of a `format`. */
  #mixed = false

  constructor(source: string) {
    this.source = source
  }

  compile(expr: Expr, scope: Scope): Node {
    switch (expr.kind) {
      case 'literal':
        return constantNode(expr.value, literalType(expr.value), expr.at)
      case 'ident':
        return this.#ident(expr.name, scope, expr.at)
      case 'select':
        return this.#select(expr, scope)
      case 'has':
        return this.#has(expr, scope)
      case 'index':
        return this.#index(expr, scope)
      case 'call':
        return this.#call(expr, scope)
      case 'logic':
        return this.#logic(expr, scope)
      case 'ternary':
        return this.#ternary(expr, scope)
      case 'list':
        return this.#list(expr, scope)
      case 'map':
        return this.#map(expr, scope)
      case 'macro':
        return compileMacro(expr, scope, this)
    }
  }

  fail(text: string, at: number): CompileError {
    return new CompileError(text, this.source, at)
  }
  /** A condition: bool, or dyn that turns out to be. */
  condition(expr: Expr, scope: Scope): Node {
    const node = this.compile(expr, scope)
    if (node.type.name === 'bool' || isDyn(node.type)) return node
    throw this.fail(`expected type 'bool' but found '${typeText(node.type)}'`, expr.at)
  }

  #ident(name: string, scope: Scope, at: number): Node {
    const variable = scope.find(name)
    if (variable === undefined) {
      if (typeNames.has(name)) return constantNode(new TypeValue(name), typeOf(dyn), at, 1)
      throw this.fail(`undeclared reference to '${name}' (in container '')`, at)
    }
    this.uses.add(name)
    const { slot, type } = variable
    return {
      type,
      at,
      cost: 1,
      run: ({ slots, meter }) => {
        meter.charge(1)
        const value = slots[slot]
        if (value === undefined) throw new CelError(`no such attribute(s): ${name}`)
        return value
      },
    }
  }

  #select(expr: Expr & { kind: 'select' }, scope: Scope): Node {
    const { field, at, optional } = expr
    const dotted = dottedName(expr)
    if (dotted !== undefined && typeNames.has(dotted) && scope.find(dotted.split('.')[0] ?? '') === undefined) {
      return constantNode(new TypeValue(dotted), typeOf(dyn), at, 1)
    }
    const operand = this.compile(expr.operand, scope)
    const isOptional = optional || operand.type.name === 'optional_type'
    const inner = operand.type.name === 'optional_type' ? elementOf(operand.type) : operand.type
    const found = this.#fieldType(inner, field, at)
    const cost = operand.cost + 1
    if (isOptional) {
      const run = (frame: Frame): Value => {
        const value = operand.run(frame)
        frame.meter.charge(1)
        return throughOptional(value, (held) => fieldOf(held, field))
      }
      return { type: optionalOf(found.name === 'optional_type' ? elementOf(found) : found), at, cost, run }
    }
    const run = (frame: Frame): Value => {
      const value = operand.run(frame)
      frame.meter.charge(1)
      const selected = fieldOf(value, field)
      if (selected === undefined) throw missing(value, field)
      return selected
    }
    return { type: found, at, cost, run }
  }

  #fieldType(type: CelType, field: string, at: number): CelType {
    if (isDyn(type)) return type
    if (type.struct !== undefined) {
      const declared = type.struct.field(field)
      if (declared !== undefined) return declared.type
      throw this.fail(`undefined field '${field}'`, at)
    }
    if (type.name === 'map') return elementOf(type)
    throw this.fail(`type '${typeText(type)}' does not support field selection`, at)
  }

  #has({ operand: inner, field, at }: Expr & { kind: 'has' }, scope: Scope): Node {
    const operand = this.compile(inner, scope)
    const type = operand.type.name === 'optional_type' ? elementOf(operand.type) : operand.type
    this.#fieldType(type, field, at)
    const run = (frame: Frame): Value => {
      const value = operand.run(frame)
      if (value instanceof Optional) return value.value !== undefined && fieldOf(value.value, field) !== undefined
      return fieldOf(value, field) !== undefined
    }
    return { type: bool, at, cost: operand.cost, run }
  }

  #index(expr: Expr & { kind: 'index' }, scope: Scope): Node {
    const { at } = expr
    const operand = this.compile(expr.operand, scope)
    const key = this.compile(expr.key, scope)
    const wrapped = operand.type.name === 'optional_type'
    const type = wrapped ? elementOf(operand.type) : operand.type
    const allowed =
      isDyn(type) ||
      (type.name === 'list' && assign(int, key.type, new Map())) ||
      (type.name === 'map' && assign(type.args[0] ?? dyn, key.type, new Map()))
    if (!allowed) throw this.#noOverload('_[_]', [operand, key], at)
    const found = isDyn(type) ? type : elementOf(type)
    // A key that is itself a path costs nothing beyond the step.
    const free = isPath(expr.key) && isPath(expr.operand)
    const cost = operand.cost + (free ? 0 : key.cost) + 1
    if (expr.optional || wrapped) {
      const run = (frame: Frame): Value => {
        const value = operand.run(frame)
        const at = free ? frame.meter.free(() => key.run(frame)) : key.run(frame)
        frame.meter.charge(1)
        return throughOptional(value, (held) => elementAt(held, at))
      }
      return { type: optionalOf(found), at, cost, run }
    }
    const run = (frame: Frame): Value => {
      const value = operand.run(frame)
      const at = free ? frame.meter.free(() => key.run(frame)) : key.run(frame)
      frame.meter.charge(1)
      const element = elementAt(value, at)
      if (element === undefined) throw missing(value, at)
      return element
    }
    return { type: found, at, cost, run }
  }

  #noOverload(name: string, args: readonly Node[], at: number, member = false): CompileError {
    const texts = args.map(({ type }) => typeText(type))
    const shown = member ? `${texts[0]}.(${texts.slice(1).join(', ')})` : `(${texts.join(', ')})`
    return this.fail(`found no matching overload for '${name}' applied to '${shown}'`, at)
  }

  #call(expr: Expr & { kind: 'call' }, scope: Scope): Node {
    const { name, target, at } = expr
    const namespaced = target === undefined ? undefined : dottedName(target)
    if (namespaced !== undefined && scope.find(namespaced) === undefined && library.has(`${namespaced}.${name}`)) {
      return this.#dispatch(
        `${namespaced}.${name}`,
        expr.args.map((item) => this.compile(item, scope)),
        false,
        at,
      )
    }
    const operands = target === undefined ? expr.args : [target, ...expr.args]
    const mixed = this.#mixed
    this.#mixed ||= target !== undefined && name === 'format'
    const args = operands.map((item) => this.compile(item, scope))
    this.#mixed = mixed
    if (target !== undefined && !library.has(`.${name}`)) throw this.#unknownFunction(name, at)
    if (target !== undefined && (name === 'or' || name === 'orValue')) {
      this.#dispatch(name, args, true, at)
      return this.#otherwise(name, args, at)
    }
    if (target === undefined && (name === '_==_' || name === '_!=_')) return this.#equality(name, args, at)
    if (target === undefined && name === '@in') return this.#membership(args, at)
    return this.#dispatch(name, args, target !== undefined, at)
  }

  #unknownFunction(name: string, at: number): CompileError {
    return this.fail(`undeclared reference to '${name}' (in container '')`, at)
  }

  #dispatch(name: string, args: readonly Node[], member: boolean, at: number): Node {
    const overloads = library.get(member ? `.${name}` : name)
    if (overloads === undefined) throw this.#unknownFunction(name, at)
    const fitting: { overload: Overload; result: CelType }[] = []
    for (const overload of overloads) {
      const bound = new Map<string, CelType>()
      if (overload.params.length !== args.length) continue
      if (!args.every((arg, index) => assign(overload.params[index] ?? dyn, arg.type, bound))) continue
      fitting.push({ overload, result: substitute(overload.result, bound) })
    }
    const [first] = fitting
    if (first === undefined) throw this.#noOverload(name, args, at, member)
    const sizes = args.map((arg) => largest(arg.type))
    let cost = 0
    for (const { overload } of fitting) cost = Math.max(cost, overload.cost(...sizes))
    for (const arg of args) cost += arg.cost
    let type = first.result
    for (const { result } of fitting) type = type.name === result.name ? join(type, result) : dyn
    const size = first.overload.size?.(...sizes)
    if (size !== undefined) type = { ...type, max: size }
    const exact = fitting.length === 1 && args.every((arg, index) => isExact(arg.type, first.overload.params[index]))
    const candidates = fitting.map(({ overload }) => overload)
    const run = exact ? runExact(first.overload, args) : runAny(candidates, args)
    return conversions.has(name)
      ? this.#folded(name, { type, at, cost, run }, args)
      : this.#checked(name, { type, at, cost, run }, args)
  }

  /** `a.or(b)`, `a.orValue(b)`: free, and the other is looked at only when it is needed. */
  #otherwise(name: string, [optional, other]: readonly Node[], at: number): Node {
    if (optional === undefined || other === undefined) throw this.#unknownFunction(name, at)
    const isOr = name === 'or'
    const run = (frame: Frame): Value => {
      const held = optional.run(frame)
      if (!(held instanceof Optional)) throw new CelError('no such overload')
      if (held.value === undefined) return other.run(frame)
      return isOr ? held : held.value
    }
    const type = isOr ? join(optional.type, other.type) : join(elementOf(optional.type), other.type)
    return { type, at, cost: optional.cost + other.cost, run }
  }

  /** A pattern in the source is right, or the expression is wrong. */
  #checked(name: string, node: Node, args: readonly Node[]): Node {
    const pattern = args[1]?.constant?.value
    if (name !== 'matches' || typeof pattern !== 'string') return node
    try {
      compilePattern(pattern, new Meter(foldingLimit))
    } catch (error) {
      if (!(error instanceof CelError)) throw error
      throw this.fail('invalid matches argument', args[1]?.at ?? node.at)
    }
    return node
  }

  /** Conversions of constants are made once. */
  #folded(name: string, node: Node, args: readonly Node[]): Node {
    if (!args.every((arg) => arg.constant !== undefined)) return node
    const value = tryRun(node)
    if (value !== undefined) return constantNode(value, node.type, node.at, node.cost)
    if (name === 'duration' || name === 'timestamp') throw this.fail(`invalid ${name} argument`, args[0]?.at ?? node.at)
    return node
  }

  #equality(name: string, args: readonly Node[], at: number): Node {
    const [left, right] = args
    if (left === undefined || right === undefined) throw this.#noOverload(name, args, at)
    if (!comparable(left.type, right.type)) throw this.#noOverload(name, args, at)
    const wanted = name === '_==_'
    const run = (frame: Frame): Value => {
      const a = left.run(frame)
      const b = right.run(frame)
      frame.meter.charge(Math.ceil(Math.min(sizeOf(a), sizeOf(b)) * 0.1))
      return equals(a, b, frame.meter) === wanted
    }
    const smaller = Math.min(largest(left.type), largest(right.type))
    return { type: bool, at, cost: left.cost + right.cost + Math.ceil(smaller * 0.1), run }
  }

  #membership(args: readonly Node[], at: number): Node {
    const [item, container] = args
    if (item === undefined || container === undefined) throw this.#noOverload('@in', args, at)
    const { type } = container
    const fits =
      isDyn(type) || ((type.name === 'list' || type.name === 'map') && comparable(type.args[0] ?? dyn, item.type))
    if (!fits) throw this.#noOverload('@in', args, at)
    const free = container.constant !== undefined
    const run = (frame: Frame): Value => {
      const wanted = item.run(frame)
      const value = container.run(frame)
      if (value instanceof CelMap) {
        frame.meter.charge(1)
        return value.get(wanted) !== undefined
      }
      if (!(value instanceof CelList)) throw new CelError('no such overload')
      const { length } = value
      if (!free) frame.meter.charge(length)
      for (let index = 0; index < length; index++) if (equals(value.at(index), wanted, frame.meter)) return true
      return false
    }
    const reading = type.name === 'map' ? 1 : largest(type)
    return { type: bool, at, cost: item.cost + container.cost + reading, run }
  }

  #logic({ operator, args, at }: Expr & { kind: 'logic' }, scope: Scope): Node {
    const nodes = args.map((arg) => this.condition(arg, scope))
    const decisive = operator === '||'
    const run = (frame: Frame): Value => {
      let failed: CelError | undefined
      for (const node of nodes) {
        try {
          const value = node.run(frame)
          if (value === decisive) return decisive
          if (typeof value !== 'boolean') failed ??= new CelError('no such overload')
        } catch (error) {
          if (!(error instanceof CelError)) throw error
          failed ??= error
        }
      }
      if (failed !== undefined) throw failed
      return !decisive
    }
    return { type: bool, at, cost: nodes.reduce((sum, node) => sum + node.cost, 0), run }
  }

  #ternary(expr: Expr & { kind: 'ternary' }, scope: Scope): Node {
    const condition = this.condition(expr.condition, scope)
    const yes = this.compile(expr.yes, scope)
    const no = this.compile(expr.no, scope)
    if (!comparable(yes.type, no.type)) throw this.#noOverload('_?_:_', [condition, yes, no], expr.at)
    const run = (frame: Frame): Value => {
      const value = condition.run(frame)
      if (typeof value !== 'boolean') throw new CelError('no such overload')
      return value ? yes.run(frame) : no.run(frame)
    }
    const cost = condition.cost + Math.max(yes.cost, no.cost)
    return { type: join(yes.type, no.type), at: expr.at, cost, run }
  }

  #list({ items, at }: Expr & { kind: 'list' }, scope: Scope): Node {
    const nodes = items.map(({ value }) => this.compile(value, scope))
    let element: CelType | undefined
    for (const [index, node] of nodes.entries()) {
      const type = items[index]?.optional === true ? elementOf(node.type) : node.type
      if (element !== undefined) this.#alike(element, type, node.at)
      element = element === undefined ? type : join(element, type)
    }
    const type = listOf(element ?? dyn, items.length)
    const cost = listCost + nodes.reduce((sum, node) => sum + node.cost, 0)
    const build = (frame: Frame): Value => {
      const values: Value[] = []
      for (const [index, node] of nodes.entries()) {
        const value = node.run(frame)
        if (items[index]?.optional !== true) values.push(value)
        else if (value instanceof Optional && value.value !== undefined) values.push(value.value)
      }
      return new ValueList(values)
    }
    return this.#literal({ type, at, cost, run: build }, nodes, listCost)
  }

  #map({ entries, at }: Expr & { kind: 'map' }, scope: Scope): Node {
    const keys = entries.map(({ key }) => this.compile(key, scope))
    const values = entries.map(({ value }) => this.compile(value, scope))
    let keyType: CelType | undefined
    let valueType: CelType | undefined
    for (const [index, value] of values.entries()) {
      const type = entries[index]?.optional === true ? elementOf(value.type) : value.type
      if (valueType !== undefined) this.#alike(valueType, type, value.at)
      valueType = valueType === undefined ? type : join(valueType, type)
      const key = keys[index]?.type ?? dyn
      keyType = keyType === undefined ? key : join(keyType, key)
    }
    const type = mapOf(keyType ?? dyn, valueType ?? dyn, entries.length)
    const cost = mapCost + [...keys, ...values].reduce((sum, node) => sum + node.cost, 0)
    const build = (frame: Frame): Value => {
      const made = new Map<string, readonly [Value, Value]>()
      for (const [index, node] of values.entries()) {
        const key = keys[index]?.run(frame) ?? null
        const value = node.run(frame)
        const id = mapKey(key)
        if (made.has(id)) throw new CelError('Failed with repeated key')
        if (entries[index]?.optional !== true) made.set(id, [key, value])
        else if (value instanceof Optional && value.value !== undefined) made.set(id, [key, value.value])
      }
      return new ValueMap(made)
    }
    return this.#literal({ type, at, cost, run: build }, [...keys, ...values], mapCost)
  }

  /** The values of a literal have one type, except those that `format` shows. */
  #alike(first: CelType, type: CelType, at: number): void {
    if (this.#mixed || comparable(first, type)) return
    throw this.fail(`expected type '${typeText(first)}' but found '${typeText(type)}'`, at)
  }

  /** A literal of constants is made once and then free. */
  #literal(node: Node, parts: readonly Node[], base: number): Node {
    if (parts.every((part) => part.constant !== undefined)) {
      const value = tryRun(node)
      if (value !== undefined) return { ...node, run: () => value, constant: { value } }
    }
    const { run } = node
    return {
      ...node,
      run: (frame) => {
        frame.meter.charge(base)
        return run(frame)
      },
    }
  }
}
