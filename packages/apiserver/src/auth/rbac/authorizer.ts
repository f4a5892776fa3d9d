import type { DeepReadonly, Unstructured, UserInfo } from '@kairship/apimachinery'
import { at, text } from '../../builtin/fields.ts'
import type { AuthorizationAttributes, PlaneRegistry, RegistryEvent } from '../../strategy.ts'
import type { PolicyRule, RuleAuthorizer } from '../contracts.ts'
import { masters } from '../users.ts'
import { allowsPath, allowsResource, rulesOf } from './rules.ts'
import { describeSubject, subjectKeys, userKeys } from './subjects.ts'

const group = 'rbac.authorization.k8s.io'

interface Binding {
  readonly name: string
  /** '' for ClusterRoleBindings. */
  readonly namespace: string
  readonly roleKind: string
  readonly roleName: string
  readonly subjects: readonly string[]
}
/** Bindings of one scope (a namespace, or the cluster) by subject. */
type Scope = Map<string, Set<Binding>>

const denied = Object.freeze({ allowed: false, reason: '' })
const superuser = Object.freeze({ allowed: true, reason: '' })

/** Role-based access control over an index that follows the plane's RBAC objects; one decision takes microseconds. */
export class RbacAuthorizer implements RuleAuthorizer, Disposable {
  readonly #registry: PlaneRegistry
  readonly #subscriptions: Disposable[] = []
  /** `name` for ClusterRoles, `namespace/name` for Roles. */
  readonly #rules = new Map<string, readonly PolicyRule[]>()
  readonly #scopes = new Map<string, Scope>()
  readonly #bindings = new Map<string, Binding>()

  constructor(registry: PlaneRegistry) {
    this.#registry = registry
  }

  start(): void {
    for (const resource of ['roles', 'clusterroles']) {
      this.#subscriptions.push(this.#registry.subscribe(group, resource, (event) => this.#onRole(event)))
    }
    for (const resource of ['rolebindings', 'clusterrolebindings']) {
      this.#subscriptions.push(this.#registry.subscribe(group, resource, (event) => this.#onBinding(event)))
    }
  }
  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions.splice(0)) subscription[Symbol.dispose]()
  }

  authorize(attributes: AuthorizationAttributes): { readonly allowed: boolean; readonly reason: string } {
    const { user } = attributes
    if (user.groups.includes(masters)) return superuser
    const allows =
      'path' in attributes
        ? (rule: PolicyRule): boolean => allowsPath(rule, attributes.verb, attributes.path)
        : (rule: PolicyRule): boolean => allowsResource(rule, attributes)
    const namespace = 'path' in attributes ? '' : attributes.namespace
    for (const { binding, key, rules } of this.#applying(user, namespace)) {
      if (!rules.some(allows)) continue
      const scoped = binding.namespace !== ''
      const kind = scoped ? 'RoleBinding' : 'ClusterRoleBinding'
      const name = scoped ? `${binding.name}/${binding.namespace}` : binding.name
      return {
        allowed: true,
        reason: `RBAC: allowed by ${kind} ${JSON.stringify(name)} of ${binding.roleKind} ${JSON.stringify(binding.roleName)} to ${describeSubject(key)}`,
      }
    }
    return denied
  }

  rulesFor(user: UserInfo, namespace: string): readonly PolicyRule[] {
    if (user.groups.includes(masters)) return everything
    const rules: PolicyRule[] = []
    for (const applying of this.#applying(user, namespace)) rules.push(...applying.rules)
    return rules
  }

  /** The rules of a role by reference; `undefined` when it does not exist. */
  roleRules(kind: string, name: string, namespace: string): readonly PolicyRule[] | undefined {
    return this.#rules.get(kind === 'Role' ? `${namespace}/${name}` : name)
  }

  *#applying(
    user: UserInfo,
    namespace: string,
  ): Iterable<{ readonly binding: Binding; readonly key: string; readonly rules: readonly PolicyRule[] }> {
    const keys = userKeys(user)
    for (const scopeName of namespace === '' ? [''] : ['', namespace]) {
      const scope = this.#scopes.get(scopeName)
      if (scope === undefined) continue
      for (const key of keys) {
        for (const binding of scope.get(key) ?? []) {
          const rules = this.roleRules(binding.roleKind, binding.roleName, binding.namespace)
          if (rules !== undefined) yield { binding, key, rules }
        }
      }
    }
  }

  #onRole(event: RegistryEvent): void {
    const key = keyOf(event.object)
    if (event.type === 'put') this.#rules.set(key, rulesOf(event.object))
    else this.#rules.delete(key)
  }

  #onBinding(event: RegistryEvent): void {
    const key = keyOf(event.object)
    const old = this.#bindings.get(key)
    if (old !== undefined) this.#remove(key, old)
    if (event.type === 'delete') return
    const namespace = event.object.metadata.namespace ?? ''
    const roleRef = at(event.object, 'roleRef')
    const binding: Binding = {
      name: event.object.metadata.name ?? '',
      namespace,
      roleKind: text(roleRef, 'kind'),
      roleName: text(roleRef, 'name'),
      subjects: subjectKeys(event.object, namespace),
    }
    this.#bindings.set(key, binding)
    let scope = this.#scopes.get(namespace)
    if (scope === undefined) this.#scopes.set(namespace, (scope = new Map()))
    for (const subject of binding.subjects) {
      const set = scope.get(subject)
      if (set === undefined) scope.set(subject, new Set([binding]))
      else set.add(binding)
    }
  }

  #remove(key: string, binding: Binding): void {
    this.#bindings.delete(key)
    const scope = this.#scopes.get(binding.namespace)
    if (scope === undefined) return
    for (const subject of binding.subjects) {
      const set = scope.get(subject)
      set?.delete(binding)
      if (set?.size === 0) scope.delete(subject)
    }
    if (scope.size === 0) this.#scopes.delete(binding.namespace)
  }
}

/** Names of cluster-scoped RBAC objects may contain neither `/` nor be confused with `namespace/name`. */
function keyOf(object: DeepReadonly<Unstructured>): string {
  const { namespace, name = '' } = object.metadata
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`
}

const everything: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'], resourceNames: [], nonResourceURLs: [] },
  { verbs: ['*'], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: ['*'] },
]
