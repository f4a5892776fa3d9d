import { withPath } from '@kairship/apimachinery'
import { at, fieldsAt, numberAt, stringAt } from '../../fields.ts'
import type { Obj } from '../../interpretations.ts'
import { hasAddress, mergeLoadBalancers } from '../load-balancer.ts'
import type { NativeRules } from '../rules.ts'
import { withStatus } from '../status.ts'

const isLoadBalancer = (object: Obj): boolean => stringAt(object, 'spec', 'type') === 'LoadBalancer'

export const service: NativeRules = {
  retain: ({ desired, observed }) => {
    const port = numberAt(observed, 'spec', 'healthCheckNodePort') ?? 0
    const address = stringAt(observed, 'spec', 'clusterIP') ?? ''
    const checked = port > 0 ? withPath(desired, ['spec', 'healthCheckNodePort'], port) : desired
    return address === '' ? checked : withPath(checked, ['spec', 'clusterIP'], address)
  },
  reflectStatus: ({ object }) => {
    if (!isLoadBalancer(object) || fieldsAt(object, 'status') === undefined) return undefined
    return { loadBalancer: at(object, 'status', 'loadBalancer') ?? {} }
  },
  aggregateStatus: ({ object, items }) =>
    isLoadBalancer(object)
      ? withStatus(object, { loadBalancer: mergeLoadBalancers(items, ['hostname', 'ip', 'ipMode']) })
      : object,
  interpretHealth: ({ object }) => !isLoadBalancer(object) || hasAddress(object),
}
