import type { Connection, DeepReadonly, ResourceRef, Unstructured } from '@kairship/apimachinery'
import { Labels } from '@kairship/api/karmada'
import { createClient, createInformers, withoutManagedFields, withUserAgent } from '@kairship/client'
import type { CacheEvent, Client, Informers } from '@kairship/client'
import { Latest } from '@kairship/controller'
import { forCounting } from '../cluster-status/trim.ts'
import type { EngineContext } from '../engine/context.ts'
import { KindDirectory } from '../engine/kinds.ts'
import { resourceId, splitKey } from '../engine/keys.ts'
import { GuardedConnection } from './guard.ts'

/** The name under which the engine appears in the member's managed fields and audit. */
const USER_AGENT = 'kairship-engine'

/** Only what the engine has written into the member is watched: a member's own objects cost nothing. */
const managedOnly = { labelSelector: `${Labels.managed}=true` }

export type MemberObjectListener = (event: CacheEvent<Unstructured>) => void

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
  readonly #listener: MemberObjectListener

  constructor(name: string, connection: Connection, context: EngineContext, listener: MemberObjectListener) {
    const { clock, random, log, settings } = context
    this.#raw = connection
    this.#listener = listener
    this.connection = new GuardedConnection(withUserAgent(connection, USER_AGENT), {
      member: name,
      clock,
      timeoutMs: settings.memberTimeoutMs,
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
      latest.informer.subscribe(this.#listener)
    }
    return latest
  }

  /** A managed object from the cache; while that is not complete, from the member itself (T-51). */
  async find(ref: ResourceRef<Unstructured>, key: string): Promise<DeepReadonly<Unstructured> | undefined> {
    const latest = this.objects(ref)
    const known = latest.get(key)
    return known !== undefined || latest.informer.hasSynced ? known : this.live(ref, key)
  }

  live(ref: ResourceRef<Unstructured>, key: string): Promise<DeepReadonly<Unstructured> | undefined> {
    const { namespace, name } = splitKey(key)
    return this.client.of(ref, namespace).find(name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const latest of this.#latest.values()) latest[Symbol.dispose]()
    this.#latest.clear()
    await Promise.all([this.#informers[Symbol.asyncDispose](), this.counted[Symbol.asyncDispose]()])
    if (isDisposable(this.#raw)) await this.#raw[Symbol.asyncDispose]()
  }
}

function isDisposable(value: object): value is AsyncDisposable {
  return Symbol.asyncDispose in value
}
