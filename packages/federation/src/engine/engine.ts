import type { Connection } from '@kairship/apimachinery'
import { createClient, createInformers, withoutManagedFields, withUserAgent } from '@kairship/client'
import type { Informers } from '@kairship/client'
import { manager } from '@kairship/controller'
import { layered, nativeLayer } from '@kairship/interpreter'
import type { InterpreterLayer } from '@kairship/interpreter'
import type { Clock, Logger, Random, Runnable } from '@kairship/runtime'
import { bindingController } from '../binding/controller.ts'
import { clusterController } from '../cluster/controller.ts'
import { clusterStatusController } from '../cluster-status/controller.ts'
import { Detector } from '../detector/detector.ts'
import { executionController } from '../execution/controller.ts'
import { Members } from '../members/members.ts'
import { httpsTransport } from '../members/transport.ts'
import type { MemberTransport } from '../members/transport.ts'
import { namespaceController } from '../namespace-sync/controller.ts'
import { policyController } from '../policy/controller.ts'
import { bindingStatusController } from '../status/controller.ts'
import { WorkRouter } from '../work/router.ts'
import { Activity } from './activity.ts'
import type { EngineContext } from './context.ts'
import { KindDirectory } from './kinds.ts'
import { defaultSettings } from './settings.ts'
import type { EngineSettings } from './settings.ts'
import { Stores } from './stores.ts'
import { Templates } from './templates.ts'

export interface EngineOptions {
  /** The instance's plane, as a user who may do everything in it. */
  readonly controlPlane: Connection
  /** How members are reached. Default: HTTPS to their `apiEndpoint`. */
  readonly transport?: MemberTransport
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Shared with the scheduler when both run in one process; otherwise made here. */
  readonly informers?: Informers
  /** Asked before the native rules, in this order. */
  readonly interpreterLayers?: readonly InterpreterLayer[]
  readonly settings?: Partial<EngineSettings>
}

/** The name under which the engine appears in managed fields and audit. */
const USER_AGENT = 'karmada-controller-manager'

/**
 * Everything of a Karmada-compatible control plane but its scheduler: from templates and policies to objects in members
 * and their status back. Stops when the signal aborts; started again it continues where reality is.
 */
export function createEngine(options: EngineOptions): Runnable {
  return {
    name: 'engine',
    async run(signal) {
      const { clock, random, log } = options
      const controlPlane = withUserAgent(options.controlPlane, USER_AGENT)
      const client = createClient(controlPlane)
      await using own =
        options.informers === undefined
          ? createInformers({ client, clock, random, log, transform: withoutManagedFields })
          : undefined
      const informers = options.informers ?? own
      if (informers === undefined) return
      using stores = new Stores(client, informers)
      using templates = new Templates(client, informers)
      using router = new WorkRouter(stores.works.informer)
      const settings = { ...defaultSettings, ...options.settings }
      const { statusBatchMs: quietMs, statusBatchMaxMs: maxMs } = settings
      using activity = new Activity({ clock, quietMs, maxMs })
      const context: EngineContext = {
        client,
        informers,
        stores,
        templates,
        kinds: new KindDirectory(controlPlane),
        interpreter: layered([...(options.interpreterLayers ?? []), nativeLayer()]),
        clock,
        random,
        log,
        settings,
        activity,
      }
      await knowKinds(context, signal)
      const transport = options.transport ?? httpsTransport({ clock, requestMs: context.settings.memberTimeoutMs })
      await manager({ name: 'engine', runnables: controllers(context, transport, router), log }).run(signal)
    },
  }
}

/** No controller can do anything before it knows what the control plane serves. */
async function knowKinds({ clock, kinds, log }: EngineContext, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      return await kinds.refresh(signal)
    } catch (error) {
      if (signal.aborted) throw error
      log.warn('discovery of the control plane failed', { problem: error instanceof Error ? error.message : '' })
      await clock.sleep(500, signal)
    }
  }
}

function controllers(context: EngineContext, transport: MemberTransport, router: WorkRouter): readonly Runnable[] {
  const { stores } = context
  const detector = new Detector(context)
  return [
    detector,
    policyController(context, stores.propagationPolicies, detector),
    policyController(context, stores.clusterPropagationPolicies, detector),
    ...stores.bindings.flatMap((bindings) => [
      bindingController(context, bindings),
      bindingStatusController(context, bindings),
    ]),
    namespaceController(context),
    clusterController(context),
    new Members({
      context,
      transport,
      runnables: (member) => [executionController(context, member, router), clusterStatusController(context, member)],
    }),
  ]
}
