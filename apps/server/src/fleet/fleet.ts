import { rm } from 'node:fs/promises'
import type { UserInfo } from '@kairship/apimachinery'
import type { Plane, PlaneHost } from '@kairship/apiserver'
import { createClient, withUserAgent } from '@kairship/client'
import type { Door, Doors, ReadyCheck } from '@kairship/gateway'
import type { HostedKind, HostedPlaneOptions, PlaneHosting } from '@kairship/provider-embedded'
import type { Clock } from '@kairship/runtime'
import type { Store } from '@kairship/storage'
import { readIfPresent, writePrivate } from '../data/files.ts'
import type { DataPaths, PlaneKind } from '../data/paths.ts'
import { isCurrent, renderKubeconfig } from '../kubeconfig.ts'
import { type KeyStore, type PlaneKeys, ownerOfClientCa } from '../pki/store.ts'
import { grantUiAccess } from './ui-access.ts'

export interface FleetOptions {
  readonly paths: DataPaths
  readonly keys: KeyStore
  readonly host: PlaneHost
  readonly openStore: (file: string) => Promise<Store>
  /** `https://127.0.0.1:8443`, without a final slash. */
  readonly url: string
  /** Under which this data directory was served before. */
  readonly formerUrls: readonly string[]
  readonly servingCa: string
  readonly clock: Clock
}

interface Served {
  readonly plane: Plane
  readonly store: Store
}

const admin: UserInfo = { username: 'system:admin', groups: ['system:masters'] }
const adminCertificateMs = 365 * 86_400_000
const day = 86_400_000

/** Every plane of this process: opens and removes them with their files, and finds them for the gateway. */
export class Fleet implements PlaneHosting, Doors, AsyncDisposable {
  readonly #options: FleetOptions
  /** By `kind/name`. A plane is here from the moment it serves until it is closed. */
  readonly #served = new Map<string, Served>()
  /** Opening and closing of one plane never overlap. */
  readonly #turns = new Map<string, Promise<unknown>>()
  /** Who waits for a plane to open. */
  readonly #waiting = new Map<string, Set<() => void>>()
  /** Planes that must serve before the server calls itself ready. */
  readonly #expected = new Set<string>()

  constructor(options: FleetOptions) {
    this.#options = options
  }

  async openHub(options: HostedPlaneOptions): Promise<Plane> {
    return this.#open('hub', 'hub', options)
  }
  open(kind: HostedKind, name: string, options: HostedPlaneOptions): Promise<Plane> {
    return this.#open(kind, name, options)
  }

  close(kind: HostedKind, name: string): Promise<void> {
    return this.#inTurn(keyOf(kind, name), () => this.#close(kind, name))
  }

