import type { ResourceRef, Unstructured } from '@kairship/apimachinery'
import { CustomResourceDefinitions } from '@kairship/api/builtin'
import type { CacheEvent } from '@kairship/client'
import type { EngineContext } from '../engine/context.ts'
import { resourceId } from '../engine/keys.ts'
import type { PropagationScope } from './scope.ts'

type Ref = ResourceRef<Unstructured>
export interface TemplateListener {
  onEvent(ref: Ref, event: CacheEvent<Unstructured>): void
  /** The kind is not served any more. */
  onDropped(ref: Ref): void
}

/** New and removed kinds are noticed at once through their CRDs; the rest with the next period. */
const SETTLE_MS = 50

/** Follows every kind that can be propagated, as discovery finds them. */
export class TemplateWatch {
  readonly #context: EngineContext
  readonly #scope: PropagationScope
  readonly #listener: TemplateListener
  readonly #watched = new Map<string, { readonly ref: Ref; readonly subscription: Disposable }>()

  constructor(context: EngineContext, scope: PropagationScope, listener: TemplateListener) {
    this.#context = context
    this.#scope = scope
    this.#listener = listener
  }

  /** All kinds in use now, for looking an object up by its kind. */
  get refs(): Iterable<Ref> {
    return this.#watched.values().map(({ ref }) => ref)
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, informers, kinds, log, settings } = this.#context
    let wake = new AbortController()
    const crds = informers.of(CustomResourceDefinitions)
    using _crdEvents = crds.subscribe(() => wake.abort())
    using _stop = { [Symbol.dispose]: () => this.#unwatchAll() }
    while (!signal.aborted) {
      let pauseMs = settings.discoveryPeriodMs
      wake = new AbortController()
      try {
        await kinds.refresh(signal)
        await this.#follow(kinds.manageable())
      } catch (error) {
        if (signal.aborted) return
        pauseMs = Math.min(1000, pauseMs)
        log.warn('discovery of the control plane failed', { problem: error instanceof Error ? error.message : '' })
      }
      await clock.sleep(pauseMs, AbortSignal.any([signal, wake.signal])).catch(() => undefined)
      if (wake.signal.aborted) await clock.sleep(SETTLE_MS, signal).catch(() => undefined)
    }
  }

  async #follow(refs: readonly Ref[]): Promise<void> {
    const wanted = new Map(
      refs.filter((ref) => this.#scope.allowsResource(ref)).map((ref) => [resourceId(ref), ref] as const),
    )
    for (const [id, ref] of wanted) {
      if (this.#watched.has(id)) continue
      const { informer } = this.#context.templates.of(ref)
      const subscription = informer.subscribe((event) => {
        if (this.#scope.allowsObject(ref, event.object)) this.#listener.onEvent(ref, event)
      })
      this.#watched.set(id, { ref, subscription })
    }
    for (const [id, { ref, subscription }] of this.#watched) {
      if (wanted.has(id)) continue
      subscription[Symbol.dispose]()
      this.#watched.delete(id)
      this.#listener.onDropped(ref)
      await this.#context.templates.drop(ref)
    }
  }

  #unwatchAll(): void {
    for (const { subscription } of this.#watched.values()) subscription[Symbol.dispose]()
    this.#watched.clear()
  }
}
