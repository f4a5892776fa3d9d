import type { Pod, PodTemplateSpec } from '@kairship/api/builtin'
import { Pods } from '@kairship/api/builtin'
import type { DeepReadonly } from '@kairship/apimachinery'
import { startTestServer, testKeys } from '@kairship/apiserver/testing'
import type { TestKeys, TestServer } from '@kairship/apiserver/testing'
import type { Client } from '@kairship/client'
import { createClient } from '@kairship/client'
import type { Clock } from '@kairship/runtime'
import { silentLogger, systemClock, systemRandom } from '@kairship/runtime'
import type { SimulationProfile } from '../profile.ts'
import { createSimulation } from '../simulation.ts'

const clock = systemClock()
let keys: Promise<TestKeys> | undefined

/** A plane and the simulation on it. */
export interface TestCluster extends AsyncDisposable {
  readonly server: TestServer
  readonly client: Client
  /** Stops the simulation and starts another one, as after a crash. */
  restart(profile?: Partial<SimulationProfile>): Promise<void>
}

export async function testCluster(
  profile: Partial<SimulationProfile> = {},
  options: { readonly clock?: Clock } = {},
): Promise<TestCluster> {
  keys ??= testKeys()
  const server = await startTestServer(options.clock === undefined ? {} : { clock: options.clock }, await keys)
  const start = (more: Partial<SimulationProfile>): { stop: AbortController; done: Promise<void> } => {
    const stop = new AbortController()
    const simulation = createSimulation({
      connection: server.connection,
      clock: options.clock ?? clock,
      random: systemRandom(),
      log: silentLogger(),
      profile: { name: 'member', podStartMs: 5, podStopMs: 1, podRunMs: 20, settleMs: 5, ...profile, ...more },
    })
    return { stop, done: simulation.run(stop.signal) }
  }
  let running = start({})
  const end = async (): Promise<void> => {
    running.stop.abort()
    await running.done
  }
  return {
    server,
    client: createClient(server.connection),
    async restart(more = {}) {
      await end()
      running = start(more)
    },
    async [Symbol.asyncDispose]() {
      await end()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** Asks again until the answer is yes; fails with the last thing seen. */
export async function eventually<T>(read: () => Promise<T>, good: (value: T) => boolean): Promise<T> {
  const deadline = clock.now() + 10_000
  for (;;) {
    const value = await read()
    if (good(value)) return value
    if (clock.now() > deadline) throw new Error(`did not happen; last seen: ${JSON.stringify(value, undefined, 1)}`)
    await clock.sleep(10)
  }
}

export async function podsWith(client: Client, labelSelector: string): Promise<readonly DeepReadonly<Pod>[]> {
  const { items } = await client.of(Pods, 'default').list({ labelSelector })
  return items
}

export function template(app: string, extra: Partial<PodTemplateSpec['spec']> = {}): PodTemplateSpec {
  return {
    metadata: { labels: { app } },
    spec: {
      containers: [{ name: 'main', image: 'registry.example/app:1', ports: [{ name: 'http', containerPort: 8080 }] }],
      ...extra,
    },
  }
}
