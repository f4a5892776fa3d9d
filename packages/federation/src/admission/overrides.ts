import { validateLabelValue, validateQualifiedName } from '@kairship/apimachinery'
import type { DeepReadonly, Unstructured } from '@kairship/apimachinery'
import type { AdmissionPlugin, AdmissionRequest } from '@kairship/api'
import type { FieldOverrider, Overriders, OverrideSpec } from '@kairship/api/karmada'
import { affinityProblems } from './affinity.ts'
import { denyProblems, forbidden, invalid } from './denied.ts'
import type { Problem } from './denied.ts'
import { parseOverrideSpec, toUnstructured } from './parse.ts'

const POINTER = /^(?:\/(?:[^~/]|~[01])*)*$/

export function overridePolicyPlugins(): readonly AdmissionPlugin[] {
  const plugin = (webhook: string, plural: string, namespaced: boolean): AdmissionPlugin => ({
    name: webhook,
    handles: ({ group, resource, subresource, operation }) =>
      group === 'policy.karmada.io' && resource === plural && subresource === undefined && operation !== 'DELETE',
    ...(namespaced ? { mutate: defaultNamespaces } : {}),
    validate: ({ object, namespace }) => {
      if (object === undefined) return
      denyProblems(webhook, specProblems(parseOverrideSpec(object['spec']), namespaced ? namespace : undefined))
    },
  })
  return [
    plugin('overridepolicy.karmada.io', 'overridepolicies', true),
    plugin('clusteroverridepolicy.karmada.io', 'clusteroverridepolicies', false),
  ]
}

function defaultNamespaces({ object, namespace = '' }: AdmissionRequest): Unstructured | undefined {
  if (object === undefined) return undefined
  const spec = parseOverrideSpec(object['spec'])
  const selectors = spec.resourceSelectors
  if (!Array.isArray(selectors) || selectors.every((selector) => selector.namespace)) return undefined
  const resourceSelectors = selectors.map((selector) => (selector.namespace ? selector : { ...selector, namespace }))
  return toUnstructured({ ...object, spec: { ...spec, resourceSelectors } })
}

function specProblems(spec: DeepReadonly<OverrideSpec>, namespace: string | undefined): Problem[] {
  const problems: Problem[] = []
  for (const [index, selector] of (spec.resourceSelectors ?? []).entries()) {
    if (namespace !== undefined && selector.namespace !== namespace) {
      const detail = `the namespace of resourceSelector should be the same with the policy (${namespace})`
      problems.push(invalid(`spec.resourceSelectors[${index}].namespace`, selector.namespace ?? '', detail))
    }
  }
  const rules = spec.overrideRules ?? []
  const { fieldOverrider: _field, ...single } = spec.overriders ?? {}
  if (rules.length > 0 && (spec.targetCluster !== undefined || Object.keys(single).length > 0)) {
    problems.push(forbidden('spec', 'overrideRules and overriders can not co-exist'))
  }
  problems.push(...affinityProblems(spec.targetCluster, 'spec.targetCluster'))
  if (spec.overriders !== undefined) problems.push(...overriderProblems(spec.overriders, 'spec.overriders'))
  for (const [index, rule] of rules.entries()) {
    const at = `spec.overrideRules[${index}]`
    problems.push(...affinityProblems(rule.targetCluster, `${at}.targetCluster`))
    problems.push(...overriderProblems(rule.overriders ?? {}, `${at}.overriders`))
  }
  return problems
}

function overriderProblems(overriders: DeepReadonly<Overriders>, path: string): Problem[] {
  const problems: Problem[] = []
  for (const [index, { predicate }] of (overriders.imageOverrider ?? []).entries()) {
    if (predicate !== undefined && !POINTER.test(predicate.path)) {
      const at = `${path}.imageOverrider[${index}].predicate.path`
      problems.push(invalid(at, predicate.path, 'path should be start with / character'))
    }
  }
  for (const field of ['labelsOverrider', 'annotationsOverrider'] as const) {
    for (const [index, { value }] of (overriders[field] ?? []).entries()) {
      problems.push(...keyProblems(value ?? {}, `${path}.${field}[${index}].value`, field === 'labelsOverrider'))
    }
  }
  for (const [index, overrider] of (overriders.fieldOverrider ?? []).entries()) {
    problems.push(...fieldOverriderProblems(overrider, `${path}.fieldOverrider[${index}]`))
  }
  return problems
}

function keyProblems(map: DeepReadonly<{ [key: string]: string }>, path: string, labels: boolean): Problem[] {
  return Object.entries(map).flatMap(([key, value]) => [
    ...validateQualifiedName(key).map((detail) => invalid(path, key, detail)),
    ...(labels ? validateLabelValue(value).map((detail) => invalid(path, value, detail)) : []),
  ])
}

function fieldOverriderProblems(overrider: DeepReadonly<FieldOverrider>, path: string): Problem[] {
  const problems: Problem[] = []
  if (!POINTER.test(overrider.fieldPath)) {
    problems.push(invalid(`${path}.fieldPath`, overrider.fieldPath, 'must be a valid JSON pointer'))
  }
  const { json = [], yaml = [] } = overrider
  if (json.length > 0 && yaml.length > 0) {
    problems.push(invalid(path, overrider, 'FieldOverrider has both JSON and YAML set. Only one is allowed'))
  }
  for (const [form, operations] of [
    ['json', json],
    ['yaml', yaml],
  ] as const) {
    for (const [index, { subPath, operator, value }] of operations.entries()) {
      const at = `${path}.${form}[${index}]`
      if (!POINTER.test(subPath)) problems.push(invalid(`${at}.subPath`, subPath, 'must be a valid JSON pointer'))
      if (operator === 'remove' && value !== undefined) {
        problems.push(invalid(`${at}.value`, value, 'value is not allowed for remove operation'))
      }
      if (operator !== 'remove' && value === undefined) {
        problems.push(invalid(`${at}.value`, null, 'value is required for add or replace operation'))
      }
    }
  }
  return problems
}
