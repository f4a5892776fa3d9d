import { CompileError } from '../error.ts'
import { Uint, type Value } from '../values/value.ts'
import type { Entry, Expr } from './ast.ts'
import { expandMacro } from './macros.ts'
import { type Token, tokenize } from './lexer.ts'

/** Nothing longer is looked at. */
export const maxSourceLength = 100_000
const maxDepth = 250
const reserved = new Set(
  'as break const continue else for function if import let loop package namespace return var void while in'.split(' '),
)

const literals = new Set(['true', 'false', 'null', 'in'])

/** Parses an expression; macros are expanded. Throws `CompileError`. */
export function parse(source: string): Expr {
  if (source.length > maxSourceLength) {
    const text = `expression code point size exceeds limit: size: ${source.length}, limit ${maxSourceLength}`
    throw new CompileError(text, '', 0)
  }
  return new Parser(source).whole()
}

class Parser {
  readonly source: string
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0

  constructor(source: string) {
    this.source = source
    this.#tokens = tokenize(source)
  }

  whole(): Expr {
    const expr = this.#expr()
    if (this.#token.type !== 'end') throw this.#unexpected()
    return expr
  }

  get #token(): Token {
    const token = this.#tokens[this.#next]
    if (token === undefined) throw new CompileError('Syntax error: unexpected end', this.source, this.source.length)
    return token
  }
  #unexpected(): CompileError {
    const { type, text, at } = this.#token
    const shown = type === 'string' ? JSON.stringify(text) : text
    return new CompileError(`Syntax error: mismatched input '${shown}'`, this.source, at)
  }
  #is(...texts: string[]): boolean {
    const { type, text } = this.#token
    return (type === 'op' || (type === 'ident' && text === 'in')) && texts.includes(text)
  }
  #accept(text: string): boolean {
    if (!this.#is(text)) return false
    this.#next += 1
    return true
  }
  #expect(text: string): void {
    if (!this.#accept(text)) throw this.#unexpected()
  }
  #deeper<T>(parse: () => T): T {
    this.#depth += 1
    if (this.#depth > maxDepth) {
      throw new CompileError(`expression recursion limit exceeded: ${maxDepth}`, this.source, this.#token.at)
    }
    const result = parse()
    this.#depth -= 1
    return result
  }

  #expr(): Expr {
    return this.#deeper(() => {
      const condition = this.#logic('||')
      const { at } = this.#token
      if (!this.#accept('?')) return condition
      const yes = this.#logic('||')
      this.#expect(':')
      return { kind: 'ternary', condition, yes, no: this.#expr(), at }
    })
  }

  #logic(operator: '&&' | '||'): Expr {
    const operand = (): Expr => (operator === '||' ? this.#logic('&&') : this.#relation())
    const first = operand()
    if (!this.#is(operator)) return first
    const { at } = this.#token
    const args = [first]
    while (this.#accept(operator)) args.push(operand())
    return { kind: 'logic', operator, args, at }
  }

  #binary(operators: readonly string[], operand: () => Expr): Expr {
    let left = operand()
    let length = 0
    while (this.#is(...operators)) {
      const { text, at } = this.#token
      this.#next += 1
      if (++length > maxDepth) {
        throw new CompileError(`expression recursion limit exceeded: ${maxDepth}`, this.source, at)
      }
      const name = text === 'in' ? '@in' : `_${text}_`
      left = { kind: 'call', name, target: undefined, args: [left, operand()], at }
    }
    return left
  }
  #relation(): Expr {
    return this.#binary(['<', '<=', '>', '>=', '==', '!=', 'in'], () => this.#sum())
  }
  #sum(): Expr {
    return this.#binary(['+', '-'], () => this.#product())
  }
  #product(): Expr {
    return this.#binary(['*', '/', '%'], () => this.#unary())
  }

  #unary(): Expr {
    const { at, text } = this.#token
    if (!this.#is('!', '-')) return this.#member()
    this.#next += 1
    const number = this.#token
    if (text === '-' && (number.type === 'int' || number.type === 'double')) {
      this.#next += 1
      return this.#members({ kind: 'literal', value: this.#number(number, '-'), at })
    }
    const operand = this.#deeper(() => this.#unary())
    return { kind: 'call', name: `${text}_`, target: undefined, args: [operand], at }
  }

  #member(): Expr {
    return this.#members(this.#primary())
  }
  #members(start: Expr): Expr {
    let operand = start
    let length = 0
    for (;;) {
      const { at } = this.#token
      if (++length > maxDepth) {
        throw new CompileError(`expression recursion limit exceeded: ${maxDepth}`, this.source, at)
      }
      if (this.#is('.', '.?')) operand = this.#selection(operand, at)
      else if (this.#is('[', '[?')) {
        const optional = this.#is('[?')
        this.#next += 1
        const key = this.#expr()
        this.#expect(']')
        operand = { kind: 'index', operand, key, optional, at }
      } else return operand
    }
  }

  #selection(operand: Expr, at: number): Expr {
    const optional = this.#is('.?')
    this.#next += 1
    const name = this.#token
    if (name.type !== 'ident' || literals.has(name.text)) throw this.#unexpected()
    this.#next += 1
    if (optional || !this.#is('(')) return { kind: 'select', operand, field: name.text, optional, at }
    const open = this.#token.at
    const args = this.#arguments()
    const call = { kind: 'call', name: name.text, target: operand, args, at: open } as const
    return expandMacro(call, this.source) ?? call
  }

  #arguments(): Expr[] {
    this.#expect('(')
    const args: Expr[] = []
    while (!this.#is(')')) {
      args.push(this.#expr())
      if (!this.#accept(',')) break
    }
    this.#expect(')')
    return args
  }

  #primary(): Expr {
    const token = this.#token
    const { type, text, at } = token
    if (type === 'int' || type === 'uint' || type === 'double') {
      this.#next += 1
      return { kind: 'literal', value: this.#number(token, ''), at }
    }
    if (type === 'string' || type === 'bytes') {
      this.#next += 1
      return { kind: 'literal', value: type === 'string' ? text : new Uint8Array(Buffer.from(text, 'latin1')), at }
    }
    if (this.#accept('(')) {
      const inner = this.#expr()
      this.#expect(')')
      return inner
    }
    if (this.#accept('[')) return this.#list(at)
    if (this.#accept('{')) return this.#map(at)
    if (this.#is('.')) this.#next += 1
    return this.#name()
  }

  #name(): Expr {
    const { type, text, at } = this.#token
    if (type !== 'ident' || text === 'in') throw this.#unexpected()
    this.#next += 1
    if (text === 'true' || text === 'false') return { kind: 'literal', value: text === 'true', at }
    if (text === 'null') return { kind: 'literal', value: null, at }
    if (reserved.has(text)) throw new CompileError(`Syntax error: reserved identifier: ${text}`, this.source, at)
    if (!this.#is('(')) return { kind: 'ident', name: text, at }
    const open = this.#token.at
    const args = this.#arguments()
    const call = { kind: 'call', name: text, target: undefined, args, at: open } as const
    return expandMacro(call, this.source) ?? call
  }

  #list(at: number): Expr {
    const items: Entry<Expr>[] = []
    while (!this.#is(']')) {
      const optional = this.#accept('?')
      items.push({ value: this.#expr(), optional })
      if (!this.#accept(',')) break
    }
    this.#expect(']')
    return { kind: 'list', items, at }
  }

  #map(at: number): Expr {
    const entries: (Entry<Expr> & { key: Expr })[] = []
    while (!this.#is('}')) {
      const optional = this.#accept('?')
      const key = this.#expr()
      this.#expect(':')
      entries.push({ key, value: this.#expr(), optional })
      if (!this.#accept(',')) break
    }
    this.#expect('}')
    return { kind: 'map', entries, at }
  }

  #number({ type, text, at }: Token, sign: string): Value {
    if (type === 'double') return Number(sign + text)
    const value = sign === '-' ? -BigInt(text) : BigInt(text)
    const limits = type === 'uint' ? [0n, 2n ** 64n - 1n] : [-(2n ** 63n), 2n ** 63n - 1n]
    if (value < (limits[0] ?? 0n) || value > (limits[1] ?? 0n)) {
      throw new CompileError(`Syntax error: invalid ${type} literal`, this.source, at)
    }
    return type === 'uint' ? new Uint(value) : value
  }
}
