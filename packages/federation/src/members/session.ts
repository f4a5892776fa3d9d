import type { Connection, DeepReadonly, ResourceRef, Unstructured } from '@kairship/apimachinery'
import { Labels } from '@kairship/api/karmada'
import { createClient, createInformers, withoutManagedFields, withUserAgent } from '@kairship/client'
import type { CacheEvent, Client, Informers } from '@kairship/client'
import { Latest } from '@kairship/controller'
import { forCounting } from '../cluster-status/trim.ts'
import type { Clock } from '@kairship/runtime'
import type { EngineContext } from '../engine/context.ts'
import { KindDirectory } from '../engine/kinds.ts'
import { resourceId, splitKey } from '../engine/keys.ts'
import { GuardedConnection } from './guard.ts'

/** The name under which the engine appears in the member's managed fields and audit. */
const USER_AGENT = 'karmada-controller-manager'

/** Only what the engine has written into the member is watched: a member's own objects cost nothing. */
const managedOnly = { labelSelector: `${Labels.managed}=true` }

export type MemberObjectListener = (event: CacheEvent<Unstructured>) => void

export interface SessionHooks {
  /** A managed object came, changed or went. */
  readonly onObject: MemberObjectListener
  /** The member answers again after it had been given up for a while. */
  readonly onRecovered: () => void
}

/** The first list of a kind usually takes milliseconds; reads wait for it rather than ask for every object. */
const FIRST_LIST_MS = 1_000

/** A member while it is reachable under one address with one credential. */
export class MemberSession implements AsyncDisposable {
  readonly connection: GuardedConnection
  readonly client: Client
  /** Nodes and pods, cut down to what is counted. */
  readonly counted: Informers
  readonly kinds: KindDirectory
  readonly #raw: Connection
  readonly #informers: Informers
  readonly #latest = new Map<string, Latest<Unstructured>>()
  readonly #hooks: SessionHooks
  readonly #clock: Clock
  readonly #stopped = new AbortController()
  readonly #patience = new Map<string, Promise<void>>()

  constructor(name: string, connection: Connection, context: EngineContext, hooks: SessionHooks) {
    const { clock, random, log, settings } = context
    this.#raw = connection
    this.#clock = clock
    this.#hooks = hooks
    this.connection = new GuardedConnection(withUserAgent(connection, USER_AGENT), {
      member: name,
      clock,
      timeoutMs: settings.memberTimeoutMs,
      onRecovered: hooks.onRecovered,
    })
    this.client = createClient(this.connection)
    this.kinds = new KindDirectory(this.connection)
    const options = { client: this.client, clock, random, log: log.with({ member: name }) }
    this.#informers = createInformers({ ...options, transform: withoutManagedFields })
    this.counted = createInformers({ ...options, transform: forCounting })
  }

  /** Managed objects of one kind; watched from the first call on. */
  objects(ref: ResourceRef<Unstructured>): Latest<Unstructured> {
    const id = resourceId(ref)
    let latest = this.#latest.get(id)
    if (latest === undefined) {
      latest = new Latest(this.#informers.of(ref, managedOnly))
      this.#latest.set(id, latest)
      latest.informer.subscribe(this.#hooks.onObject)
      this.#patience.set(id, this.#firstList(latest))
    }
    return latest
  }

  /** Resolves when the first list is there, or takes too long to wait for it. */
  async #firstList({ informer }: Latest<Unstructured>): Promise<void> {
    const stop = new AbortController()
    const signal = AbortSignal.any([stop.signal, this.#stopped.signal])
    const ignore = (): void => undefined
    await Promise.race([informer.synced(signal), this.#clock.sleep(FIRST_LIST_MS, signal)]).catch(ignore)
    stop.abort()
  }

  /** A managed object from the cache; while that is not complete, from the member itself (T-51). */
  async find(ref: ResourceRef<Unstructured>, key: string): Promise<DeepReadonly<Unstructured> | undefined> {
    const latest = this.objects(ref)
    if (!latest.informer.hasSynced) await this.#patience.get(resourceId(ref))
    const known = latest.get(key)
    return known !== undefined || latest.informer.hasSynced ? known : this.live(ref, key)
  }

  live(ref: ResourceRef<Unstructured>, key: string): Promise<DeepReadonly<Unstructured> | undefined> {
    const { namespace, name } = splitKey(key)
    return this.client.of(ref, namespace).find(name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort()
    for (const latest of this.#latest.values()) latest[Symbol.dispose]()
    this.#latest.clear()
    await Promise.all([this.#informers[Symbol.asyncDispose](), this.counted[Symbol.asyncDispose]()])
    if (isDisposable(this.#raw)) await this.#raw[Symbol.asyncDispose]()
  }
}

function isDisposable(value: object): value is AsyncDisposable {
  return Symbol.asyncDispose in value
}
