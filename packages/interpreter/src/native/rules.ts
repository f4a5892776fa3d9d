import type { Interpretations } from '../interpretations.ts'

/** The answers that one kind gives; a missing one means that the kind has no such hook. */
export type NativeRules = {
  readonly [Op in keyof Interpretations]?: (input: Interpretations[Op]['in']) => Interpretations[Op]['out']
}
