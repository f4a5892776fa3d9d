import type { Schema } from '@kairship/api'
import type { FieldErrors } from '../../builtin/field-errors.ts'
import { parseFields, text, type ReadonlyFields } from '../../builtin/fields.ts'
import { type CompiledRule, compileRules, rulesOf } from './compile.ts'
import { parseFieldPath } from './field-path.ts'

/** Worst-case costs that a rule, and all rules of a schema, may have. */
export const expressionLimit = 10_000_000
export const schemaLimit = 100_000_000

const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired']
const mostReported = 10

/** Rules that a stored CRD already has may stay, however dear they are. */
export interface RuleCheckOptions {
  readonly path: string
  readonly keepCost?: boolean
}

/** Checks the rules of a structural schema as a CRD is written: form, types, costs. */
export function checkRules(schema: Schema, { path, keepCost = false }: RuleCheckOptions, errors: FieldErrors): void {
  const check = new Check(errors, keepCost)
  check.visit(schema, path, { root: true, cardinality: 1, uncorrelated: undefined })
  check.total(path)
}

interface Place {
  readonly root: boolean
  /** How often the schema can occur in one object; `undefined`: no limit is declared. */
  readonly cardinality: number | undefined
  /** The list or map whose items cannot be told apart from what they replace. */
  readonly uncorrelated: string | undefined
}

class Check {
  readonly #errors: FieldErrors
  readonly #keepCost: boolean
  #total = 0
  readonly #costs: { readonly path: string; readonly cost: number }[] = []

  constructor(errors: FieldErrors, keepCost: boolean) {
    this.#errors = errors
    this.#keepCost = keepCost
  }

  visit(schema: Schema, path: string, place: Place): void {
    const sound = this.#form(schema, path)
    if (sound && rulesOf(schema).length > 0) this.#compile(schema, path, place)
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      this.visit(property, `${path}.properties[${name}]`, { ...place, root: false })
    }
    const items = parseSchema(schema.items)
    if (items !== undefined) {
      const known = place.uncorrelated ?? (schema['x-kubernetes-list-type'] === 'map' ? undefined : path)
      const cardinality = times(place.cardinality, schema['maxItems'])
      this.visit(items, `${path}.items`, { root: false, cardinality, uncorrelated: known })
    }
    const additional = parseSchema(schema.additionalProperties)
    if (additional !== undefined) {
      const cardinality = times(place.cardinality, schema['maxProperties'])
      this.visit(additional, `${path}.additionalProperties`, { ...place, root: false, cardinality })
    }
  }

  /** What can be said of the rules without compiling them. */
  #form(schema: Schema, path: string): boolean {
    const before = this.#errors.list.length
    for (const [index, rule] of rulesOf(schema).entries()) {
      this.#formOf(rule, schema, `${path}.x-kubernetes-validations[${index}]`)
    }
    return this.#errors.list.length === before
  }
  #formOf(rule: ReadonlyFields, schema: Schema, at: string): void {
    const errors = this.#errors
    const source = text(rule, 'rule').trim()
    const message = text(rule, 'message')
    const expression = text(rule, 'messageExpression')
    const fieldPath = text(rule, 'fieldPath')
    if (source === '') errors.required(`${at}.rule`, 'rule is not specified')
    else if (message !== '' && message.trim() === '') {
      errors.invalid(`${at}.message`, message, 'must be non-empty if specified')
    } else if (/[\n\r]/.test(message.trim())) {
      errors.invalid(`${at}.message`, message, 'must not contain line breaks')
    } else if (/[\n\r]/.test(source) && message.trim() === '') {
      errors.required(`${at}.message`, 'message must be specified if rule contains line breaks')
    }
    if (expression !== '' && expression.trim() === '') {
      errors.required(`${at}.messageExpression`, 'must be non-empty if specified')
    }
    errors.oneOf(`${at}.reason`, rule['reason'], reasons)
    if (fieldPath === '') return
    if (fieldPath.trim() === '') errors.invalid(`${at}.fieldPath`, fieldPath, 'must be non-empty if specified')
    if (/[\n\r]/.test(fieldPath)) errors.invalid(`${at}.fieldPath`, fieldPath, 'must not contain line breaks')
    if (parseFieldPath(fieldPath, schema) === undefined) {
      errors.invalid(`${at}.fieldPath`, fieldPath, 'must be a valid path')
    }
  }

  #compile(schema: Schema, path: string, place: Place): void {
    const compiled = compileRules(schema, place.root)
    const declared = rulesOf(schema)
    for (const [index, rule] of compiled?.rules.entries() ?? []) {
      const at = `${path}.x-kubernetes-validations[${index}]`
      this.#cost(rule, place.cardinality ?? compiled?.cardinality ?? 1, at)
      if (rule.error !== '') this.#errors.invalid(`${at}.rule`, declared[index], rule.error)
      if (rule.messageError !== '') this.#errors.invalid(`${at}.messageExpression`, declared[index], rule.messageError)
      if (rule.transition && place.uncorrelated !== undefined) {
        const detail = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${place.uncorrelated}`
        this.#errors.invalid(`${at}.rule`, text(declared[index] ?? {}, 'rule'), detail)
      }
      const optional = declared[index]?.['optionalOldSelf']
      if (!rule.transition && rule.error === '' && optional !== undefined) {
        this.#errors.invalid(`${at}.optionalOldSelf`, optional, 'may not be set if oldSelf is not used in rule')
      }
    }
  }

  #cost(rule: CompiledRule, cardinality: number, at: string): void {
    for (const [program, field, name] of [
      [rule.program, 'rule', 'estimated rule cost'],
      [rule.messageProgram, 'messageExpression', 'estimated messageExpression cost'],
    ] as const) {
      if (program === undefined) continue
      const cost = program.maxCost * (field === 'rule' ? cardinality : 1)
      if (cost > expressionLimit && !this.#keepCost) {
        this.#errors.forbidden(`${at}.${field}`, exceeds(name, cost, expressionLimit))
      }
      this.#total += cost
      this.#costs.push({ path: `${at}.${field}`, cost })
    }
  }

  total(path: string): void {
    if (this.#total <= schemaLimit) return
    const dearest = this.#costs.toSorted((a, b) => b.cost - a.cost).slice(0, mostReported)
    for (const { path: at, cost } of dearest) {
      if (cost < schemaLimit / 100) continue
      const detail = 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema'
      this.#errors.forbidden(at, detail)
    }
    const name = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema'
    this.#errors.forbidden(path, exceeds(name, this.#total, schemaLimit))
  }
}

/** `more than 100x`, `2.5x`, `1.200000x` */
function exceeds(name: string, cost: number, limit: number): string {
  const factor = cost / limit
  const shown = factor > 100 ? 'more than 100x' : factor < 1.5 ? `${factor.toFixed(6)}x` : `${factor.toFixed(1)}x`
  return `${name} exceeds budget by factor of ${shown} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`
}

function times(cardinality: number | undefined, most: unknown): number | undefined {
  return cardinality === undefined || typeof most !== 'number' ? undefined : cardinality * most
}

function parseSchema(value: unknown): Schema | undefined {
  return parseFields(value)
}
