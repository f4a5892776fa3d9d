import { type ApiError, errors, type DeepReadonly, type Unstructured } from '@kairship/apimachinery'
import { at, child, strings, text } from '../../builtin/fields.ts'
import { type Attributes, deleteAttributes, writeAttributes } from '../../webhooks/attributes.ts'
import { isExempt, match } from '../../webhooks/match.ts'
import type { Write } from '../../registry/write.ts'
import type { Request } from '../../request.ts'
import type { InstalledResource, PlaneRegistry } from '../../strategy.ts'
import { CelError } from '../error.ts'
import { wrap } from '../values/data.ts'
import { dyn } from '../types.ts'
import { namespaceOf } from './conditions.ts'
import { admissionValues } from './environment.ts'
import { evaluatePolicy, type Failure } from './evaluate.ts'
import { findParams } from './params.ts'
import { type CompiledPolicy, compilePolicy, parseSelection, type Selection } from './policy.ts'

const group = 'admissionregistration.k8s.io'
const policies = 'validatingadmissionpolicies'
const bindings = 'validatingadmissionpolicybindings'

type View = DeepReadonly<Unstructured>
interface Binding {
  readonly name: string
  readonly policyName: string
  readonly object: View
  readonly selection: Selection | undefined
  readonly actions: readonly string[]
}

/** The ValidatingAdmissionPolicies of a plane with their bindings. Each is compiled when it changes. */
export class AdmissionPolicies implements Disposable {
  readonly #registry: PlaneRegistry
  readonly #owned = new DisposableStack()
  readonly #policies = new Map<string, { readonly generation: number; readonly policy: CompiledPolicy }>()
  readonly #bindings = new Map<string, Binding>()

  constructor(registry: PlaneRegistry) {
    this.#registry = registry
    this.#owned.use(
      registry.subscribe(group, policies, ({ type, object }) => {
        const { name = '', generation = 0 } = object.metadata
        if (type === 'delete') this.#policies.delete(name)
        else if (this.#policies.get(name)?.generation !== generation) {
          this.#policies.set(name, { generation, policy: compilePolicy(object, name) })
        }
      }),
    )
    this.#owned.use(
      registry.subscribe(group, bindings, ({ type, object }) => {
        const { name = '' } = object.metadata
        if (type === 'delete') this.#bindings.delete(name)
        else this.#bindings.set(name, parseBinding(object, name))
      }),
    )
  }
  [Symbol.dispose](): void {
    this.#owned.dispose()
  }

  /** Throws when a policy denies the write; warnings and audit annotations go to the request. */
  validate(write: Write): void {
    if (this.#bindings.size === 0 || isExempt(write.installed)) return
    this.#check(writeAttributes(write))
  }
  delete(installed: InstalledResource, request: Request, old: View, dryRun: boolean): void {
    if (this.#bindings.size === 0 || isExempt(installed)) return
    this.#check(deleteAttributes(installed, request, old, dryRun))
  }

  #check(asked: Attributes): void {
    let denial: ApiError | undefined
    for (const binding of this.#bindings.values()) {
      const policy = this.#policies.get(binding.policyName)?.policy
      if (policy === undefined || !this.#selects(policy.selection, asked)) continue
      if (binding.selection !== undefined && !this.#selects(binding.selection, asked, true)) continue
      for (const failure of this.#evaluate(policy, binding, asked)) {
        denial ??= report(policy, binding, failure, asked)
      }
    }
    if (denial !== undefined) throw denial
  }

  /** A binding without rules of its own narrows by labels only. */
  #selects(selection: Selection, asked: Attributes, rulesAreOptional = false): boolean {
    const { rules, exclude, equivalent, ...labels } = selection
    const excluded = { rules: exclude, equivalent, namespaces: undefined, objects: undefined }
    if (exclude.length > 0 && match(excluded, asked, this.#registry) !== undefined) return false
    const all = rulesAreOptional && rules.length === 0 ? everything : rules
    return match({ rules: all, equivalent, ...labels }, asked, this.#registry) !== undefined
  }

  #evaluate(policy: CompiledPolicy, binding: Binding, asked: Attributes): readonly Failure[] {
    let params: readonly (View | undefined)[]
    try {
      params = findParams(policy, at(binding.object, 'spec'), asked.namespace, this.#registry)
    } catch (error) {
      if (!(error instanceof CelError)) throw error
      if (policy.ignoresFailure) return []
      return [{ message: `failed to configure binding: ${error.message}`, reason: '', index: -1 }]
    }
    const values = admissionValues(asked, namespaceOf(asked, this.#registry))
    const failures: Failure[] = []
    for (const param of params) {
      const verdict = evaluatePolicy(policy, { ...values, params: wrap(param, dyn) })
      failures.push(...verdict.failures)
      for (const { key, value } of verdict.annotations) annotate(asked.request, `${policy.name}/${key}`, value)
    }
    return failures
  }
}

const everything = [
  {
    operations: ['*'],
    apiGroups: ['*'],
    apiVersions: ['*'],
    resources: [{ resource: '*', subresource: '*' }],
    scope: '*',
  },
]

function parseBinding(object: View, name: string): Binding {
  const spec = at(object, 'spec')
  const resources = child(spec, 'matchResources')
  return {
    name,
    policyName: text(spec, 'policyName'),
    object,
    selection: resources === undefined ? undefined : parseSelection(resources),
    actions: strings(spec, 'validationActions'),
  }
}

const codes: { readonly [reason: string]: number | undefined } = {
  Unauthorized: 401,
  Forbidden: 403,
  RequestEntityTooLarge: 413,
  Invalid: 422,
}

/** Does what the binding asks for. The error is the answer when the request is denied. */
function report(policy: CompiledPolicy, binding: Binding, failure: Failure, asked: Attributes): ApiError | undefined {
  const { actions } = binding
  const { request, installed, name } = asked
  const who = `ValidatingAdmissionPolicy '${policy.name}' with binding '${binding.name}'`
  if (actions.includes('Warn')) request.warnings.push(`Validation failed for ${who}: ${failure.message}`)
  if (actions.includes('Audit')) {
    const { message, index: expressionIndex } = failure
    const record = { message, policy: policy.name, binding: binding.name, expressionIndex, validationActions: actions }
    annotate(request, 'validation.policy.admission.k8s.io/validation_failure', JSON.stringify([record]))
  }
  if (!actions.includes('Deny')) return undefined
  const message = `${who} denied request: ${failure.message}`
  const error = errors.forbidden(installed.definition, name, message)
  const reason = parseReason(failure.reason)
  error.status.reason = reason
  error.status.code = codes[reason] ?? 422
  error.status.details = { ...error.status.details, causes: [{ message }] }
  return error
}

function parseReason(reason: string): 'Unauthorized' | 'Forbidden' | 'RequestEntityTooLarge' | 'Invalid' {
  return reason === 'Unauthorized' || reason === 'Forbidden' || reason === 'RequestEntityTooLarge' ? reason : 'Invalid'
}

function annotate(request: Request, key: string, value: string): void {
  request.auditAnnotations ??= {}
  request.auditAnnotations[key] ??= value
}
