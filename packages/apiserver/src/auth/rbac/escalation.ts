import { errors, deepEqual } from '@kairship/apimachinery'
import type { UserInfo } from '@kairship/apimachinery'
import type { AdmissionPlugin, AdmissionRequest } from '@kairship/api'
import { at, text } from '../../builtin/fields.ts'
import type { PolicyRule } from '../contracts.ts'
import { masters } from '../users.ts'
import type { RbacAuthorizer } from './authorizer.ts'
import { matchesPath, rulesOf } from './rules.ts'

const group = 'rbac.authorization.k8s.io'
const roles = new Set(['roles', 'clusterroles'])
const bindings = new Set(['rolebindings', 'clusterrolebindings'])

/** Nobody may grant through RBAC what they do not hold themselves, unless they hold `escalate` or `bind`. */
export function escalationCheck(authorizer: RbacAuthorizer): AdmissionPlugin {
  return {
    name: 'RBACEscalation',
    handles: (request) =>
      request.group === group &&
      request.operation !== 'DELETE' &&
      !request.user.groups.includes(masters) &&
      (roles.has(request.resource) || bindings.has(request.resource)),
    validate: (request) => {
      if (roles.has(request.resource)) checkRole(request, authorizer)
      else checkBinding(request, authorizer)
    },
  }
}

function checkRole(request: AdmissionRequest, authorizer: RbacAuthorizer): void {
  const { object, old } = request
  if (object === undefined) return
  const unchanged = old !== undefined && deepEqual(object['rules'], old['rules'])
  if (unchanged && deepEqual(object['aggregationRule'], old['aggregationRule'])) return
  if (isAllowed(request, authorizer, 'escalate', request.resource, request.name)) return
  // An aggregated role ends up with rules its author has not written: only holders of everything may write one.
  const wanted = object['aggregationRule'] === undefined ? rulesOf(object) : [...rulesOf(object), ...allRules]
  requireHeld(request, authorizer, wanted)
}

function checkBinding(request: AdmissionRequest, authorizer: RbacAuthorizer): void {
  const { object, old } = request
  if (object === undefined) return
  if (
    old !== undefined &&
    deepEqual(object['roleRef'], old['roleRef']) &&
    deepEqual(object['subjects'], old['subjects'])
  )
    return
  const roleRef = at(object, 'roleRef')
  const kind = text(roleRef, 'kind')
  const name = text(roleRef, 'name')
  const resource = kind === 'Role' ? 'roles' : 'clusterroles'
  if (isAllowed(request, authorizer, 'bind', resource, name)) return
  const rules = authorizer.roleRules(kind, name, request.namespace ?? '')
  if (rules === undefined) throw errors.notFound({ group, resource }, name)
  requireHeld(request, authorizer, rules)
}

function isAllowed(
  request: AdmissionRequest,
  authorizer: RbacAuthorizer,
  verb: string,
  resource: string,
  name: string,
): boolean {
  const { user, namespace = '' } = request
  return authorizer.authorize({ user, verb, group, version: 'v1', resource, subresource: '', namespace, name }).allowed
}

function requireHeld(request: AdmissionRequest, authorizer: RbacAuthorizer, wanted: readonly PolicyRule[]): void {
  const held = authorizer.rulesFor(request.user, request.namespace ?? '')
  const missing = compact(wanted.flatMap(breakDown).filter((rule) => !held.some((owner) => covers(owner, rule))))
  if (missing.length === 0) return
  throw errors.forbidden(
    { group: request.group, resource: request.resource },
    request.name,
    `user ${describeUser(request.user)} is attempting to grant RBAC permissions not currently held:\n${missing
      .map(ruleText)
      .toSorted()
      .join('\n')}`,
  )
}

/** One rule per verb × (group, resource, name) or per verb × path. */
function breakDown(rule: PolicyRule): PolicyRule[] {
  const parts: PolicyRule[] = []
  for (const verb of rule.verbs) {
    for (const url of rule.nonResourceURLs) {
      parts.push({ verbs: [verb], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [url] })
    }
    for (const apiGroup of rule.apiGroups) {
      for (const resource of rule.resources) {
        const names = rule.resourceNames.length === 0 ? [[]] : rule.resourceNames.map((name) => [name])
        for (const resourceNames of names) {
          parts.push({
            verbs: [verb],
            apiGroups: [apiGroup],
            resources: [resource],
            resourceNames,
            nonResourceURLs: [],
          })
        }
      }
    }
  }
  return parts
}

function covers(owner: PolicyRule, part: PolicyRule): boolean {
  const [verb = ''] = part.verbs
  if (!owner.verbs.includes('*') && !owner.verbs.includes(verb)) return false
  const [url] = part.nonResourceURLs
  if (url !== undefined) return owner.nonResourceURLs.some((held) => matchesPath(held, url))
  const [apiGroup = ''] = part.apiGroups
  if (!owner.apiGroups.includes('*') && !owner.apiGroups.includes(apiGroup)) return false
  const [resource = ''] = part.resources
  const slash = resource.indexOf('/')
  const coversResource =
    owner.resources.includes('*') ||
    owner.resources.includes(resource) ||
    (slash >= 0 && owner.resources.includes(`*${resource.slice(slash)}`))
  if (!coversResource) return false
  if (owner.resourceNames.length === 0) return true
  const [name] = part.resourceNames
  return name !== undefined && owner.resourceNames.includes(name)
}

/** Joins the verbs of parts that agree in all else. */
function compact(parts: readonly PolicyRule[]): PolicyRule[] {
  const joined = new Map<string, PolicyRule>()
  for (const part of parts) {
    const key = JSON.stringify([part.apiGroups, part.resources, part.resourceNames, part.nonResourceURLs])
    const known = joined.get(key)
    if (known === undefined) joined.set(key, part)
    else joined.set(key, { ...known, verbs: [...new Set([...known.verbs, ...part.verbs])] })
  }
  return [...joined.values()]
}

function ruleText(rule: PolicyRule): string {
  const list = (values: readonly string[]): string => `[${values.map((value) => JSON.stringify(value)).join(', ')}]`
  const parts: string[] = []
  if (rule.nonResourceURLs.length > 0) parts.push(`NonResourceURLs:${list(rule.nonResourceURLs)}`)
  if (rule.apiGroups.length > 0) parts.push(`APIGroups:${list(rule.apiGroups)}`)
  if (rule.resources.length > 0) parts.push(`Resources:${list(rule.resources)}`)
  if (rule.resourceNames.length > 0) parts.push(`ResourceNames:${list(rule.resourceNames)}`)
  parts.push(`Verbs:${list(rule.verbs)}`)
  return `{${parts.join(', ')}}`
}

function describeUser(user: UserInfo): string {
  const groups = user.groups.map((name) => JSON.stringify(name)).join(' ')
  return `${JSON.stringify(user.username)} (groups=[${groups}])`
}

const allRules: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'], resourceNames: [], nonResourceURLs: [] },
  { verbs: ['*'], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: ['*'] },
]
