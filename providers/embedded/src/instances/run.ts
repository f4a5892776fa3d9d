import { Clusters, karmadaCrds } from '@kairship/api/karmada'
import { type Client, createClient, createInformers, withUserAgent, withoutManagedFields } from '@kairship/client'
import { createEngine, karmadaAdmission } from '@kairship/federation'
import { manager } from '@kairship/controller'
import type { InstanceRequest } from '@kairship/instances'
import { createScheduler } from '@kairship/scheduler'
import type { PlaneHosting } from '../hosting.ts'
import { embeddedTransport } from '../members/transport.ts'
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
  const { hosting, clock, random } = options
  const plane = await hosting.open('instances', instance.name, {
    builtinCrds: karmadaCrds(),
    admission: karmadaAdmission({ clock, random }),
    ...(instance.kubernetesVersion === undefined ? {} : { version: instance.kubernetesVersion }),
  })
  const log = options.log.with({ instance: instance.name })
  const controlPlane = plane.connect(engineUser)
  const client = createClient(withUserAgent(controlPlane, 'kairship'))
  const info = await planeInfo(client)
  await moveOwnEndpoints(client, hosting)
  const tasks = options.tasks.child(instance.name)
  tasks.run('engine', async (signal) => {
    // The informers end with the engine, before the plane they read from is closed.
    await using informers = createInformers({ client, clock, random, log, transform: withoutManagedFields })
    const shared = { controlPlane, informers, clock, random, log }
    const engine = createEngine({ ...shared, transport: embeddedTransport({ hosting, clock }) })
    const scheduler = createScheduler(shared)
    await manager({ name: instance.name, log, runnables: [engine, scheduler] }).run(signal)
  })
  return {
    kubernetesVersion: info.version,
    [Symbol.asyncDispose]: () => tasks[Symbol.asyncDispose](),
  }
}

/** Simulated members follow the server when it is started on another address. */
async function moveOwnEndpoints(client: Client, hosting: PlaneHosting): Promise<void> {
  const clusters = client.of(Clusters)
  for (const { metadata, spec } of (await clusters.list()).items) {
    const name = hosting.ownCluster(spec.apiEndpoint ?? '')
    if (name === undefined) continue
    const apiEndpoint = hosting.url('clusters', name)
    if (spec.apiEndpoint !== apiEndpoint) await clusters.patch(metadata.name ?? '', 'merge', { spec: { apiEndpoint } })
  }
}
