import type { DeepReadonly, LabelMatcher, Unstructured } from '@kairship/apimachinery'
import type { PlaneRegistry } from '../strategy.ts'
import type { InstalledResource } from '../strategy.ts'
import type { Attributes } from './attributes.ts'
import type { Rule, Webhook } from './webhook.ts'

/** Webhooks are never asked about themselves, nor about the policies beside them: else nobody could repair them. */
const exemptGroup = 'admissionregistration.k8s.io'

export function isExempt({ definition }: InstalledResource): boolean {
  return definition.group === exemptGroup || definition.virtual
}

/** Which requests a webhook or a policy is about. */
export type Selection = Pick<Webhook, 'rules' | 'equivalent' | 'namespaces' | 'objects'>

/** The resource in whose version the webhook wants to see this request; `undefined` when it is not concerned. */
export function match(
  webhook: Selection,
  asked: Attributes,
  registry: Pick<PlaneRegistry, 'get' | 'resources'>,
): InstalledResource | undefined {
  const found = byRules(webhook, asked, registry)
  if (found === undefined) return undefined
  if (webhook.namespaces !== undefined && !inNamespace(webhook.namespaces, asked, registry)) return undefined
  if (webhook.objects !== undefined && !hasLabels(webhook.objects, asked)) return undefined
  return found
}

function byRules(
  webhook: Selection,
  asked: Attributes,
  registry: Pick<PlaneRegistry, 'resources'>,
): InstalledResource | undefined {
  const { installed } = asked
  if (webhook.rules.some((rule) => covers(rule, installed, asked))) return installed
  if (!webhook.equivalent) return undefined
  for (const other of registry.resources()) {
    if (other === installed || !sameStorage(other, installed)) continue
    if (webhook.rules.some((rule) => covers(rule, other, asked))) return other
  }
  return undefined
}

function sameStorage({ definition: a }: InstalledResource, { definition: b }: InstalledResource): boolean {
  return a.resource === b.resource && (a.storageGroup ?? a.group) === (b.storageGroup ?? b.group)
}

function covers(
  rule: Rule,
  { definition }: InstalledResource,
  { operation, subresource, namespace, name }: Attributes,
): boolean {
  const { group, version, resource } = definition
  if (!has(rule.operations, operation) || !has(rule.apiGroups, group) || !has(rule.apiVersions, version)) return false
  if (rule.names !== undefined && !rule.names.includes(name)) return false
  const named = rule.resources.some(
    (each) =>
      (each.resource === '*' || each.resource === resource) &&
      (each.subresource === '*' || each.subresource === subresource),
  )
  if (!named || rule.scope === '*') return named
  const cluster = namespace === '' || (group === '' && resource === 'namespaces')
  return cluster === (rule.scope === 'Cluster')
}

function has(list: readonly string[], value: string): boolean {
  return list.includes('*') || list.includes(value)
}

function inNamespace(selector: LabelMatcher, asked: Attributes, registry: Pick<PlaneRegistry, 'get'>): boolean {
  const { namespace, object, installed } = asked
  if (namespace === '') return true
  const { group, resource } = installed.definition
  const own = group === '' && resource === 'namespaces' ? object : undefined
  const found = own ?? registry.get('', 'namespaces', '', namespace)
  return selector.matches(found?.metadata.labels)
}

function hasLabels(selector: LabelMatcher, { object, old }: Attributes): boolean {
  const matches = (view: DeepReadonly<Unstructured> | undefined): boolean =>
    view !== undefined && selector.matches(view.metadata.labels)
  return matches(object) || matches(old)
}
