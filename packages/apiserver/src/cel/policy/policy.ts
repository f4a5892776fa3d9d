import { labelSelectorMatcher, type LabelMatcher, type LabelSelector } from '@kairship/apimachinery'
import { at, child, items, type ReadonlyFields, text } from '../../builtin/fields.ts'
import { CompileError } from '../error.ts'
import { Program } from '../program/program.ts'
import type { CelType, StructField, StructType } from '../types.ts'
import { dyn } from '../types.ts'
import { parseRule, type Rule } from '../../webhooks/webhook.ts'
import { admissionVariables } from './environment.ts'

/** One expression of a policy that does not compile, with its place. */
export interface PolicyProblem {
  readonly field: string
  readonly expression: string
  readonly detail: string
}
export interface Selection {
  readonly rules: readonly Rule[]
  readonly exclude: readonly Rule[]
  readonly equivalent: boolean
  readonly namespaces: LabelMatcher | undefined
  readonly objects: LabelMatcher | undefined
}
export interface Validation {
  readonly expression: string
  readonly program: Program | undefined
  readonly message: string
  readonly messageProgram: Program | undefined
  readonly messageSource: string
  readonly reason: string
}

/** A ValidatingAdmissionPolicy, compiled once per generation. */
export interface CompiledPolicy {
  readonly name: string
  readonly selection: Selection
  readonly ignoresFailure: boolean
  readonly paramKind: { readonly apiVersion: string; readonly kind: string } | undefined
  readonly conditions: readonly { readonly name: string; readonly program: Program }[]
  readonly variables: readonly { readonly name: string; readonly program: Program }[]
  readonly validations: readonly Validation[]
  readonly annotations: readonly { readonly key: string; readonly program: Program }[]
  readonly problems: readonly PolicyProblem[]
}

export function compilePolicy(policy: ReadonlyFields, name: string): CompiledPolicy {
  const spec = at(policy, 'spec')
  const compiler = new PolicyCompiler(child(spec, 'paramKind') !== undefined)
  const conditions = items(spec, 'matchConditions').flatMap((condition, index) => {
    const program = compiler.compile(text(condition, 'expression'), `spec.matchConditions[${index}].expression`, [
      'bool',
    ])
    return program === undefined ? [] : [{ name: text(condition, 'name'), program }]
  })
  const variables = items(spec, 'variables').flatMap((variable, index) => {
    const program = compiler.compile(text(variable, 'expression'), `spec.variables[${index}].expression`, [])
    compiler.declare(text(variable, 'name'), program?.type ?? dyn)
    return program === undefined ? [] : [{ name: text(variable, 'name'), program }]
  })
  const validations = items(spec, 'validations').map((validation, index): Validation => {
    const field = `spec.validations[${index}]`
    const messageSource = text(validation, 'messageExpression')
    return {
      expression: text(validation, 'expression').trim(),
      program: compiler.compile(text(validation, 'expression'), `${field}.expression`, ['bool']),
      message: text(validation, 'message').trim(),
      messageProgram: compiler.compile(messageSource, `${field}.messageExpression`, ['string']),
      messageSource,
      reason: text(validation, 'reason'),
    }
  })
  const annotations = items(spec, 'auditAnnotations').flatMap((annotation, index) => {
    const field = `spec.auditAnnotations[${index}].valueExpression`
    const program = compiler.compile(text(annotation, 'valueExpression'), field, ['string', 'null'])
    return program === undefined ? [] : [{ key: text(annotation, 'key'), program }]
  })
  const paramKind = child(spec, 'paramKind')
  return {
    name,
    selection: parseSelection(at(spec, 'matchConstraints')),
    ignoresFailure: text(spec, 'failurePolicy') === 'Ignore',
    paramKind:
      paramKind === undefined
        ? undefined
        : { apiVersion: text(paramKind, 'apiVersion'), kind: text(paramKind, 'kind') },
    conditions,
    variables,
    validations,
    annotations,
    problems: compiler.problems,
  }
}

/** Later expressions see the variables declared so far. */
class PolicyCompiler implements StructType {
  readonly problems: PolicyProblem[] = []
  readonly #declared = new Map<string, StructField>()
  readonly #hasParams: boolean
  constructor(hasParams: boolean) {
    this.#hasParams = hasParams
  }
  field(name: string): StructField | undefined {
    return this.#declared.get(name)
  }
  declare(name: string, type: CelType): void {
    this.#declared.set(name, { key: name, type })
  }
  compile(expression: string, field: string, types: readonly string[]): Program | undefined {
    if (expression.trim() === '') return undefined
    const variables = admissionVariables([
      ['variables', { name: 'object', args: [], struct: this }],
      ...(this.#hasParams ? [['params', dyn] as const] : []),
    ])
    try {
      const program = new Program(expression, variables)
      const { name } = program.type
      if (types.length === 0 || types.includes(name) || name === 'dyn') return program
      this.problems.push({ field, expression, detail: `must evaluate to ${types.join(' or ')}` })
    } catch (error) {
      if (!(error instanceof CompileError)) throw error
      this.problems.push({ field, expression, detail: `compilation failed: ${error.message}` })
    }
    return undefined
  }
}

/** `matchConstraints` of a policy, `matchResources` of a binding. */
export function parseSelection(match: ReadonlyFields): Selection {
  return {
    rules: items(match, 'resourceRules').map(parseNamedRule),
    exclude: items(match, 'excludeResourceRules').map(parseNamedRule),
    equivalent: text(match, 'matchPolicy') !== 'Exact',
    namespaces: parseLabels(at(match, 'namespaceSelector')),
    objects: parseLabels(at(match, 'objectSelector')),
  }
}
function parseNamedRule(rule: ReadonlyFields): Rule {
  const names = Array.isArray(rule['resourceNames']) ? rule['resourceNames'].map(String) : []
  return { ...parseRule(rule), ...(names.length === 0 ? {} : { names }) }
}
function parseLabels(selector: ReadonlyFields): LabelMatcher | undefined {
  return Object.keys(selector).length === 0 ? undefined : labelSelectorMatcher(selector as LabelSelector)
}
