import { labelSelectorMatcher } from '@kairship/apimachinery'
import type { DeepReadonly } from '@kairship/apimachinery'
import type { ResourceSelector } from '@kairship/api/karmada'
import type { Obj } from '../manifest/prune.ts'

/** How precisely a selector means an object: by kind 1, by labels 2, by name 3; 0 when it does not. */
export type Precision = 0 | 1 | 2 | 3

function selectorPrecision(object: Obj, selector: DeepReadonly<ResourceSelector>): Precision {
  const { apiVersion, kind, metadata } = object
  if (selector.apiVersion !== apiVersion || selector.kind !== kind) return 0
  if (selector.namespace && selector.namespace !== metadata.namespace) return 0
  if (selector.name) return selector.name === metadata.name ? 3 : 0
  if (!selector.labelSelector) return 1
  return labelSelectorMatcher(selector.labelSelector).matches(metadata.labels) ? 2 : 0
}

export function precisionOf(object: Obj, selectors: readonly DeepReadonly<ResourceSelector>[]): Precision {
  let best: Precision = 0
  for (const selector of selectors) {
    const precision = selectorPrecision(object, selector)
    if (precision > best) best = precision
  }
  return best
}

interface Selecting {
  readonly metadata: { readonly name?: string | undefined; readonly deletionTimestamp?: string | undefined }
  readonly spec: {
    readonly resourceSelectors: readonly DeepReadonly<ResourceSelector>[]
    readonly priority?: number | undefined
  }
}

/**
 * The one policy for a template: higher priority, then the more precise selector, then the smaller name. Policies that
 * are being deleted do not count.
 */
export function choosePolicy<Policy extends Selecting>(object: Obj, policies: Iterable<Policy>): Policy | undefined {
  let best: { readonly policy: Policy; readonly priority: number; readonly precision: Precision } | undefined
  for (const policy of policies) {
    if (policy.metadata.deletionTimestamp !== undefined) continue
    const precision = precisionOf(object, policy.spec.resourceSelectors)
    if (precision === 0) continue
    const priority = policy.spec.priority ?? 0
    const better =
      best === undefined ||
      priority > best.priority ||
      (priority === best.priority &&
        (precision > best.precision ||
          (precision === best.precision && (policy.metadata.name ?? '') < (best.policy.metadata.name ?? ''))))
    if (better) best = { policy, priority, precision }
  }
  return best?.policy
}
