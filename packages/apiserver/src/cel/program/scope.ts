import type { CelType } from '../types.ts'

export interface Variable {
  readonly slot: number
  readonly type: CelType
}

/** The variables that an expression sees, each with its slot in the frame. */
export class Scope {
  readonly #names: ReadonlyMap<string, Variable>
  readonly #parent: Scope | undefined
  readonly #slots: { count: number }

  private constructor(names: ReadonlyMap<string, Variable>, parent: Scope | undefined, slots: { count: number }) {
    this.#names = names
    this.#parent = parent
    this.#slots = slots
  }
  static root(variables: Iterable<readonly [string, CelType]>): Scope {
    const slots = { count: 0 }
    const names = new Map<string, Variable>()
    for (const [name, type] of variables) names.set(name, { slot: slots.count++, type })
    return new Scope(names, undefined, slots)
  }
  with(variables: Iterable<readonly [string, CelType]>): Scope {
    const names = new Map<string, Variable>()
    for (const [name, type] of variables) names.set(name, { slot: this.#slots.count++, type })
    return new Scope(names, this, this.#slots)
  }
  find(name: string): Variable | undefined {
    return this.#names.get(name) ?? this.#parent?.find(name)
  }
  /** How many slots a frame of the whole program needs. */
  get slots(): number {
    return this.#slots.count
  }
}
