import { fieldsAt, numberAt } from '../../fields.ts'
import type { NativeRules } from '../rules.ts'
import { reported, sumCounters, withStatus } from '../status.ts'
import type { Counters } from '../status.ts'

const counters: Counters = {
  always: ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'],
  unlessZero: [],
}

export const podDisruptionBudget: NativeRules = {
  reflectStatus: ({ object }) => {
    const status = fieldsAt(object, 'status')
    if (status === undefined) return undefined
    const disruptedPods = fieldsAt(status, 'disruptedPods')
    return { ...sumCounters([status], counters), ...(disruptedPods === undefined ? {} : { disruptedPods }) }
  },
  aggregateStatus: ({ object, items }) => {
    const disrupted = items.flatMap((item) =>
      Object.entries(fieldsAt(item.status, 'disruptedPods') ?? {}).map(([pod, time]) => [
        `${item.clusterName}/${pod}`,
        time,
      ]),
    )
    return withStatus(object, {
      ...sumCounters(reported(items), counters),
      ...(disrupted.length === 0 ? {} : { disruptedPods: Object.fromEntries(disrupted) }),
    })
  },
  interpretHealth: ({ object }) =>
    (numberAt(object, 'status', 'currentHealthy') ?? 0) >= (numberAt(object, 'status', 'desiredHealthy') ?? 0),
}
