import { at, listAt, stringAt } from '../../fields.ts'
import { podDependencies } from '../pod-dependencies.ts'
import { podRequirements } from '../pod-requirements.ts'
import type { NativeRules } from '../rules.ts'
import { aggregateCounters, reflectCounters } from '../status.ts'
import type { Counters } from '../status.ts'
import { replicasOf, reviseField, rolledOut } from '../workload.ts'

const counters: Counters = {
  always: ['replicas', 'availableReplicas'],
  unlessZero: ['currentReplicas', 'readyReplicas', 'updatedReplicas'],
}
const reflected: Counters = { ...counters, unlessZero: [...counters.unlessZero, 'observedGeneration'] }

export const statefulSet: NativeRules = {
  getReplicas: ({ object }) => replicasOf(object, podRequirements(at(object, 'spec', 'template', 'spec'))),
  reviseReplica: ({ object, replicas }) => reviseField(object, 'replicas', replicas),
  // Upstream reflects no observedGeneration, so that a template's never advances and `kubectl rollout status` waits for
  // ever (T-18). Ours reports it, on purpose.
  reflectStatus: ({ object }) => reflectCounters(object, reflected),
  aggregateStatus: ({ object, items }) => aggregateCounters(object, items, counters),
  interpretHealth: ({ object }) => rolledOut(object),
  getDependencies: ({ object }) => {
    const own = new Set(
      listAt(object, 'spec', 'volumeClaimTemplates').map((claim) => stringAt(claim, 'metadata', 'name')),
    )
    return podDependencies(at(object, 'spec', 'template', 'spec'), object.metadata.namespace ?? '').filter(
      (dependency) => dependency.kind !== 'PersistentVolumeClaim' || !own.has(dependency.name),
    )
  },
}
