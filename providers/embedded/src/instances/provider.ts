import type { Connection, UserInfo } from '@kairship/apimachinery'
import type { ReconcileContext } from '@kairship/controller'
import type { Finding, InstanceProvider, InstanceRequest, Progress } from '@kairship/instances'
import type { Clock, Logger, Random, TaskGroup } from '@kairship/runtime'
import type { PlaneHosting } from '../hosting.ts'
import { releaseMembers } from './release.ts'
import { type RunningInstance, startInstance } from './run.ts'

export interface EmbeddedInstancesOptions {
  readonly hosting: PlaneHosting
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Owns the engines of all instances. */
  readonly tasks: TaskGroup
}

/** Runs instances as planes in this process, each with its own file, engine and scheduler. */
export class EmbeddedInstances implements InstanceProvider {
  readonly type = 'embedded'
  readonly supports = { suspend: true, upgrade: false, backup: false } as const
  readonly #options: EmbeddedInstancesOptions
  readonly #running = new Map<string, RunningInstance>()

  constructor(options: EmbeddedInstancesOptions) {
    this.#options = options
  }

  async reconcile(instance: InstanceRequest, context: ReconcileContext): Promise<Progress> {
    const { hosting } = this.#options
    const { name } = instance
    if (instance.desired === 'absent') {
      await this.#stopEngine(name)
      await releaseMembers(name, { ...this.#options, log: context.log, signal: context.signal })
      await hosting.remove('instances', name)
      context.log.info('instance removed', { instance: name })
      return { phase: 'gone', findings: [] }
    }
    if (instance.desired === 'suspended') {
      await this.#stopEngine(name)
      await hosting.close('instances', name)
      return { phase: 'ready', findings: [stopped('APIServing'), stopped('EngineRunning')] }
    }
    let running = this.#running.get(name)
    if (running === undefined) {
      running = await startInstance(instance, this.#options)
      this.#running.set(name, running)
      context.log.info('instance started', { instance: name })
    }
    return {
      phase: 'ready',
      endpoint: hosting.url('instances', name),
      kubernetesVersion: running.kubernetesVersion,
      findings: [
        good('APIServing', 'Serving', `the API answers at ${hosting.url('instances', name)}`),
        good('EngineRunning', 'Running', 'controllers and scheduler run'),
      ],
    }
  }

  connect(name: string, user: UserInfo): Connection | undefined {
    return this.#options.hosting.find('instances', name)?.connect(user)
  }

  async #stopEngine(name: string): Promise<void> {
    const running = this.#running.get(name)
    this.#running.delete(name)
    await running?.[Symbol.asyncDispose]()
  }
}

function good(type: string, reason: string, message: string): Finding {
  return { type, status: 'True', reason, message }
}
function stopped(type: string): Finding {
  return { type, status: 'False', reason: 'Suspended', message: 'stopped on request; all data is kept' }
}
