import { isTarget } from '../cycle.ts'
import type { ScorePlugin } from '../cycle.ts'

/** Prefers clusters that hold the template already. */
export const clusterLocality: ScorePlugin = {
  name: 'ClusterLocality',
  score: (cycle, cluster) => (isTarget(cycle, cluster) ? 100 : 0),
}
