import { Instances, ManagedClusters, kairshipCrds } from '@kairship/api/kairship'
import type { DeepReadonly, KubeObject, UserInfo } from '@kairship/apimachinery'
import { type Client, type Informers, createClient, createInformers, withUserAgent } from '@kairship/client'
import { manager } from '@kairship/controller'
import { type Progress, instanceController, simulationController } from '@kairship/instances'
import { EmbeddedInstances, EmbeddedSimulator } from '@kairship/provider-embedded'
import { type Clock, type Logger, type Random, taskGroup } from '@kairship/runtime'
import type { HostedKind } from '@kairship/provider-embedded'
import type { Fleet } from './fleet/fleet.ts'

export interface HubOptions {
  readonly fleet: Fleet
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
}

export interface RunningHub extends AsyncDisposable {
  readonly client: Client
  readonly informers: Informers
  /** Resolves when everything that existed at the start serves again, or has said why it cannot. */
  readonly restored: Promise<void>
}

const platformUser: UserInfo = { username: 'system:kairship', groups: ['system:masters'] }

/** Opens the hub and starts the platform's controllers on it. */
export async function startHub(options: HubOptions): Promise<RunningHub> {
  const { fleet, clock, random, log } = options
  await using started = new AsyncDisposableStack()
  const plane = await fleet.openHub({ builtinCrds: kairshipCrds() })
  const client = createClient(withUserAgent(plane.connect(platformUser), 'kairship'))
  const informers = started.use(createInformers({ client, clock, random, log }))
  const restoring = new Restoring(fleet)
  const [known, clusters] = await Promise.all([client.of(Instances).list(), client.of(ManagedClusters).list()])
  restoring.note('instances', known.items)
  restoring.note(
    'clusters',
    clusters.items.filter((cluster) => cluster.spec?.simulation !== undefined),
  )
  const tasks = started.use(taskGroup({ name: 'platform', log }))
  const shared = { hosting: fleet, clock, random, log }
  const instances = new EmbeddedInstances({ ...shared, tasks: tasks.child('instances') })
  const simulator = new EmbeddedSimulator({ ...shared, tasks: tasks.child('clusters') })
  const controllers = manager({
    name: 'platform',
    log,
    runnables: [
      instanceController({
        hub: client,
        informers,
        providers: [instances],
        clock,
        log,
        onProgress: (name, progress) => restoring.progress('instances', name, progress),
      }),
      simulationController({
        hub: client,
        informers,
        simulator,
        clock,
        log,
        onProgress: (name, progress) => restoring.progress('clusters', name, progress),
      }),
    ],
  })
  tasks.run('controllers', (signal) => controllers.run(signal))
  const stack = started.move()
  return {
    client,
    informers,
    restored: restoring.done,
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  }
}

/** What existed when the server stopped last, until each has been brought back. */
class Restoring {
  readonly #fleet: Fleet
  readonly #waiting = new Set<string>()
  readonly #done = Promise.withResolvers<void>()

  constructor(fleet: Fleet) {
    this.#fleet = fleet
  }

  get done(): Promise<void> {
    if (this.#waiting.size === 0) this.#done.resolve()
    return this.#done.promise
  }

  note(kind: HostedKind, objects: readonly DeepReadonly<KubeObject>[]): void {
    for (const { metadata } of objects) {
      const name = metadata.name ?? ''
      this.#fleet.expect(kind, name)
      this.#waiting.add(`${kind}/${name}`)
    }
  }

  progress(kind: HostedKind, name: string, progress: Progress): void {
    if (progress.phase === 'working') return
    // What cannot be brought back keeps the server from being ready; its object says why.
    if (progress.phase !== 'blocked') this.#fleet.settle(kind, name)
    this.#waiting.delete(`${kind}/${name}`)
    if (this.#waiting.size === 0) this.#done.resolve()
  }
}
