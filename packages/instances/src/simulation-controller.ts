import { type ManagedCluster, ManagedClusters } from '@kairship/api/kairship'
import type { DeepReadonly } from '@kairship/apimachinery'
import type { Client, Informers } from '@kairship/client'
import { type Controller, controller, informerSource, ownKey } from '@kairship/controller'
import type { Clock, Logger } from '@kairship/runtime'
import type { Desired, Progress } from './lifecycle/progress.ts'
import { type Lifecycle, LifecycleReconciler } from './lifecycle/reconciler.ts'
import type { ClusterSimulator, SimulationProgress, SimulationRequest } from './provider.ts'

export const simulatedClusterFinalizer = 'kairship.io/simulated-cluster'

export interface SimulationControllerOptions {
  readonly hub: Client
  readonly informers: Informers
  readonly simulator: ClusterSimulator
  readonly clock: Clock
  readonly log: Logger
  readonly onProgress?: (name: string, progress: Progress) => void
}

/** Makes simulated clusters follow the hub's `ManagedCluster` objects that ask for one. */
export function simulationController(options: SimulationControllerOptions): Controller {
  const informer = options.informers.of(ManagedClusters)
  const reconciler = new LifecycleReconciler<ManagedCluster>({
    lifecycle: simulationLifecycle(options.simulator, options.onProgress),
    resource: options.hub.of(ManagedClusters),
    cache: informer.cache,
    clock: options.clock,
  })
  return controller<string>({
    name: 'simulated-clusters',
    sources: [informerSource(informer, ownKey)],
    reconciler,
    concurrency: 8,
    clock: options.clock,
    log: options.log,
  })
}

function simulationLifecycle(
  simulator: ClusterSimulator,
  onProgress: SimulationControllerOptions['onProgress'],
): Lifecycle<ManagedCluster> {
  // The cluster's identity travels beside the common status, from the step that learned it to the write that follows.
  const identities = new Map<string, string>()
  return {
    finalizer: simulatedClusterFinalizer,
    desired: (cluster) => (cluster.spec?.simulation === undefined ? undefined : 'running'),
    async advance(cluster, desired, context): Promise<SimulationProgress> {
      const progress = await simulator.reconcile(simulationRequest(cluster, desired), context)
      const name = cluster.metadata.name ?? ''
      if (progress.clusterId !== undefined) identities.set(name, progress.clusterId)
      if (progress.phase === 'gone') identities.delete(name)
      return progress
    },
    statusOf: (cluster) => cluster.status ?? {},
    withStatus(draft, status, progress, desired) {
      const clusterId = identities.get(draft.metadata.name ?? '') ?? draft.status?.clusterId
      return {
        ...draft,
        status: {
          ...status,
          ...(clusterId === undefined ? {} : { clusterId }),
          phase:
            desired === 'absent'
              ? 'Deleting'
              : progress.phase === 'ready'
                ? 'Ready'
                : progress.phase === 'blocked'
                  ? 'Failed'
                  : 'Pending',
        },
      }
    },
    settled: (cluster, progress) => onProgress?.(cluster.metadata.name ?? '', progress),
  }
}

function simulationRequest(cluster: DeepReadonly<ManagedCluster>, desired: Desired): SimulationRequest {
  const { provider, region, zones, simulation } = cluster.spec ?? {}
  return {
    name: cluster.metadata.name ?? '',
    uid: cluster.metadata.uid ?? '',
    desired,
    zones: zones ?? [],
    ...(provider === undefined ? {} : { provider }),
    ...(region === undefined ? {} : { region }),
    ...(simulation?.kubernetesVersion === undefined ? {} : { kubernetesVersion: simulation.kubernetesVersion }),
    nodes: simulation?.nodes ?? 3,
    nodeCpu: simulation?.nodeCpu ?? '8',
    nodeMemory: simulation?.nodeMemory ?? '32Gi',
    podStartMilliseconds: simulation?.podStartMilliseconds ?? 200,
  }
}
