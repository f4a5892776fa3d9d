import { createPlaneHost, type Plane, type PlaneHost } from '@kairship/apiserver'
import { testKeys } from '@kairship/apiserver/testing'
import { silentLogger, systemClock, systemRandom } from '@kairship/runtime'
import { memoryStore, type Store } from '@kairship/storage'
import type { HostedKind, HostedPlaneOptions, PlaneHosting } from '../hosting.ts'

const base = 'https://127.0.0.1:1'

/** Hosting without files or sockets: stores in memory that outlive their planes, as files would. */
export class MemoryHosting implements PlaneHosting, AsyncDisposable {
  readonly #host: PlaneHost = createPlaneHost({
    clock: systemClock(),
    random: systemRandom(),
    log: silentLogger(),
  })
  readonly #planes = new Map<string, Promise<Plane>>()
  readonly #open = new Map<string, Plane>()
  /** Shared with the hosting that takes over after a restart. */
  readonly stores: Map<string, Store>

  constructor(stores: Map<string, Store> = new Map()) {
    this.stores = stores
  }

  async open(kind: HostedKind, name: string, options: HostedPlaneOptions): Promise<Plane> {
    const key = `${kind}/${name}`
    let opening = this.#planes.get(key)
    if (opening === undefined) {
      opening = this.#start(key, options)
      this.#planes.set(key, opening)
    }
    return opening
  }

  async #start(key: string, options: HostedPlaneOptions): Promise<Plane> {
    const keys = await testKeys()
    const store = this.stores.get(key) ?? memoryStore()
    this.stores.set(key, store)
    const plane = await this.#host.open({
      name: key,
      store,
      clientCa: keys.ca,
      serviceAccountKey: keys.serviceAccountKey,
      url: `${base}/${key}`,
      servingCa: keys.serving.certificate,
      ...options,
    })
    this.#open.set(key, plane)
    return plane
  }

  async close(kind: HostedKind, name: string): Promise<void> {
    const key = `${kind}/${name}`
    const plane = await this.#planes.get(key)
    this.#planes.delete(key)
    this.#open.delete(key)
    await plane?.[Symbol.asyncDispose]()
  }

  async remove(kind: HostedKind, name: string): Promise<void> {
    await this.close(kind, name)
    this.stores.delete(`${kind}/${name}`)
  }

  find(kind: HostedKind, name: string): Plane | undefined {
    return this.#open.get(`${kind}/${name}`)
  }
  async opened(kind: HostedKind, name: string): Promise<Plane | undefined> {
    return this.#planes.get(`${kind}/${name}`)
  }
  url(kind: HostedKind, name: string): string {
    return `${base}/${kind}/${name}`
  }
  ownCluster(endpoint: string): string | undefined {
    const prefix = `${base}/clusters/`
    return endpoint.startsWith(prefix) ? endpoint.slice(prefix.length) : undefined
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#host[Symbol.asyncDispose]()
  }
}
