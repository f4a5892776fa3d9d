import type { Connection, DeepReadonly, KubeObject, Operation, ResourceRef } from '@kairship/apimachinery'
import { Clusters, karmadaCrds } from '@kairship/api/karmada'
import type { Cluster } from '@kairship/api/karmada'
import { createPlaneHost } from '@kairship/apiserver'
import type { Plane } from '@kairship/apiserver'
import { testAdmin, testKeys } from '@kairship/apiserver/testing'
import type { TestKeys } from '@kairship/apiserver/testing'
import { createClient } from '@kairship/client'
import type { Client } from '@kairship/client'
import { createEngine, karmadaAdmission } from '@kairship/federation'
import type { EngineSettings, MemberTransport } from '@kairship/federation'
import { silentLogger, systemClock, systemRandom, taskGroup } from '@kairship/runtime'
import type { Logger, TaskGroup } from '@kairship/runtime'
import { createScheduler } from '@kairship/scheduler'
import { createSimulation } from '@kairship/simulation'
import { memoryStore } from '@kairship/storage'
import type { Store } from '@kairship/storage'

export interface WorldOptions {
  readonly members?: readonly MemberOptions[]
  readonly settings?: Partial<EngineSettings>
  readonly log?: Logger
  /** Default true: members have nodes, pods and workload controllers. */
  readonly simulate?: boolean
  /** Simulated nodes per member; 110 pods each. Default 3. */
  readonly nodes?: number
  /** Stands between engine and member; default: the member's plane itself. */
  readonly wrap?: (member: string, connection: Connection) => Connection
  /** Sees every write of engine and scheduler; `plane` is `control` or a member's name. */
  readonly onWrite?: (plane: string, operation: Operation) => void
}

interface MemberOptions {
  readonly name: string
  readonly provider?: string
  readonly region?: string
  readonly zone?: string
  readonly labels?: { readonly [key: string]: string }
  /** Default true. */
  readonly join?: boolean
}

export interface WorldMember {
  readonly name: string
  readonly plane: Plane
  readonly client: Client
}

/** An instance with its engine and scheduler, and members that are planes of their own, all in this process. */
export class World implements AsyncDisposable {
  readonly plane: Plane
  readonly client: Client
  readonly members: ReadonlyMap<string, WorldMember>
  readonly #options: WorldOptions
  readonly #owned: AsyncDisposableStack
  readonly #stores: ReadonlyMap<string, Store>
  #engine: AsyncDisposable | undefined

  constructor(
    plane: Plane,
    members: ReadonlyMap<string, WorldMember>,
    options: WorldOptions,
    owned: AsyncDisposableStack,
    stores: ReadonlyMap<string, Store>,
  ) {
    this.plane = plane
    this.client = createClient(plane.connect(testAdmin))
    this.members = members
    this.#options = options
    this.#owned = owned
    this.#stores = stores
  }

  member(name: string): WorldMember {
    const member = this.members.get(name)
    if (member === undefined) throw new Error(`no member ${name}`)
    return member
  }

  /** Revision of a store: the same before and after means that nothing was written. */
  async revision(name: string): Promise<string> {
    const store = this.#stores.get(name)
    if (store === undefined) throw new Error(`no store ${name}`)
    return String(await store.revision())
  }

  async join(name: string): Promise<void> {
    const options = this.#options.members?.find((member) => member.name === name) ?? { name }
    const cluster: DeepReadonly<Cluster> = {
      apiVersion: 'cluster.karmada.io/v1alpha1',
      kind: 'Cluster',
      metadata: { name, ...(options.labels === undefined ? {} : { labels: options.labels }) },
      spec: {
        syncMode: 'Push',
        apiEndpoint: `https://${name}.test`,
        ...(options.provider === undefined ? {} : { provider: options.provider }),
        ...(options.region === undefined ? {} : { region: options.region }),
        ...(options.zone === undefined ? {} : { zones: [options.zone] }),
      },
    }
    await this.client.of(Clusters).create(cluster)
  }

