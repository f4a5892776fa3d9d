import { type Instance, type InstancePhase, Instances } from '@kairship/api/kairship'
import type { DeepReadonly } from '@kairship/apimachinery'
import type { Client, Informers } from '@kairship/client'
import { type Controller, type ReconcileContext, controller, informerSource, ownKey } from '@kairship/controller'
import type { Clock, Logger } from '@kairship/runtime'
import type { Desired, Progress } from './lifecycle/progress.ts'
import { type Lifecycle, LifecycleReconciler, type LifecycleStatus } from './lifecycle/reconciler.ts'
import type { InstanceProvider, InstanceRequest } from './provider.ts'

export const instanceFinalizer = 'kairship.io/instance'

export interface InstanceControllerOptions {
  readonly hub: Client
  readonly informers: Informers
  readonly providers: readonly InstanceProvider[]
  readonly clock: Clock
  readonly log: Logger
  /** Told after every recorded step: for readiness and progress displays. */
  readonly onProgress?: (name: string, progress: Progress) => void
}

/** Makes reality follow the hub's `Instance` objects. */
export function instanceController(options: InstanceControllerOptions): Controller {
  const informer = options.informers.of(Instances)
  const reconciler = new LifecycleReconciler<Instance>({
    lifecycle: instanceLifecycle(options.providers, options.onProgress),
    resource: options.hub.of(Instances),
    cache: informer.cache,
    clock: options.clock,
  })
  return controller<string>({
    name: 'instances',
    sources: [informerSource(informer, ownKey)],
    reconciler,
    concurrency: 8,
    clock: options.clock,
    log: options.log,
  })
}

function instanceLifecycle(
  providers: readonly InstanceProvider[],
  onProgress: InstanceControllerOptions['onProgress'],
): Lifecycle<Instance> {
  return {
    finalizer: instanceFinalizer,
    desired: (instance) => (instance.spec?.suspend === true ? 'suspended' : 'running'),
    advance: (instance, desired, context) => advance(providers, instance, desired, context),
    statusOf: (instance) => instance.status ?? {},
    withStatus: (draft, status, progress, desired) => ({
      ...draft,
      status: { ...status, phase: phaseOf(progress, desired, status) },
    }),
    settled: (instance, progress) => onProgress?.(instance.metadata.name ?? '', progress),
  }
}

async function advance(
  providers: readonly InstanceProvider[],
  instance: DeepReadonly<Instance>,
  desired: Desired,
  context: ReconcileContext,
): Promise<Progress> {
  const type = instance.spec?.provider ?? 'embedded'
  const provider = providers.find((candidate) => candidate.type === type)
  if (provider === undefined) {
    // Without its provider nothing was ever created, so an unknown one must not hold a deletion.
    if (desired === 'absent') return { phase: 'gone', findings: [] }
    const known = providers.map((candidate) => candidate.type).join(', ')
    const message = `there is no provider ${JSON.stringify(type)}; this server has: ${known}`
    return { phase: 'blocked', findings: [{ type: 'ProviderFound', status: 'False', reason: 'Unknown', message }] }
  }
  if (desired === 'suspended' && !provider.supports.suspend) {
    const message = `the provider ${type} cannot suspend instances`
    return { phase: 'blocked', findings: [{ type: 'ProviderFound', status: 'True', reason: 'NoSuspend', message }] }
  }
  const version = instance.spec?.kubernetesVersion
  const request: InstanceRequest = {
    name: instance.metadata.name ?? '',
    uid: instance.metadata.uid ?? '',
    desired,
    ...(version === undefined ? {} : { kubernetesVersion: version }),
  }
  return provider.reconcile(request, context)
}

function phaseOf(progress: Progress, desired: Desired, status: LifecycleStatus): InstancePhase {
  if (desired === 'absent') return 'Deleting'
  if (progress.phase === 'ready') return desired === 'suspended' ? 'Suspended' : 'Ready'
  if (progress.phase === 'blocked') return 'Failed'
  // It has served before: people should read "something is wrong now", not "being created".
  return status.endpoint === undefined ? 'Provisioning' : 'Degraded'
}
