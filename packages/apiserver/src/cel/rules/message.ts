import { CelError, CostExceeded } from '../error.ts'
import { Meter } from '../program/meter.ts'
import type { Value } from '../values/value.ts'
import type { CompiledRule } from './compile.ts'

const longestMessage = 5 * 1024

/** The text of a `messageExpression`; without one, or when it fails, `text` is undefined. `stop` ends all rules. */
export interface Message {
  readonly text?: string | undefined
  readonly cost: number
  readonly stop?: string | undefined
}

export function evaluateMessage(
  { messageProgram, messageSource }: Pick<CompiledRule, 'messageProgram' | 'messageSource'>,
  variables: { readonly [name: string]: Value | undefined },
  limit: number,
): Message {
  if (messageProgram === undefined) return { cost: 0 }
  const meter = new Meter(limit)
  try {
    const value = messageProgram.run(variables, meter)
    const text = typeof value === 'string' ? value.trim() : ''
    const usable = text !== '' && !text.includes('\n') && Buffer.byteLength(text) <= longestMessage
    return { cost: meter.cost, ...(usable ? { text } : {}) }
  } catch (error) {
    if (error instanceof CostExceeded) {
      const stop = `no further validation rules will be run due to call cost exceeds limit for messageExpression: ${JSON.stringify(messageSource)}`
      return { cost: meter.cost, stop }
    }
    if (error instanceof CelError) return { cost: meter.cost }
    throw error
  }
}
