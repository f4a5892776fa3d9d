import type { SchedulerProfile } from './cycle.ts'
import { resourceSummaryEstimator } from './estimators/resource-summary.ts'
import {
  apiEnablement,
  clusterAffinity,
  clusterEviction,
  spreadConstraint,
  taintToleration,
} from './plugins/filters.ts'
import { clusterLocality } from './plugins/scores.ts'

/** Karmada's default plugins, in a fixed order. */
export const defaultProfile: SchedulerProfile = {
  filters: [apiEnablement, taintToleration, clusterAffinity, spreadConstraint, clusterEviction],
  scores: [{ plugin: clusterLocality, weight: 1 }],
  estimators: [resourceSummaryEstimator],
}
