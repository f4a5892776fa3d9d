import { CelError, CostExceeded } from '../error.ts'
import { Meter } from '../program/meter.ts'
import { evaluateMessage } from '../rules/message.ts'
import type { CelType } from '../types.ts'
import { dyn } from '../types.ts'
import { CelStruct, type Value } from '../values/value.ts'
import { allHold } from './conditions.ts'
import type { Bindings } from './environment.ts'
import type { CompiledPolicy, Validation } from './policy.ts'

const perCallLimit = 1_000_000
const perPolicyLimit = 10_000_000

export interface Failure {
  readonly message: string
  readonly reason: string
  /** Of the validation; -1 for the policy as a whole. */
  readonly index: number
}
export interface Verdict {
  readonly failures: readonly Failure[]
  readonly annotations: readonly { readonly key: string; readonly value: string }[]
}
const passed: Verdict = Object.freeze({ failures: [], annotations: [] })

/** Runs a policy on one request with one parameter object. */
export function evaluatePolicy(policy: CompiledPolicy, given: Bindings): Verdict {
  const run = new Evaluation(policy, given)
  const problem = policy.problems[0]
  if (problem !== undefined) return run.broken(`compilation error: ${problem.detail}`)
  try {
    if (!allHold(policy.conditions, given)) return passed
  } catch (error) {
    if (!(error instanceof CelError)) throw error
    return run.broken(error.message)
  }
  return run.verdict()
}

class Evaluation {
  readonly #policy: CompiledPolicy
  readonly #bindings: Bindings
  readonly #failures: Failure[] = []
  #left = perPolicyLimit

  constructor(policy: CompiledPolicy, given: Bindings) {
    this.#policy = policy
    this.#bindings = { ...given, variables: new Variables(policy, given, (cost) => this.#spend(cost)) }
  }

  /** A policy that cannot be evaluated: its failure policy decides. */
  broken(message: string): Verdict {
    return this.#policy.ignoresFailure ? passed : { failures: [{ message, reason: '', index: -1 }], annotations: [] }
  }

  verdict(): Verdict {
    for (const [index, validation] of this.#policy.validations.entries()) this.#validate(validation, index)
    const annotations: { key: string; value: string }[] = []
    for (const { key, program } of this.#policy.annotations) {
      try {
        const value = this.#metered((meter) => program.run(this.#bindings, meter))
        if (typeof value === 'string' && value.trim() !== '') annotations.push({ key, value: value.trim() })
      } catch (error) {
        this.#fail(error, `valueExpression '${program.source}' resulted in error: `, -1)
      }
    }
    return { failures: this.#failures, annotations }
  }

  #validate(validation: Validation, index: number): void {
    const { program, expression } = validation
    if (program === undefined) return
    try {
      if (this.#metered((meter) => program.run(this.#bindings, meter)) === true) return
    } catch (error) {
      this.#fail(error, `expression '${expression}' resulted in error: `, index)
      return
    }
    const message = evaluateMessage(validation, this.#bindings, Math.min(perCallLimit, this.#left))
    this.#spend(message.cost)
    const shown = message.text ?? (validation.message === '' ? `failed expression: ${expression}` : validation.message)
    this.#failures.push({ message: shown, reason: validation.reason, index })
  }

  #metered(run: (meter: Meter) => Value): Value {
    if (this.#left <= 0) {
      throw new CelError('validation failed due to running out of cost budget, no further validation rules will be run')
    }
    const meter = new Meter(Math.min(perCallLimit, this.#left))
    try {
      return run(meter)
    } finally {
      this.#spend(meter.cost)
    }
  }
  #spend(cost: number): void {
    this.#left -= cost
  }
  #fail(error: unknown, prefix: string, index: number): void {
    if (!(error instanceof CelError) && !(error instanceof CostExceeded)) throw error
    if (!this.#policy.ignoresFailure) this.#failures.push({ message: prefix + error.message, reason: '', index })
  }
}

/** `variables`: each is evaluated when an expression first reads it, and kept for the request. */
class Variables extends CelStruct {
  readonly type: CelType = dyn
  readonly #policy: CompiledPolicy
  readonly #given: Bindings
  readonly #spend: (cost: number) => void
  readonly #known = new Map<string, Value | CelError>()

  constructor(policy: CompiledPolicy, given: Bindings, spend: (cost: number) => void) {
    super()
    this.#policy = policy
    this.#given = given
    this.#spend = spend
  }
  field(name: string): Value | undefined {
    const known = this.#known.get(name)
    if (known instanceof CelError) throw known
    if (known !== undefined) return known
    const variable = this.#policy.variables.find((candidate) => candidate.name === name)
    if (variable === undefined) return undefined
    const meter = new Meter(perCallLimit)
    try {
      const value = variable.program.run({ ...this.#given, variables: this }, meter)
      this.#known.set(name, value)
      return value
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error)
      if (!(error instanceof CelError) && !(error instanceof CostExceeded)) throw error
      const failed = new CelError(`composited variable "${name}" fails to evaluate: ${text}`)
      this.#known.set(name, failed)
      throw failed
    } finally {
      this.#spend(meter.cost)
    }
  }
  equals(): boolean {
    return false
  }
}
