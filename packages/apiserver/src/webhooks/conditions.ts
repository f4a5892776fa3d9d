import type { Attributes } from './attributes.ts'
import type { MatchCondition } from './webhook.ts'

/**
 * Evaluates `matchConditions`: true when all hold. Throws with the reason when one cannot be evaluated and none is false:
 * the failure policy then decides.
 */
export type ConditionMatcher = (conditions: readonly MatchCondition[], asked: Attributes) => boolean
