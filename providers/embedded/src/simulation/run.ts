import { createClient } from '@kairship/client'
import type { SimulationRequest } from '@kairship/instances'
import { planeInfo } from '../plane-info.ts'
import type { EmbeddedSimulatorOptions } from './simulator.ts'

export interface RunningSimulation extends AsyncDisposable {
  readonly shape: string
  readonly kubernetesVersion: string
  readonly clusterId: string
}

const simulationUser = { username: 'system:kairship:simulation', groups: ['system:masters'] } as const

export async function startSimulation(
  cluster: SimulationRequest,
  shape: string,
  options: EmbeddedSimulatorOptions,
): Promise<RunningSimulation> {
  const { hosting } = options
  const plane = await hosting.open('clusters', cluster.name, {
    ...(cluster.kubernetesVersion === undefined ? {} : { version: cluster.kubernetesVersion }),
  })
  const tasks = options.tasks.child(cluster.name)
  const info = await planeInfo(createClient(plane.connect(simulationUser)))
  return {
    shape,
    kubernetesVersion: info.version,
    clusterId: info.id,
    async [Symbol.asyncDispose]() {
      await tasks[Symbol.asyncDispose]()
    },
  }
}
