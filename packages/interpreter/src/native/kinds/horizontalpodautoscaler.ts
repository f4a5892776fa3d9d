import { fieldsAt } from '../../fields.ts'
import type { NativeRules } from '../rules.ts'
import { reported, sumCounters, withStatus } from '../status.ts'
import type { Counters } from '../status.ts'

const counters: Counters = { always: ['desiredReplicas'], unlessZero: ['currentReplicas'] }

export const horizontalPodAutoscaler: NativeRules = {
  reflectStatus: ({ object }) => {
    const status = fieldsAt(object, 'status')
    return status === undefined ? undefined : sumCounters([status], counters)
  },
  aggregateStatus: ({ object, items }) => withStatus(object, sumCounters(reported(items), counters)),
}
