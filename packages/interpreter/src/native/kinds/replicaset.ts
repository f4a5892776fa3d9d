import { at, numberAt } from '../../fields.ts'
import { podDependencies } from '../pod-dependencies.ts'
import { podRequirements } from '../pod-requirements.ts'
import type { NativeRules } from '../rules.ts'
import { aggregateCounters, reflectCounters } from '../status.ts'
import type { Counters } from '../status.ts'
import { observedLatest, replicasOf, reviseField } from '../workload.ts'

const counters: Counters = { always: ['replicas'], unlessZero: ['readyReplicas', 'availableReplicas'] }
const reflected: Counters = { ...counters, unlessZero: [...counters.unlessZero, 'observedGeneration'] }

export const replicaSet: NativeRules = {
  getReplicas: ({ object }) => replicasOf(object, podRequirements(at(object, 'spec', 'template', 'spec'))),
  reviseReplica: ({ object, replicas }) => reviseField(object, 'replicas', replicas),
  reflectStatus: ({ object }) => reflectCounters(object, reflected),
  aggregateStatus: ({ object, items }) => aggregateCounters(object, items, counters),
  interpretHealth: ({ object }) => {
    const wanted = numberAt(object, 'spec', 'replicas')
    const available = numberAt(object, 'status', 'availableReplicas') ?? 0
    return observedLatest(object) && (wanted === undefined || available >= wanted)
  },
  getDependencies: ({ object }) =>
    podDependencies(at(object, 'spec', 'template', 'spec'), object.metadata.namespace ?? ''),
}
