import type { DeepReadonly } from '@kairship/apimachinery'
import type { TargetCluster } from '@kairship/api/karmada'
import { webster, nameOrderOf } from '@kairship/scheduler/core'
import type { Binding } from '../engine/bindings.ts'

export type Target = DeepReadonly<TargetCluster>

/** Where the template must be written: its own targets, and those of what depends on it (T-20). Own entries win. */
export function targetsOf({ spec }: Binding): readonly Target[] {
  const targets = new Map((spec.clusters ?? []).map((target) => [target.name, target]))
  for (const { clusters = [] } of spec.requiredBy ?? []) {
    for (const target of clusters) if (!targets.has(target.name)) targets.set(target.name, target)
  }
  return [...targets.values()]
}

/** Where Works may exist: the targets, and clusters that the template is leaving but must keep for now. */
export function expectedClusters(binding: Binding): ReadonlySet<string> {
  const expected = new Set(targetsOf(binding).map(({ name }) => name))
  for (const task of binding.spec.gracefulEvictionTasks ?? []) {
    if (task.purgeMode !== 'Directly') expected.add(task.fromCluster)
  }
  return expected
}

/** Clusters whose copy must be gone before a new one is made anywhere (T-40). */
export function purgedDirectly(binding: Binding): ReadonlySet<string> {
  const tasks = binding.spec.gracefulEvictionTasks ?? []
  return new Set(tasks.filter((task) => task.purgeMode === 'Directly').map((task) => task.fromCluster))
}

/** A Job's completions, divided as its parallelism is. */
export function divideCompletions(
  completions: number,
  targets: readonly Target[],
  uid: string | undefined,
): ReadonlyMap<string, number> {
  const parties = targets.map(({ name, replicas }) => ({ name, votes: replicas ?? 0 }))
  return webster(completions, parties, nameOrderOf(uid))
}
