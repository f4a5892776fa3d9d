import { withPath } from '@kairship/apimachinery'
import { at, numberAt } from '../../fields.ts'
import { withAvailability } from '../availability.ts'
import { podDependencies } from '../pod-dependencies.ts'
import { podRequirements } from '../pod-requirements.ts'
import type { NativeRules } from '../rules.ts'
import { aggregateCounters, reflectCounters } from '../status.ts'
import type { Counters } from '../status.ts'
import { replicasOf, reviseField, rolledOut } from '../workload.ts'

const RETAIN_REPLICAS = 'resourcetemplate.karmada.io/retain-replicas'

const counters: Counters = {
  unlessZero: ['replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas', 'unavailableReplicas'],
}
const reflected: Counters = { unlessZero: [...counters.unlessZero, 'observedGeneration'] }

export const deployment: NativeRules = {
  getReplicas: ({ object }) => replicasOf(object, podRequirements(at(object, 'spec', 'template', 'spec'))),
  reviseReplica: ({ object, replicas }) => reviseField(object, 'replicas', replicas),
  retain: ({ desired, observed }) => {
    if (desired.metadata.labels?.[RETAIN_REPLICAS] !== 'true') return desired
    const replicas = numberAt(observed, 'spec', 'replicas')
    if (replicas === undefined) throw new Error('spec.replicas of the member object is missing')
    return withPath(desired, ['spec', 'replicas'], replicas)
  },
  reflectStatus: ({ object }) => reflectCounters(object, reflected),
  aggregateStatus: ({ object, ...reports }) =>
    withAvailability(aggregateCounters(object, reports.items, counters), reports),
  interpretHealth: ({ object }) => rolledOut(object),
  getDependencies: ({ object }) =>
    podDependencies(at(object, 'spec', 'template', 'spec'), object.metadata.namespace ?? ''),
}
