import type { KubeObject, ResourceRef } from '@kairship/apimachinery'
import { qualified } from '@kairship/apimachinery'
import { systemRandom } from '@kairship/runtime'
import type { Clock, Logger, Random } from '@kairship/runtime'
import type { Client } from '../client.ts'
import type { Informer, Informers, InformerScope } from '../informer.ts'
import type { Streaming } from './reflector.ts'
import { Reflector } from './reflector.ts'
import type { Transform } from './shared-informer.ts'
import { SharedInformer } from './shared-informer.ts'

export interface InformersOptions {
  readonly client: Client
  readonly clock: Clock
  readonly random?: Random
  readonly log: Logger
  /** Applied to every object before it is cached, e.g. `withoutManagedFields`. Must not change key or versions. */
  readonly transform?: Transform
  /** Read initial states as streams (WatchList) from servers that can. Default true; others are listed. */
  readonly streaming?: boolean
}

/**
 * Informers of one connection. Each has its own stream and its own backoff: a resource that cannot be read keeps only its
 * own readers waiting.
 */
export function createInformers(options: InformersOptions): Informers {
  return new SharedInformers(options)
}

interface Running<T extends KubeObject> {
  readonly informer: SharedInformer<T>
  readonly stop: AbortController
  readonly stopped: Promise<void>
}

class SharedInformers implements Informers {
  readonly #options: InformersOptions
  readonly #random: Random
  readonly #streaming: Streaming
  readonly #running = new Map<string, Running<KubeObject>>()
  #disposed = false

  constructor(options: InformersOptions) {
    this.#options = options
    this.#random = options.random ?? systemRandom()
    this.#streaming = { supported: options.streaming ?? true }
  }

  of<T extends KubeObject>(ref: ResourceRef<T>, scope: InformerScope = {}): Informer<T> {
    if (this.#disposed) throw new Error('the informers were stopped')
    const key = identity(ref, scope)
    const known = this.#running.get(key)
    if (known !== undefined) return decodeInformer<T>(known.informer)
    const log = this.#options.log.with({
      resource: qualified(ref),
      ...(scope.namespace ? { namespace: scope.namespace } : {}),
    })
    const informer = new SharedInformer<T>(ref, { clock: this.#options.clock, log, transform: this.#options.transform })
    const { namespace, ...selectors } = scope
    const reflector = new Reflector<T>({
      resource: this.#options.client.of(ref, namespace),
      selectors,
      informer,
      streaming: this.#streaming,
      clock: this.#options.clock,
      random: this.#random,
      log,
    })
    const stop = new AbortController()
    const stopped = reflector.run(stop.signal).catch((error: unknown) => {
      if (!stop.signal.aborted) log.error('an informer stopped unexpectedly', error)
    })
    this.#running.set(key, { informer: encodeInformer(informer), stop, stopped })
    return informer
  }

  async drop(ref: ResourceRef, scope: InformerScope = {}): Promise<void> {
    const key = identity(ref, scope)
    const running = this.#running.get(key)
    if (running === undefined) return
    this.#running.delete(key)
    running.stop.abort(new DOMException('the informer is stopping', 'AbortError'))
    await running.stopped
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true
    const all = [...this.#running.values()]
    this.#running.clear()
    for (const { stop } of all) stop.abort(new DOMException('the informers are stopping', 'AbortError'))
    await Promise.all(all.map(({ stopped }) => stopped))
  }
}

function identity(ref: ResourceRef, scope: InformerScope): string {
  return JSON.stringify([
    ref.group,
    ref.version,
    ref.resource,
    scope.namespace ?? '',
    scope.labelSelector ?? '',
    scope.fieldSelector ?? '',
  ])
}

// The map holds informers of all types; the key, which contains the ref, says which one it is.
function decodeInformer<T extends KubeObject>(informer: unknown): Informer<T> {
  return informer as Informer<T>
}

function encodeInformer(informer: unknown): SharedInformer<KubeObject> {
  return informer as SharedInformer<KubeObject>
}
