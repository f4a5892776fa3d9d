import { items, strings } from '../../builtin/fields.ts'
import type { ReadonlyFields } from '../../builtin/fields.ts'
import type { PolicyRule } from '../contracts.ts'

/** The rules of a Role or ClusterRole. */
export function rulesOf(role: ReadonlyFields): readonly PolicyRule[] {
  return items(role, 'rules').map((rule) => ({
    verbs: strings(rule, 'verbs'),
    apiGroups: strings(rule, 'apiGroups'),
    resources: strings(rule, 'resources'),
    resourceNames: strings(rule, 'resourceNames'),
    nonResourceURLs: strings(rule, 'nonResourceURLs'),
  }))
}

export interface ResourceRequest {
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly subresource: string
  readonly name: string
}

export function allowsResource(rule: PolicyRule, request: ResourceRequest): boolean {
  return (
    hasOrAll(rule.verbs, request.verb) &&
    hasOrAll(rule.apiGroups, request.group) &&
    allowsResourceName(rule.resources, request) &&
    (rule.resourceNames.length === 0 || (request.name !== '' && rule.resourceNames.includes(request.name)))
  )
}

export function allowsPath(rule: PolicyRule, verb: string, path: string): boolean {
  return hasOrAll(rule.verbs, verb) && rule.nonResourceURLs.some((url) => matchesPath(url, path))
}

export function matchesPath(url: string, path: string): boolean {
  return url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1)))
}

function hasOrAll(list: readonly string[], wanted: string): boolean {
  return list.includes(wanted) || list.includes('*')
}

function allowsResourceName(resources: readonly string[], request: ResourceRequest): boolean {
  const { resource, subresource } = request
  if (subresource === '') return hasOrAll(resources, resource)
  return (
    resources.includes('*') ||
    resources.includes(`${resource}/${subresource}`) ||
    resources.includes(`*/${subresource}`)
  )
}
