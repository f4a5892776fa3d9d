import { listAt, stringAt } from '../../fields.ts'
import { hasAddress, mergeLoadBalancers } from '../load-balancer.ts'
import type { NativeRules } from '../rules.ts'
import { withStatus } from '../status.ts'

export const ingress: NativeRules = {
  aggregateStatus: ({ object, items }) =>
    withStatus(object, { loadBalancer: mergeLoadBalancers(items, ['hostname', 'ip']) }),
  interpretHealth: ({ object }) => hasAddress(object),
  getDependencies: ({ object }) =>
    listAt(object, 'spec', 'tls').map((entry) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      namespace: object.metadata.namespace ?? '',
      name: stringAt(entry, 'secretName') ?? '',
    })),
}
