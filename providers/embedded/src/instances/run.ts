import { createClient } from '@kairship/client'
import type { InstanceRequest } from '@kairship/instances'
import { planeInfo } from '../plane-info.ts'
import type { EmbeddedInstancesOptions } from './provider.ts'

export interface RunningInstance extends AsyncDisposable {
  readonly kubernetesVersion: string
}

/** The engine acts as this user in its own plane. */
const engineUser = { username: 'system:kairship:engine', groups: ['system:masters'] } as const

/** Opens the plane and starts everything that works in it. Nothing stays running when a step fails. */
export async function startInstance(
  instance: InstanceRequest,
  options: EmbeddedInstancesOptions,
): Promise<RunningInstance> {
  const { hosting } = options
  const plane = await hosting.open('instances', instance.name, {
    ...(instance.kubernetesVersion === undefined ? {} : { version: instance.kubernetesVersion }),
  })
  const tasks = options.tasks.child(instance.name)
  const info = await planeInfo(createClient(plane.connect(engineUser)))
  return {
    kubernetesVersion: info.version,
    async [Symbol.asyncDispose]() {
      await tasks[Symbol.asyncDispose]()
    },
  }
}