  remove(kind: HostedKind, name: string): Promise<void> {
    return this.#inTurn(keyOf(kind, name), async () => {
      await this.#close(kind, name)
      const { paths, keys } = this.#options
      await rm(paths.kubeconfig(kind, name), { force: true })
      const file = paths.planeFile(kind, name)
      await Promise.all(['', '-wal', '-shm', '-journal'].map((suffix) => rm(`${file}${suffix}`, { force: true })))
      await keys.removePlaneKeys(kind, name)
      this.#expected.delete(keyOf(kind, name))
    })
  }

  find(kind: HostedKind, name: string): Plane | undefined {
    return this.#served.get(keyOf(kind, name))?.plane
  }

  async opened(kind: HostedKind, name: string, withinMs: number): Promise<Plane | undefined> {
    const found = this.find(kind, name)
    if (found !== undefined) return found
    const { promise, resolve } = Promise.withResolvers<void>()
    const key = keyOf(kind, name)
    const waiting = this.#waiting.get(key) ?? new Set()
    this.#waiting.set(key, waiting.add(resolve))
    using _limit = this.#options.clock.setTimeout(resolve, withinMs, { unref: true })
    await promise
    waiting.delete(resolve)
    if (waiting.size === 0) this.#waiting.delete(key)
    return this.find(kind, name)
  }

  url(kind: HostedKind, name: string): string {
    return `${this.#options.url}/${kind}/${name}`
  }

  ownCluster(endpoint: string): string | undefined {
    for (const base of [this.#options.url, ...this.#options.formerUrls]) {
      const prefix = `${base}/clusters/`
      if (endpoint.startsWith(prefix)) return endpoint.slice(prefix.length).replace(/\/$/, '')
    }
    return undefined
  }

  hub(): Door | undefined {
    return this.#served.get('hub')?.plane
  }
  instance(name: string): Door | undefined {
    return this.find('instances', name)
  }
  member(name: string): Door | undefined {
    return this.find('clusters', name)
  }
  issuer(name: string): Door | undefined {
    const owner = ownerOfClientCa(name)
    return owner === undefined || owner.kind === 'hub' ? undefined : this.find(owner.kind, owner.name)
  }

  /** Readiness waits for `settle` of this plane. */
  expect(kind: PlaneKind, name: string): void {
    this.#expected.add(keyOf(kind, name))
  }
  /** From now on only the plane itself is asked. */
  settle(kind: PlaneKind, name: string): void {
    this.#expected.delete(keyOf(kind, name))
  }

  checks(): readonly ReadyCheck[] {
    const checks = Array.from(this.#served, ([key, { plane }]) => ({
      kind: parseKey(key).kind,
      ready: plane.ready && !this.#expected.has(key),
    }))
    for (const key of this.#expected) {
      if (!this.#served.has(key)) checks.push({ kind: parseKey(key).kind, ready: false })
    }
    return checks
  }

  async #open(kind: PlaneKind, name: string, options: HostedPlaneOptions): Promise<Plane> {
    const key = keyOf(kind, name)
    return this.#inTurn(key, async () => {
      const running = this.#served.get(key)
      if (running !== undefined) return running.plane
      const { paths, keys, host, openStore, servingCa } = this.#options
      const planeKeys = await keys.planeKeys(kind, name)
      const store = await openStore(paths.planeFile(kind, name))
      const url = kind === 'hub' ? this.#options.url : this.url(kind, name)
      let plane: Plane | undefined
      try {
        plane = await host.open({
          name: key,
          store,
          url,
          servingCa,
          clientCa: planeKeys.clientCa,
          serviceAccountKey: planeKeys.serviceAccountKey,
          ...options,
        })
        await grantUiAccess(createClient(withUserAgent(plane.connect(admin), 'kairship')))
        await this.#writeKubeconfig(kind, name, url, plane, planeKeys)
      } catch (error) {
        await plane?.[Symbol.asyncDispose]()
        await store[Symbol.asyncDispose]()
        throw error
      }
      this.#served.set(key, { plane, store })
      for (const tell of this.#waiting.get(key) ?? []) tell()
      return plane
    })
  }

  async #writeKubeconfig(kind: PlaneKind, name: string, url: string, plane: Plane, keys: PlaneKeys): Promise<void> {
    const { clock, paths, servingCa } = this.#options
    const file = paths.kubeconfig(kind, name)
    const existing = await readIfPresent(file)
    const want = { server: url, caCertificate: servingCa, clientCa: keys.clientCa.certificate }
    if (existing !== undefined && isCurrent(existing, want, clock.now())) return
    const { certificate, key } = await plane.issueCertificate(admin, adminCertificateMs)
    const entry = kind === 'hub' ? 'kairship' : name
    const content = {
      name: entry,
      server: url,
      caCertificate: servingCa,
      clientCertificate: certificate,
      clientKey: key,
    }
    await writePrivate(file, renderKubeconfig(content))
  }

  /** Renews what grows old, once a day for as long as the server runs. */
  async renew(signal: AbortSignal, also: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      await this.#options.clock.sleep(day, signal)
      await also()
      for (const [key, { plane }] of this.#served) {
        const { kind, name } = parseKey(key)
        const url = kind === 'hub' ? this.#options.url : this.url(kind, name)
        await this.#writeKubeconfig(kind, name, url, plane, await this.#options.keys.planeKeys(kind, name))
      }
    }
  }

  async #close(kind: PlaneKind, name: string): Promise<void> {
    const key = keyOf(kind, name)
    const served = this.#served.get(key)
    if (served === undefined) return
    this.#served.delete(key)
    await served.plane[Symbol.asyncDispose]()
    await served.store[Symbol.asyncDispose]()
  }

  async #inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(key) ?? Promise.resolve()
    const mine = before.then(work, work)
    this.#turns.set(key, mine)
    try {
      return await mine
    } finally {
      if (this.#turns.get(key) === mine) this.#turns.delete(key)
    }
  }

  /** The hub last: the others' controllers may still record what they did. */
  async [Symbol.asyncDispose](): Promise<void> {
    const names = [...this.#served.keys()].filter((key) => key !== 'hub').map(parseKey)
    await Promise.all(names.map(({ kind, name }) => this.#inTurn(keyOf(kind, name), () => this.#close(kind, name))))
    await this.#inTurn('hub', () => this.#close('hub', 'hub'))
  }
}

function keyOf(kind: PlaneKind, name: string): string {
  return kind === 'hub' ? 'hub' : `${kind}/${name}`
}
function parseKey(key: string): { kind: PlaneKind; name: string } {
  if (key === 'hub') return { kind: 'hub', name: 'hub' }
  const slash = key.indexOf('/')
  return { kind: key.startsWith('instances/') ? 'instances' : 'clusters', name: key.slice(slash + 1) }
}
