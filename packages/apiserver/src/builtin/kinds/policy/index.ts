import type { KindRules } from '../../contracts.ts'
import { disruptionBudgetRules } from './disruption-budget.ts'
import { limitRangeRules } from './limit-range.ts'
import { resourceQuotaRules } from './resource-quota.ts'

/** What workloads of a namespace may use, and how many of their pods may go at once. */
export const policyRules: { readonly [key: string]: KindRules | undefined } = {
  'policy/PodDisruptionBudget': disruptionBudgetRules,
  '/ResourceQuota': resourceQuotaRules,
  '/LimitRange': limitRangeRules,
}
