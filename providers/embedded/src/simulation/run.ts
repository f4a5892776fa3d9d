import { createClient } from '@kairship/client'
import type { SimulationRequest } from '@kairship/instances'
import { createSimulation } from '@kairship/simulation'
import { planeInfo } from '../plane-info.ts'
import type { EmbeddedSimulatorOptions } from './simulator.ts'

export interface RunningSimulation extends AsyncDisposable {
  readonly shape: string
  readonly kubernetesVersion: string
  readonly clusterId: string
}

const simulationUser = { username: 'system:kairship:simulation', groups: ['system:masters'] } as const

/** Opens the cluster's plane and starts its nodes and workload controllers. */
export async function startSimulation(
  cluster: SimulationRequest,
  shape: string,
  options: EmbeddedSimulatorOptions,
): Promise<RunningSimulation> {
  const { hosting, clock, random, log } = options
  const { kubernetesVersion: version } = cluster
  const plane = await hosting.open('clusters', cluster.name, version === undefined ? {} : { version })
  const connection = plane.connect(simulationUser)
  const info = await planeInfo(createClient(connection))
  const simulation = createSimulation({
    connection,
    clock,
    random,
    log,
    profile: {
      name: cluster.name,
      zones: cluster.zones,
      nodes: cluster.nodes,
      nodeCpu: cluster.nodeCpu,
      nodeMemory: cluster.nodeMemory,
      podStartMs: cluster.podStartMilliseconds,
      kubernetesVersion: info.version,
      ...(cluster.provider === undefined ? {} : { provider: cluster.provider }),
      ...(cluster.region === undefined ? {} : { region: cluster.region }),
    },
  })
  const tasks = options.tasks.child(cluster.name)
  tasks.run(simulation.name, (signal) => simulation.run(signal))
  return {
    shape,
    kubernetesVersion: info.version,
    clusterId: info.id,
    [Symbol.asyncDispose]: () => tasks[Symbol.asyncDispose](),
  }
}
