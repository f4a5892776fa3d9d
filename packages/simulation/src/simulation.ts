import type { Connection } from '@kairship/apimachinery'
import { createClient, createInformers, withUserAgent } from '@kairship/client'
import { manager } from '@kairship/controller'
import type { Clock, Logger, Random, Runnable } from '@kairship/runtime'
import { cronJobController } from './cronjob/controller.ts'
import { daemonSetController } from './daemonset/controller.ts'
import { deploymentController } from './deployment/controller.ts'
import { disruptionController } from './disruption/controller.ts'
import { ingressController } from './ingress/controller.ts'
import { jobController } from './job/controller.ts'
import { nodeKeeper } from './nodes/nodes.ts'
import { podLifecycle } from './pods/lifecycle.ts'
import type { SimulationProfile } from './profile.ts'
import { resolveProfile } from './profile.ts'
import { replicaSetController } from './replicaset/controller.ts'
import { serviceController } from './service/controller.ts'
import { statefulSetController } from './statefulset/controller.ts'
import { claimController, defaultStorageClass } from './storage/controller.ts'
import { createWorld } from './world/world.ts'

export interface SimulationOptions {
  /** The control plane that gets nodes and workload controllers: one of ours or any kube-apiserver that has none. */
  readonly connection: Connection
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly profile: SimulationProfile
}

/**
 * Makes a cluster of a bare control plane: nodes, a scheduler, kubelets and the workload controllers, all as clients of
 * its API. Leaves everything as it is when it stops; a later run goes on from there.
 */
export function createSimulation(options: SimulationOptions): Runnable {
  const { connection, clock, random } = options
  const profile = resolveProfile(options.profile)
  const log = options.log.with({ cluster: profile.name })
  const name = `simulation/${profile.name}`
  return {
    name,
    async run(signal) {
      const client = createClient(withUserAgent(connection, 'kube-controller-manager'))
      await using informers = createInformers({ client, clock, random, log })
      using world = createWorld({ client, informers, clock, random, log, profile })
      const kubelets = { ...world, client: createClient(withUserAgent(connection, 'kubelet')) }
      const runnables = [
        nodeKeeper(kubelets),
        podLifecycle(kubelets),
        replicaSetController(world),
        deploymentController(world),
        statefulSetController(world),
        daemonSetController(world),
        jobController(world),
        cronJobController(world),
        serviceController(world),
        ingressController(world),
        disruptionController(world),
        defaultStorageClass(world),
        claimController(world),
      ]
      await manager({ name, runnables, log }).run(signal)
    },
  }
}
