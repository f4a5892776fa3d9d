import { parse } from '../syntax/parser.ts'
import type { CelType } from '../types.ts'
import type { Value } from '../values/value.ts'
import { Compiler } from './compiler.ts'
import type { Meter } from './meter.ts'
import type { Node } from './node.ts'
import { Scope } from './scope.ts'

/** A compiled expression, for any number of calls. Holds no state of its own. */
export class Program {
  readonly source: string
  readonly type: CelType
  /** The most that a call can cost by the sizes that its types allow. */
  readonly maxCost: number
  readonly #node: Node
  readonly #names: readonly string[]
  readonly #slots: number
  readonly #uses: ReadonlySet<string>

  /** Throws `CompileError`. */
  constructor(source: string, variables: ReadonlyMap<string, CelType>) {
    this.source = source
    const scope = Scope.root(variables)
    const compiler = new Compiler(source)
    this.#node = compiler.compile(parse(source), scope)
    this.#names = [...variables.keys()]
    this.#slots = scope.slots
    this.#uses = compiler.uses
    this.type = this.#node.type
    this.maxCost = this.#node.cost
  }

  uses(variable: string): boolean {
    return this.#uses.has(variable)
  }

  /** Throws `CelError` for what the expression does wrong and `CostExceeded` when `meter` runs out. */
  run(variables: { readonly [name: string]: Value | undefined }, meter: Meter): Value {
    const slots: (Value | undefined)[] = this.#names.map((name) => variables[name])
    slots.length = this.#slots
    return this.#node.run({ slots, meter })
  }
}