  start(): void {
    const { log = silentLogger(), settings, wrap } = this.#options
    const [clock, random] = [systemClock(), systemRandom()]
    const transport: MemberTransport = {
      connect: async ({ metadata: { name = '' } }) => {
        const connection = this.#observed(name, this.member(name).plane.connect(testAdmin))
        return wrap === undefined ? connection : wrap(name, connection)
      },
    }
    const controlPlane = this.#observed('control', this.plane.connect(testAdmin))
    const tasks: TaskGroup = taskGroup({ name: 'engine', log })
    const engine = createEngine({
      controlPlane,
      transport,
      clock,
      random,
      log,
      settings: {
        clusterStatusPeriodMs: 200,
        clusterFailureThresholdMs: 0,
        clusterSuccessThresholdMs: 0,
        clusterDrainPollMs: 50,
        ...settings,
      },
    })
    const scheduler = createScheduler({ controlPlane, clock, random, log })
    tasks.run('engine', (signal) => engine.run(signal))
    tasks.run('scheduler', (signal) => scheduler.run(signal))
    this.#engine = tasks
  }

  #observed(plane: string, inner: Connection): Connection {
    const { onWrite } = this.#options
    if (onWrite === undefined) return inner
    return {
      request: (operation, signal) => {
        if (operation.verb !== 'get' && operation.verb !== 'list') onWrite(plane, operation)
        return inner.request(operation, signal)
      },
      watch: (operation, signal) => inner.watch(operation, signal),
      raw: (path, options) => inner.raw(path, options),
    }
  }

  async stop(): Promise<void> {
    await this.#engine?.[Symbol.asyncDispose]()
    this.#engine = undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    await this.#owned.disposeAsync()
  }
}

/** Starts everything; members that are to join are Ready when it returns. */
export async function createWorld(options: WorldOptions = {}, keys?: TestKeys): Promise<World> {
  const { members = [{ name: 'member1' }, { name: 'member2' }, { name: 'member3' }] } = options
  const { ca, serving, serviceAccountKey } = keys ?? (await testKeys())
  const owned = new AsyncDisposableStack()
  const [clock, random] = [systemClock(), systemRandom()]
  const host = owned.use(createPlaneHost({ clock, random, log: silentLogger() }))
  const stores = new Map<string, Store>()
  const open = (name: string, extra: object): Promise<Plane> => {
    const store = owned.use(memoryStore())
    stores.set(name, store)
    const url = 'https://127.0.0.1'
    return host.open({ name, store, clientCa: ca, serviceAccountKey, url, servingCa: serving.certificate, ...extra })
  }
  const plane = await open('control', { builtinCrds: karmadaCrds(), admission: karmadaAdmission({ clock, random }) })
  const running = new Map<string, WorldMember>()
  for (const member of members) {
    const memberPlane = await open(member.name, {})
    running.set(member.name, {
      name: member.name,
      plane: memberPlane,
      client: createClient(memberPlane.connect(testAdmin)),
    })
    if (options.simulate === false) continue
    const tasks = owned.use(taskGroup({ name: member.name, log: silentLogger() }))
    const simulation = createSimulation({
      connection: memberPlane.connect(testAdmin),
      clock,
      random,
      log: silentLogger(),
      profile: { name: member.name, nodes: options.nodes ?? 3 },
    })
    tasks.run('simulation', (signal) => simulation.run(signal))
  }
  const world = new World(plane, running, { ...options, members }, owned, stores)
  world.start()
  const joining = members.filter(({ join }) => join !== false)
  for (const { name } of joining) await world.join(name)
  for (const { name } of joining) await untilReady(world.client, name)
  return world
}

export async function untilReady(client: Client, cluster: string): Promise<void> {
  await eventually(async () => {
    const { spec, status } = await client.of(Clusters).get(cluster)
    const ready = status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true
    if (!ready || (spec.taints ?? []).length > 0) throw new Error(`${cluster} is not ready`)
  })
}

/** Tries until it does not throw; the last error when it never does. */
export async function eventually<T>(check: () => Promise<T> | T, timeoutMs = 10_000): Promise<T> {
  const end = Date.now() + timeoutMs
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (Date.now() > end) throw error
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
}

export async function gone<T extends KubeObject>(
  client: Client,
  ref: ResourceRef<T>,
  name: string,
  namespace?: string,
): Promise<void> {
  await eventually(async () => {
    if ((await client.of(ref, namespace).find(name)) !== undefined)
      throw new Error(`${ref.kind} ${name} is still there`)
  })
}
