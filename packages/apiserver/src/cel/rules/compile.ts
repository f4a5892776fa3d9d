import type { Schema } from '@kairship/api'
import { items, text, type ReadonlyFields } from '../../builtin/fields.ts'
import { CompileError } from '../error.ts'
import { Program } from '../program/program.ts'
import { largestRequest, schemaType, smallest } from '../schema/types.ts'
import { type CelType, optionalOf } from '../types.ts'
import { parseFieldPath } from './field-path.ts'

/** One rule of `x-kubernetes-validations`, compiled. */
export interface CompiledRule {
  readonly rule: string
  readonly message: string
  readonly messageSource: string
  readonly reason: string
  /** Added to the path of the value: `.spec.name`, normalized; '' when the rule names none. */
  readonly fieldPath: string
  /** `undefined` when the rule does not compile: see `error`. */
  readonly program: Program | undefined
  readonly error: string
  readonly messageProgram: Program | undefined
  readonly messageError: string
  readonly transition: boolean
  readonly optionalOldSelf: boolean
}

export interface RuleSet {
  readonly type: CelType
  readonly rules: readonly CompiledRule[]
  /** How often rules of this schema can run in one request when nothing else bounds them. */
  readonly cardinality: number
}

export function rulesOf(schema: Schema): readonly ReadonlyFields[] {
  return items(schema, 'x-kubernetes-validations')
}

/** Compiles the rules of one schema node; `undefined` when it has none. Rules that do not compile carry their error. */
export function compileRules(schema: Schema, isRoot: boolean): RuleSet | undefined {
  const declared = rulesOf(schema)
  const type = declared.length === 0 ? undefined : schemaType(schema, isRoot)
  if (type === undefined) return undefined
  return {
    type,
    rules: declared.map((rule) => compileRule(rule, schema, type)),
    cardinality: Math.floor(largestRequest / (smallest(schema) + 1)),
  }
}

function compileRule(rule: ReadonlyFields, schema: Schema, type: CelType): CompiledRule {
  const source = text(rule, 'rule')
  const messageSource = text(rule, 'messageExpression')
  const optionalOldSelf = rule['optionalOldSelf'] === true
  const variables = new Map([
    ['self', type],
    ['oldSelf', optionalOldSelf ? optionalOf(type) : type],
  ])
  const main = compile(source, variables, 'bool', {
    failed: 'compilation failed: ',
    type: 'cel expression must evaluate to a bool',
  })
  const message =
    messageSource === ''
      ? { program: undefined, error: '' }
      : compile(messageSource, variables, 'string', {
          failed: 'messageExpression compilation failed: ',
          type: 'messageExpression must evaluate to a string',
        })
  return {
    rule: source.trim(),
    message: text(rule, 'message').trim(),
    messageSource,
    reason: text(rule, 'reason'),
    fieldPath: parseFieldPath(text(rule, 'fieldPath'), schema) ?? '',
    program: main.program,
    error: main.error,
    messageProgram: message.program,
    messageError: message.error,
    transition: main.program?.uses('oldSelf') === true,
    optionalOldSelf,
  }
}

function compile(
  source: string,
  variables: ReadonlyMap<string, CelType>,
  wanted: 'bool' | 'string',
  texts: { readonly failed: string; readonly type: string },
): { program: Program | undefined; error: string } {
  if (source.trim() === '') return { program: undefined, error: '' }
  try {
    const program = new Program(source, variables)
    return program.type.name === wanted ? { program, error: '' } : { program: undefined, error: texts.type }
  } catch (error) {
    if (!(error instanceof CompileError)) throw error
    return { program: undefined, error: texts.failed + error.message }
  }
}
