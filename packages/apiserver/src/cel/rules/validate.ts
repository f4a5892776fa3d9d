import { deepEqual, isRawJson } from '@kairship/apimachinery'
import { parseFields } from '../../builtin/fields.ts'
import { fieldErrorText } from '../../builtin/invalid.ts'
import type { SchemaNode } from '../../crd/schema/node.ts'
import type { FieldError } from '../../strategy.ts'
import { CelError, CostExceeded } from '../error.ts'
import { Meter } from '../program/meter.ts'
import { Optional, type Value } from '../values/value.ts'
import { wrap } from '../values/data.ts'
import type { CompiledRule, RuleSet } from './compile.ts'
import { evaluateMessage } from './message.ts'

/** What one call of a rule may cost, and what all rules on one object may. */
export const perCallLimit = 1_000_000
export const perObjectLimit = 10_000_000

const outOfBudget = 'validation failed due to running out of cost budget, no further validation rules will be run'

export interface RuleResult {
  readonly errors: readonly FieldError[]
  /** Failures that an update did not cause. */
  readonly warnings: readonly string[]
}
const nothing: RuleResult = Object.freeze({ errors: [], warnings: [] })

/** Runs the CEL rules of a schema on a value that is valid otherwise. `old`: what it replaces; absent on create. */
export function validateRules(value: unknown, node: SchemaNode, path: string, old?: unknown): RuleResult {
  if (!node.hasRules) return nothing
  const run = new Run()
  run.visit(value, node, path, { old, comparable: old !== undefined, unchanged: false })
  return run
}

/** What stood at a place before. */
interface Before {
  readonly old: unknown
  /** `old` is what this value replaces; otherwise nothing corresponds to it. */
  readonly comparable: boolean
  /** The nearest ancestor that corresponds is equal to what it was. */
  readonly unchanged: boolean
}
const nowhere = { old: undefined, comparable: false } as const

class Run implements RuleResult {
  readonly errors: FieldError[] = []
  readonly warnings: string[] = []
  #budget = perObjectLimit

