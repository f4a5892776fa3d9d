import { at, numberAt } from '../../fields.ts'
import { podDependencies } from '../pod-dependencies.ts'
import type { NativeRules } from '../rules.ts'
import { aggregateCounters, reflectCounters } from '../status.ts'
import type { Counters } from '../status.ts'
import { observedLatest } from '../workload.ts'

const counters: Counters = {
  always: ['currentNumberScheduled', 'numberMisscheduled', 'desiredNumberScheduled', 'numberReady'],
  unlessZero: ['updatedNumberScheduled', 'numberAvailable', 'numberUnavailable'],
}
const reflected: Counters = { ...counters, unlessZero: [...counters.unlessZero, 'observedGeneration'] }

export const daemonSet: NativeRules = {
  reflectStatus: ({ object }) => reflectCounters(object, reflected),
  aggregateStatus: ({ object, items }) => aggregateCounters(object, items, counters),
  interpretHealth: ({ object }) => {
    const count = (field: string): number => numberAt(object, 'status', field) ?? 0
    return (
      observedLatest(object) &&
      count('updatedNumberScheduled') >= count('desiredNumberScheduled') &&
      count('numberAvailable') >= count('updatedNumberScheduled')
    )
  },
  getDependencies: ({ object }) =>
    podDependencies(at(object, 'spec', 'template', 'spec'), object.metadata.namespace ?? ''),
}
