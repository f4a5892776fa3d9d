import type { DeepReadonly } from '@kairship/apimachinery'
import type { Cluster, OverridePolicy, Overriders, OverrideSpec } from '@kairship/api/karmada'
import { matchesCluster } from '@kairship/scheduler/core'
import type { Obj } from '../manifest/prune.ts'
import { precisionOf } from '../policy/match.ts'
import { applyOverriders } from './apply.ts'

/** Of either scope: both kinds have the same fields. */
type Policy = DeepReadonly<OverridePolicy>

/** Which policies changed an object, as recorded on the Work. */
export interface AppliedOverride {
  readonly policyName: string
  readonly overriders: DeepReadonly<Overriders>
}

export interface Overridden {
  readonly object: Obj
  readonly cluster: readonly AppliedOverride[]
  readonly namespaced: readonly AppliedOverride[]
}

/**
 * Applies all ClusterOverridePolicies and then, to namespaced objects, the OverridePolicies of their namespace. They add
 * up; within a kind the most precise comes last and so wins (T-15).
 */
export function overrideObject(
  object: Obj,
  cluster: DeepReadonly<Cluster>,
  clusterPolicies: Iterable<Policy>,
  policies: Iterable<Policy>,
): Overridden {
  const first = applyPolicies(object, object, cluster, clusterPolicies)
  if (object.metadata.namespace === undefined) return { object: first.object, cluster: first.applied, namespaced: [] }
  // Policies are chosen by the object as it came in, also after the first ones have changed its labels.
  const second = applyPolicies(first.object, object, cluster, policies)
  return { object: second.object, cluster: first.applied, namespaced: second.applied }
}

function applyPolicies(
  object: Obj,
  original: Obj,
  cluster: DeepReadonly<Cluster>,
  policies: Iterable<Policy>,
): { readonly object: Obj; readonly applied: readonly AppliedOverride[] } {
  let result = object
  const applied: AppliedOverride[] = []
  for (const policy of applicable(original, policies)) {
    const policyName = policy.metadata.name ?? ''
    for (const overriders of rulesFor(policy.spec, cluster)) {
      try {
        result = applyOverriders(result, overriders)
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause)
        throw new Error(`failed to apply override policy ${policyName}: ${reason}`, { cause })
      }
      applied.push({ policyName, overriders })
    }
  }
  const byName = (left: AppliedOverride, right: AppliedOverride): number =>
    left.policyName < right.policyName ? -1 : left.policyName > right.policyName ? 1 : 0
  return { object: result, applied: applied.toSorted(byName) }
}

/** Least precise first, then by name. */
function applicable(object: Obj, policies: Iterable<Policy>): Policy[] {
  const found: { readonly policy: Policy; readonly precision: number }[] = []
  for (const policy of policies) {
    const precision = overridePrecision(object, policy.spec)
    if (precision > 0) found.push({ policy, precision })
  }
  return found
    .toSorted(
      (left, right) =>
        left.precision - right.precision ||
        ((left.policy.metadata.name ?? '') < (right.policy.metadata.name ?? '') ? -1 : 1),
    )
    .map(({ policy }) => policy)
}

/** No selectors mean every object in scope, as precise as a selector by kind. */
export function overridePrecision(object: Obj, spec: DeepReadonly<OverrideSpec>): number {
  const selectors = spec.resourceSelectors ?? []
  return selectors.length === 0 ? 1 : precisionOf(object, selectors)
}

/** The rules that name this cluster; the deprecated single rule counts as one. */
function rulesFor(spec: DeepReadonly<OverrideSpec>, cluster: DeepReadonly<Cluster>): DeepReadonly<Overriders>[] {
  const rules = spec.overrideRules ?? []
  const all =
    rules.length > 0 || spec.overriders === undefined
      ? rules
      : [{ overriders: spec.overriders, ...(spec.targetCluster ? { targetCluster: spec.targetCluster } : {}) }]
  return all
    .filter(({ targetCluster }) => targetCluster === undefined || matchesCluster(cluster, targetCluster))
    .map(({ overriders }) => overriders)
}
