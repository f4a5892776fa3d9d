import type { DeepReadonly, KubeObject } from '@kairship/apimachinery'
import { ApiError, objectKey } from '@kairship/apimachinery'
import { exponentialBackoff } from '@kairship/runtime'
import type { Clock, Logger, Random } from '@kairship/runtime'
import type { ListOptions, ResourceClient } from '../client.ts'
import type { SharedInformer } from './shared-informer.ts'

/** Whether the server streams initial lists; found out once for all informers of a connection. */
export interface Streaming {
  supported: boolean
}

export interface ReflectorOptions<T extends KubeObject> {
  readonly resource: ResourceClient<T>
  readonly selectors: Pick<ListOptions, 'labelSelector' | 'fieldSelector'>
  readonly informer: SharedInformer<T>
  readonly streaming: Streaming
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
}

const pageSize = 2_000
/** A server that ignores `sendInitialEvents` never says that the initial events are over. */
const streamPatienceMs = 10_000
/** A watch that ends sooner without an event is a server in trouble, not one that had enough. */
const shortWatchMs = 1_000

/** Keeps an informer equal to the server: list, watch, and again from where it stopped, for ever. */
export class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>
  readonly #backoff: (attempt: number) => number
  /** Where the next watch continues; `undefined` when the whole state must be read first. */
  #version: string | undefined
  #failures = 0
  #broken = false

  constructor(options: ReflectorOptions<T>) {
    this.#options = options
    this.#backoff = exponentialBackoff({ baseMs: 250, capMs: 30_000, jitter: 0.5, random: options.random })
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options
    while (!signal.aborted) {
      const started = clock.now()
      let waitMs = 0
      try {
        if (this.#version === undefined && !this.#options.streaming.supported) await this.#list(signal)
        const events = await this.#watch(signal)
        if (events === 0 && clock.now() - started < shortWatchMs) waitMs = this.#backoff(this.#failures++)
      } catch (error) {
        if (signal.aborted) return
        waitMs = this.#failed(error)
      }
      if (waitMs > 0) await clock.sleep(waitMs, signal).catch(() => undefined)
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { resource, selectors, informer } = this.#options
    let objects: DeepReadonly<T>[] = []
    let next: string | undefined
    let limit: number | undefined = pageSize
    let version = ''
    do {
      try {
        const page = await resource.list({
          ...selectors,
          ...(limit === undefined ? {} : { limit }),
          ...(next === undefined ? {} : { continue: next }),
          signal,
        })
        objects = next === undefined ? [...page.items] : objects.concat(page.items)
        version = page.resourceVersion
        next = page.continue
        informer.alive()
      } catch (error) {
        // The list changed faster than its pages could be read: once more, in one piece.
        if (next === undefined || !isExpired(error)) throw error
        next = undefined
        limit = undefined
        objects = []
        version = ''
        continue
      }
      if (next === undefined) break
    } while (!signal.aborted)
    if (signal.aborted) return
    informer.replace(objects)
    this.#version = version
    this.#recovered()
  }

  /** One watch from `#version`, or from nothing with the initial events in the stream. Returns the number of events. */
  async #watch(signal: AbortSignal): Promise<number> {
    const { resource, selectors, informer, random } = this.#options
    const version = this.#version
    let initial = version === undefined ? new Map<string, DeepReadonly<T>>() : undefined
    using patience = new Patience(this.#options.clock, signal, initial === undefined ? undefined : streamPatienceMs)
    const stream = resource.watch({
      ...selectors,
      ...(version === undefined
        ? { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' }
        : { resourceVersion: version }),
      allowWatchBookmarks: true,
      timeoutSeconds: Math.floor(300 + random.next() * 300),
      signal: patience.signal,
    })
    let events = 0
    for await (const batch of stream) {
      events += batch.length
      if (initial !== undefined) patience.renew()
      for (const event of batch) {
        if (initial === undefined) informer.apply(event)
        else if (event.type === 'BOOKMARK') {
          if (!event.initialEventsEnd) continue
          informer.replace(initial.values())
          initial = undefined
          patience.satisfied()
        } else if (event.type === 'DELETED') initial.delete(objectKey(event.object))
        else initial.set(objectKey(event.object), event.object)
        if (initial === undefined) this.#version = versionOf(event)
      }
      informer.alive()
      if (initial === undefined) this.#recovered()
    }
    if (initial !== undefined && patience.lost) this.#options.streaming.supported = false
    return events
  }

  /** Decides what a failure means; returns how long to wait. */
  #failed(error: unknown): number {
    const { streaming, informer, log } = this.#options
    if (error instanceof ApiError) {
      if (this.#version === undefined && streaming.supported && (error.code === 422 || error.code === 400)) {
        streaming.supported = false
        return 0
      }
      if (isExpired(error) || isUnavailableVersion(error) || error.code === 404) this.#version = undefined
      if (isExpired(error) && this.#failures === 0) {
        this.#failures = 1
        return 0
      }
    }
    const problem = error instanceof Error ? error : new Error(String(error))
    informer.broken(problem)
    if (!this.#broken) log.warn('an informer lost its server and keeps trying', { problem: problem.message })
    this.#broken = true
    const asked = error instanceof ApiError ? (error.status.details?.retryAfterSeconds ?? 0) * 1000 : 0
    return Math.max(asked, this.#backoff(this.#failures++))
  }

  #recovered(): void {
    this.#failures = 0
    if (this.#broken) this.#options.log.info('an informer has its server back')
    this.#broken = false
  }
}

function versionOf<T extends KubeObject>(event: {
  readonly resourceVersion?: string
  readonly object?: DeepReadonly<T>
}): string | undefined {
  return event.resourceVersion ?? event.object?.metadata.resourceVersion
}

function isExpired(error: unknown): boolean {
  return error instanceof ApiError && error.code === 410
}

/** The server went back in time (restored from a backup): what we have seen will not come again. */
function isUnavailableVersion(error: ApiError): boolean {
  return error.status.details?.causes?.some((cause) => cause.reason === 'ResourceVersionTooLarge') ?? false
}

/** Ends a watch that does not deliver its initial events. */
class Patience implements Disposable {
  readonly #clock: Clock
  readonly #controller = new AbortController()
  readonly #outer: AbortSignal
  readonly #follow: () => void
  readonly #ms: number | undefined
  #timer: Disposable | undefined
  lost = false

  constructor(clock: Clock, outer: AbortSignal, ms: number | undefined) {
    this.#clock = clock
    this.#outer = outer
    this.#ms = ms
    this.#follow = () => this.#controller.abort(outer.reason)
    if (outer.aborted) this.#follow()
    else outer.addEventListener('abort', this.#follow, { once: true })
    this.renew()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  renew(): void {
    this.#timer?.[Symbol.dispose]()
    if (this.#ms === undefined) return
    this.#timer = this.#clock.setTimeout(
      () => {
        this.lost = true
        this.#controller.abort(new Error('the initial events did not end'))
      },
      this.#ms,
      { unref: true },
    )
  }

  satisfied(): void {
    this.#timer?.[Symbol.dispose]()
  }

  [Symbol.dispose](): void {
    this.satisfied()
    this.#outer.removeEventListener('abort', this.#follow)
  }
}
