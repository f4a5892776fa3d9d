import { Ingresses } from '@kairship/api/builtin'
import type { Controller } from '@kairship/controller'
import { controller, informerSource, ownKey } from '@kairship/controller'
import { loadBalancerAddress } from '../nodes/addresses.ts'
import { unlessGone, writeStatus } from '../world/write.ts'
import type { World } from '../world/world.ts'

/** Every ingress gets the address of the cluster's one ingress gateway. */
export function ingressController(world: World): Controller {
  const ingresses = world.informers.of(Ingresses)
  const ip = loadBalancerAddress(world.profile.name)
  return controller<string>({
    name: 'ingresses',
    sources: [informerSource(ingresses, ownKey, { afterMs: world.profile.settleMs })],
    reconciler: {
      async reconcile(key) {
        const ingress = ingresses.cache.get(key)
        if (ingress === undefined || ingress.metadata.deletionTimestamp !== undefined) return
        if ((ingress.status?.loadBalancer?.ingress ?? []).length > 0) return
        const resource = world.client.of(Ingresses, ingress.metadata.namespace)
        await unlessGone(writeStatus(resource, ingress, { loadBalancer: { ingress: [{ ip }] } }))
      },
    },
    clock: world.clock,
    log: world.log,
    needsLeadership: false,
  })
}