  visit(value: unknown, node: SchemaNode, path: string, before: Before): void {
    if (value === null || value === undefined || !node.hasRules || this.#budget < 0) return
    // What is shared with the stored object has passed these rules already.
    if (value === before.old && typeof value === 'object' && !node.hasTransitions) return
    const { rules } = node
    if (rules !== undefined) this.#evaluate(value, node, rules, path, before)
    for (const child of node.alternatives('allOf')) {
      if (child.hasRules) this.visit(value, child, path, { ...before, ...nowhere, old: before.old })
    }
    if (Array.isArray(value)) this.#items(value, node, path, before)
    else if (typeof value === 'object' && !isRawJson(value)) this.#fields(value, node, path, before)
  }

  #items(value: readonly unknown[], node: SchemaNode, path: string, before: Before): void {
    const { items } = node
    if (items === undefined || !items.hasRules) return
    const oldItems = node.schema['x-kubernetes-list-type'] === 'map' ? byKeys(before.old, node) : undefined
    const unchanged = isUnchanged(value, before)
    for (const [index, item] of value.entries()) {
      if (this.#budget < 0) return
      const old = oldItems?.get(keyOf(item, node))
      this.visit(item, items, `${path}[${index}]`, { old, comparable: old !== undefined, unchanged })
    }
  }

  #fields(value: object, node: SchemaNode, path: string, before: Before): void {
    const object = parseFields(value) ?? {}
    const oldObject = parseFields(before.old)
    let unchanged: boolean | undefined
    for (const key of Object.keys(object)) {
      if (this.#budget < 0) return
      const property = node.property(key)
      const child = property ?? node.additional
      if (child === undefined || !child.hasRules) continue
      unchanged ??= path !== '' && isUnchanged(value, before)
      const old = oldObject?.[key]
      const at = property === undefined ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`
      this.visit(object[key], child, at, { old, comparable: old !== undefined, unchanged })
    }
  }

  #evaluate(value: unknown, node: SchemaNode, { type, rules }: RuleSet, path: string, before: Before): void {
    const shown = node.type ?? ''
    let variables: { self: Value; old: Value | undefined } | undefined
    for (const rule of rules) {
      if (rule.error !== '') {
        this.#invalid(path, shown, `rule compile error: ${rule.error}`)
        continue
      }
      if (rule.program === undefined) continue
      const hasOld = before.old !== undefined && before.old !== null
      if (rule.transition && !hasOld && !rule.optionalOldSelf) continue
      try {
        variables ??= { self: wrap(value, type), old: hasOld ? wrap(before.old, type) : undefined }
      } catch (error) {
        if (!(error instanceof CelError)) throw error
        this.#invalid(path, shown, `${error.message} evaluating rule: ${rule.message || rule.rule}`)
        continue
      }
      this.#run(rule, variables, value, node, path, before)
      if (this.#budget < 0) return
    }
  }

  #run(
    rule: CompiledRule,
    { self, old }: { readonly self: Value; readonly old: Value | undefined },
    value: unknown,
    node: SchemaNode,
    path: string,
    before: Before,
  ): void {
    const name = rule.message || rule.rule
    const shown = node.type ?? ''
    if (this.#budget <= 0) return this.#stop(path, shown, outOfBudget)
    const meter = new Meter(perCallLimit)
    const oldSelf = rule.optionalOldSelf ? new Optional(old) : old
    let holds: Value
    try {
      holds = rule.program?.run({ self, oldSelf }, meter) ?? true
    } catch (error) {
      if (error instanceof CostExceeded) {
        const text = `'${error.message}': no further validation rules will be run due to call cost exceeds limit for rule: ${name}`
        return this.#stop(path, shown, meter.cost > this.#budget ? outOfBudget : text)
      }
      if (!(error instanceof CelError)) throw error
      this.#budget -= meter.cost
      const text = error.message.startsWith('no such overload')
        ? `'${error.message}': call arguments did not match a supported operator, function or macro signature for rule: ${name}`
        : `${error.message} evaluating rule: ${name}`
      return this.#invalid(path, shown, text)
    }
    if (meter.cost > this.#budget) return this.#stop(path, shown, outOfBudget)
    this.#budget -= meter.cost
    if (holds === true) return
    this.#failed(rule, { self, oldSelf: old }, value, node, path, before)
  }

  #failed(
    rule: CompiledRule,
    variables: { readonly self: Value; readonly oldSelf: Value | undefined },
    value: unknown,
    node: SchemaNode,
    path: string,
    before: Before,
  ): void {
    const field = join(path, rule.fieldPath)
    const forgiven = !rule.transition && (before.comparable ? isUnchanged(value, before) : before.unchanged)
    const add = (error: FieldError): void => {
      if (forgiven) this.warnings.push(fieldErrorText(error))
      else this.errors.push(error)
    }
    const message = evaluateMessage(rule, variables, Math.min(perCallLimit, this.#budget))
    if (message.stop !== undefined) {
      this.#budget = -1
      add({ type: 'Invalid', field, value: node.type ?? '', detail: message.stop })
      return
    }
    this.#budget -= message.cost
    const detail = message.text ?? (rule.message === '' ? `failed rule: ${rule.rule}` : rule.message)
    const whole = node.type === 'object' || node.type === 'array'
    add(failure(field, whole ? undefined : value, detail, rule.reason))
  }

  #invalid(field: string, value: string, detail: string): void {
    this.errors.push({ type: 'Invalid', field, value, detail })
  }
  #stop(field: string, value: string, detail: string): void {
    this.#budget = -1
    this.#invalid(field, value, detail)
  }
}

function failure(field: string, value: unknown, detail: string, reason: string): FieldError {
  const shown = value === undefined ? { omitValue: true } : { value }
  switch (reason) {
    case 'FieldValueForbidden':
      return { type: 'Forbidden', field, detail }
    case 'FieldValueRequired':
      return { type: 'Required', field, detail }
    case 'FieldValueDuplicate':
      // Upstream leaves out the text of the rule here.
      return { type: 'Duplicate', field, ...shown, detail: '' }
    default:
      return { type: 'Invalid', field, ...shown, detail }
  }
}

function join(path: string, more: string): string {
  if (path === '' || more === '') return path + more
  return more.startsWith('[') ? path + more : `${path}.${more}`
}

function isUnchanged(value: unknown, { old, comparable, unchanged }: Before): boolean {
  if (!comparable) return unchanged
  return value === old || deepEqual(value, old)
}

function byKeys(old: unknown, node: SchemaNode): ReadonlyMap<string, unknown> | undefined {
  if (!Array.isArray(old)) return undefined
  return new Map(old.map((item: unknown) => [keyOf(item, node), item]))
}
function keyOf(item: unknown, node: SchemaNode): string {
  const fields = parseFields(item)
  return JSON.stringify((node.schema['x-kubernetes-list-map-keys'] ?? []).map((key) => fields?.[key]))
}
