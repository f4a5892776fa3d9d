import type { ReconcileContext } from '@kairship/controller'
import type { ClusterSimulator, SimulationProgress, SimulationRequest } from '@kairship/instances'
import type { Clock, Logger, Random, TaskGroup } from '@kairship/runtime'
import type { PlaneHosting } from '../hosting.ts'
import { type RunningSimulation, startSimulation } from './run.ts'

export interface EmbeddedSimulatorOptions {
  readonly hosting: PlaneHosting
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Owns the workload controllers of all simulated clusters. */
  readonly tasks: TaskGroup
}

/** Runs simulated clusters as planes in this process with the simulation's controllers on them. */
export class EmbeddedSimulator implements ClusterSimulator {
  readonly #options: EmbeddedSimulatorOptions
  readonly #running = new Map<string, RunningSimulation>()

  constructor(options: EmbeddedSimulatorOptions) {
    this.#options = options
  }

  async reconcile(cluster: SimulationRequest, context: ReconcileContext): Promise<SimulationProgress> {
    const { hosting } = this.#options
    const { name } = cluster
    if (cluster.desired === 'absent') {
      const running = this.#running.get(name)
      this.#running.delete(name)
      await running?.[Symbol.asyncDispose]()
      await hosting.remove('clusters', name)
      context.log.info('simulated cluster removed', { cluster: name })
      return { phase: 'gone', findings: [] }
    }
    let running = this.#running.get(name)
    // A changed shape (nodes, delays) needs other controllers; the data stays.
    const shape = JSON.stringify(cluster)
    if (running !== undefined && running.shape !== shape) {
      this.#running.delete(name)
      await running[Symbol.asyncDispose]()
      await hosting.close('clusters', name)
      running = undefined
    }
    if (running === undefined) {
      running = await startSimulation(cluster, shape, this.#options)
      this.#running.set(name, running)
      context.log.info('simulated cluster started', { cluster: name })
    }
    return {
      phase: 'ready',
      endpoint: hosting.url('clusters', name),
      kubernetesVersion: running.kubernetesVersion,
      clusterId: running.clusterId,
      findings: [
        {
          type: 'APIServing',
          status: 'True',
          reason: 'Serving',
          message: `the API answers at ${hosting.url('clusters', name)}`,
        },
      ],
    }
  }
}
