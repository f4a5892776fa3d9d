import { Meter } from '../cel/program/meter.ts'
import { Program } from '../cel/program/program.ts'
import { dyn } from '../cel/types.ts'
import { wrap } from '../cel/values/data.ts'
import type { Value } from '../cel/values/value.ts'
import type { Attributes } from './attributes.ts'
import { reviewRequest } from './review.ts'
import type { MatchCondition } from './webhook.ts'

const perCallLimit = 1_000_000
const variables = new Map([
  ['object', dyn],
  ['oldObject', dyn],
  ['request', dyn],
])

/** Evaluates `matchConditions` (CEL). Expressions are compiled when they are first needed. */
export class MatchConditions {
  readonly #programs = new WeakMap<MatchCondition, Program>()

  /** True when all hold. Throws with the reasons when some cannot be evaluated and none is false. */
  hold(conditions: readonly MatchCondition[], asked: Attributes): boolean {
    const failures: string[] = []
    for (const condition of conditions) {
      try {
        const program = this.#program(condition)
        const result = program.run(valuesFor(program, asked), new Meter(perCallLimit))
        if (result === false) return false
        if (result !== true) failures.push('cel expression does not evaluate to bool')
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        failures.push(`expression '${condition.expression}' resulted in error: ${reason}`)
      }
    }
    if (failures.length === 0) return true
    throw new Error(failures.length === 1 ? failures[0] : `[${failures.join(', ')}]`)
  }

  #program(condition: MatchCondition): Program {
    let program = this.#programs.get(condition)
    if (program === undefined) {
      program = new Program(condition.expression, variables)
      this.#programs.set(condition, program)
    }
    return program
  }
}

function valuesFor(program: Program, asked: Attributes): { readonly [name: string]: Value } {
  return {
    object: asked.object === undefined ? null : wrap(asked.object, dyn),
    oldObject: asked.old === undefined ? null : wrap(asked.old, dyn),
    request: program.uses('request') ? wrap(requestOf(asked), dyn) : null,
  }
}

function requestOf(asked: Attributes): unknown {
  const {
    uid: _uid,
    object: _object,
    oldObject: _old,
    ...request
  } = reviewRequest(asked, {
    uid: '',
    matched: asked.installed,
    object: undefined,
    old: undefined,
  })
  return request
}
