import type { DeepReadonly } from '@kairship/apimachinery'
import { Secrets } from '@kairship/api/builtin'
import type { Cluster } from '@kairship/api/karmada'
import type { EngineContext } from '../engine/context.ts'
import { executionNamespace } from '../names/names.ts'
import { MemberSession } from './session.ts'
import type { MemberObjectListener } from './session.ts'
import type { MemberTransport } from './transport.ts'

/** One member cluster: its name, and a session with it that is opened when first needed. */
export class Member implements AsyncDisposable {
  readonly name: string
  /** Where its Works are. */
  readonly namespace: string
  readonly #context: EngineContext
  readonly #transport: MemberTransport
  readonly #listeners = new Set<MemberObjectListener>()
  readonly #recovered = new Set<() => void>()
  #session: Promise<MemberSession> | undefined
  #disposed = false

  constructor(name: string, context: EngineContext, transport: MemberTransport) {
    this.name = name
    this.namespace = executionNamespace(name)
    this.#context = context
    this.#transport = transport
  }

  get cluster(): DeepReadonly<Cluster> | undefined {
    return this.#context.stores.clusters.get(this.name)
  }

  /** Fails when no connection can be made; the next call tries again. */
  session(): Promise<MemberSession> {
    if (this.#disposed) return Promise.reject(new Error(`member ${this.name} is gone`))
    this.#session ??= this.#open().catch((error: unknown) => {
      this.#session = undefined
      throw error
    })
    return this.#session
  }

  /** Told of every change of a managed object, of kinds that are in use. */
  onObject(listener: MemberObjectListener): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) }
  }

  /** Told when the member answers again after requests to it had been given up for a while. */
  onRecovered(listener: () => void): Disposable {
    this.#recovered.add(listener)
    return { [Symbol.dispose]: () => void this.#recovered.delete(listener) }
  }

  async #open(): Promise<MemberSession> {
    const { cluster } = this
    if (cluster === undefined) throw new Error(`cluster ${this.name} does not exist`)
    const { client } = this.#context
    const connection = await this.#transport.connect(cluster, {
      get: ({ namespace, name }) => client.of(Secrets, namespace).find(name),
    })
    return new MemberSession(this.name, connection, this.#context, {
      onObject: (event) => this.#listeners.forEach((listener) => listener(event)),
      onRecovered: () => this.#recovered.forEach((listener) => listener()),
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true
    const session = await this.#session?.catch(() => undefined)
    await session?.[Symbol.asyncDispose]()
  }
}

export function isReady(cluster: DeepReadonly<Cluster> | undefined): boolean {
  return cluster?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true
}
