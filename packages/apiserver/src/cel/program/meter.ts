import { CostExceeded } from '../error.ts'

/**
 * Counts what an expression costs in upstream's units and stops it at a limit. `work` counts steps that upstream does not
 * price (walking inside an equality, text that grows), so that no expression runs long whatever it does.
 */
export class Meter {
  #cost = 0
  #work = 0
  readonly #limit: number
  constructor(limit: number) {
    this.#limit = limit
  }
  get cost(): number {
    return this.#cost
  }
  charge(units: number): void {
    this.#cost += units
    if (this.#cost > this.#limit) throw new CostExceeded()
  }
  /** Runs what upstream does not price. */
  free<T>(run: () => T): T {
    const before = this.#cost
    const value = run()
    this.#cost = before
    return value
  }
  work(steps: number): void {
    this.#work += steps
    if (this.#work > this.#limit) throw new CostExceeded()
  }
}
