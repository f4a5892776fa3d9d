import { deepEqual, labelSelectorMatcher } from '@kairship/apimachinery'
import type { DeepReadonly, LabelSelector, Unstructured } from '@kairship/apimachinery'
import { at, child, draftOf, items } from '../builtin/fields.ts'
import type { Fields } from '../builtin/fields.ts'
import type { PlaneRegistry } from '../strategy.ts'
import { KeyedLoop } from './keyed-loop.ts'
import { callUnless, parseBody } from './requests.ts'
import type { Target } from './requests.ts'

const clusterRoles: Target = { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'clusterroles' }

/** Keeps the rules of ClusterRoles with an aggregationRule equal to the union of the roles they select. */
export function startRoleAggregation(registry: PlaneRegistry): AsyncDisposable {
  const loop = new KeyedLoop({
    name: 'cluster-role-aggregation',
    registry,
    reconcile: async (name) => {
      await aggregate(name, registry)
      return undefined
    },
  })
  const subscription = registry.subscribe(clusterRoles.group, clusterRoles.resource, () => {
    for (const role of registry.list(clusterRoles.group, clusterRoles.resource)) {
      if (role['aggregationRule'] !== undefined) loop.add(role.metadata.name ?? '')
    }
  })
  return {
    async [Symbol.asyncDispose]() {
      subscription[Symbol.dispose]()
      await loop[Symbol.asyncDispose]()
    },
  }
}

async function aggregate(name: string, registry: PlaneRegistry): Promise<void> {
  const role = registry.get(clusterRoles.group, clusterRoles.resource, '', name)
  if (role === undefined || child(role, 'aggregationRule') === undefined) return
  const rules = aggregatedRules(role, registry)
  if (deepEqual(rules, role['rules'] ?? [])) return
  const body = parseBody({ ...draftOf(role), rules })
  await callUnless(registry, [404, 409], { ...clusterRoles, verb: 'update', name, body })
}

function aggregatedRules(role: DeepReadonly<Unstructured>, registry: PlaneRegistry): readonly Fields[] {
  const rules: Fields[] = []
  for (const selector of items(at(role, 'aggregationRule'), 'clusterRoleSelectors')) {
    const matcher = labelSelectorMatcher(parseSelector(selector))
    for (const other of registry.list(clusterRoles.group, clusterRoles.resource)) {
      if (other.metadata.name === role.metadata.name || !matcher.matches(other.metadata.labels ?? {})) continue
      for (const rule of items(other, 'rules')) if (!rules.some((known) => deepEqual(known, rule))) rules.push(rule)
    }
  }
  return rules
}

function parseSelector(selector: Fields): LabelSelector {
  return selector as LabelSelector
}
