import type { DeepReadonly, ObjectMeta } from '@kairship/apimachinery'
import { isReason, resourceRef } from '@kairship/apimachinery'
import type { Client, ResourceClient } from '@kairship/client'
import type { Clock, Logger, Random } from '@kairship/runtime'

type Lease = {
  apiVersion?: string
  kind?: string
  metadata: ObjectMeta
  spec?: {
    holderIdentity?: string
    leaseDurationSeconds?: number
    acquireTime?: string
    renewTime?: string
    leaseTransitions?: number
  }
}

const leases = resourceRef<Lease>({
  group: 'coordination.k8s.io',
  version: 'v1',
  resource: 'leases',
  kind: 'Lease',
  namespaced: true,
})

export interface LeaderElectionOptions {
  readonly client: Client
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly namespace: string
  readonly name: string
  /** Unique per process. */
  readonly identity: string
  /** How long others wait for a holder that went silent. Default 15 s. */
  readonly leaseDurationMs?: number
  /** How long the holder goes on without being able to renew. Default 10 s; must be below the duration. */
  readonly renewDeadlineMs?: number
  /** Default 2 s. */
  readonly retryPeriodMs?: number
}

/** Runs something in at most one of many processes at a time. */
export interface LeaderElection {
  readonly identity: string
  /** Waits to be the leader, then runs `task`, whose signal aborts when the lead is lost; campaigns again until `signal` aborts. */
  lead(signal: AbortSignal, task: (signal: AbortSignal) => Promise<void>): Promise<void>
}

/** Leader election over a Lease, compatible with client-go's: both can compete for the same one. */
export function leaderElection(options: LeaderElectionOptions): LeaderElection {
  return new LeaseElection(options)
}

class LeaseElection implements LeaderElection {
  readonly identity: string
  readonly #options: LeaderElectionOptions
  readonly #resource: ResourceClient<Lease>
  readonly #durationMs: number
  readonly #deadlineMs: number
  readonly #retryMs: number
  /** The last record seen and when *we* saw it change: clocks of different machines are never compared. */
  #seen: { readonly record: string; readonly at: number } | undefined

  constructor(options: LeaderElectionOptions) {
    this.identity = options.identity
    this.#options = options
    this.#resource = options.client.of(leases, options.namespace)
    this.#durationMs = options.leaseDurationMs ?? 15_000
    this.#deadlineMs = options.renewDeadlineMs ?? 10_000
    this.#retryMs = options.retryPeriodMs ?? 2_000
    if (this.#deadlineMs >= this.#durationMs) throw new TypeError('the renew deadline must be below the lease duration')
  }

  async lead(signal: AbortSignal, task: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { log, clock, random, name } = this.#options
    while (!signal.aborted) {
      if (!(await this.#try(signal))) {
        // Spread out, so that candidates do not all ask at the same moment.
        await clock.sleep(this.#retryMs * (1 + 0.2 * random.next()), signal).catch(() => undefined)
        continue
      }
      log.info('became leader', { lease: name, identity: this.identity })
      const lost = new AbortController()
      const stop = (): void => lost.abort(signal.reason)
      signal.addEventListener('abort', stop, { once: true })
      const renewing = this.#renew(signal, lost)
      try {
        await task(lost.signal)
      } catch (error) {
        if (!lost.signal.aborted) throw error
      } finally {
        signal.removeEventListener('abort', stop)
        lost.abort(new DOMException('the lead was given back', 'AbortError'))
        await renewing
        await this.#release()
      }
    }
  }

  /** Renews until the lead is lost or given back. */
  async #renew(signal: AbortSignal, lost: AbortController): Promise<void> {
    const { clock, log, name } = this.#options
    let renewed = clock.now()
    while (!lost.signal.aborted && !signal.aborted) {
      await clock.sleep(this.#retryMs, lost.signal).catch(() => undefined)
      if (lost.signal.aborted) return
      const left = this.#deadlineMs - (clock.now() - renewed)
      const attempt = new AbortController()
      const stop = (): void => attempt.abort(lost.signal.reason)
      lost.signal.addEventListener('abort', stop, { once: true })
      // A server that hangs must not keep a leader in office.
      const deadline = clock.setTimeout(() => attempt.abort(new Error('renewing took too long')), Math.max(0, left))
      const held = await this.#try(attempt.signal)
      deadline[Symbol.dispose]()
      lost.signal.removeEventListener('abort', stop)
      if (held) renewed = clock.now()
      else if (clock.now() - renewed >= this.#deadlineMs || this.#heldByOther()) {
        log.warn('lost the lead', { lease: name, identity: this.identity })
        lost.abort(new DOMException('the lead was lost', 'AbortError'))
      }
    }
  }

  #holder = ''
  #heldByOther(): boolean {
    return this.#holder !== '' && this.#holder !== this.identity
  }

  /** One attempt to get or keep the lease; never throws. */
  async #try(signal: AbortSignal): Promise<boolean> {
    const { clock, log, name } = this.#options
    try {
      const current = await this.#resource.find(name, { signal })
      const now = clock.now()
      if (current === undefined) {
        await this.#resource.create(this.#record(now, undefined), { signal })
        this.#holder = this.identity
        return true
      }
      const holder = current.spec?.holderIdentity ?? ''
      this.#holder = holder
      this.#observe(current, now)
      const expired = now - (this.#seen?.at ?? now) >= this.#durationMs
      if (holder !== '' && holder !== this.identity && !expired) return false
      const written = await this.#resource.update(this.#record(now, current), { signal })
      this.#holder = this.identity
      this.#observe(written, now)
      return true
    } catch (error) {
      if (signal.aborted || isReason(error, 'Conflict') || isReason(error, 'AlreadyExists')) return false
      log.debug('could not get the lease', {
        lease: name,
        problem: error instanceof Error ? error.message : String(error),
      })
      return false
    }
  }

  #observe(lease: DeepReadonly<Lease>, now: number): void {
    const record = JSON.stringify([lease.spec?.holderIdentity, lease.spec?.renewTime, lease.metadata.resourceVersion])
    if (this.#seen?.record !== record) this.#seen = { record, at: now }
  }

  #record(now: number, current: DeepReadonly<Lease> | undefined): DeepReadonly<Lease> {
    const time = microTime(now)
    const kept = current?.spec?.holderIdentity === this.identity ? current.spec : undefined
    const transitions = current?.spec?.leaseTransitions ?? 0
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: current?.metadata ?? { name: this.#options.name, namespace: this.#options.namespace },
      spec: {
        holderIdentity: this.identity,
        leaseDurationSeconds: Math.ceil(this.#durationMs / 1000),
        acquireTime: kept?.acquireTime ?? time,
        renewTime: time,
        leaseTransitions: current === undefined ? 0 : kept === undefined ? transitions + 1 : transitions,
      },
    }
  }

  /** Lets the next candidate in at once instead of after the lease's duration. */
  async #release(): Promise<void> {
    const { clock, name } = this.#options
    const deadline = new AbortController()
    using _timer = clock.setTimeout(() => deadline.abort(new Error('releasing took too long')), this.#retryMs)
    const { signal } = deadline
    try {
      const current = await this.#resource.find(name, { signal })
      if (current?.spec?.holderIdentity !== this.identity) return
      const time = microTime(clock.now())
      // A lease without a holder leaves the field out; an empty one is invalid.
      const { holderIdentity: _holder, ...rest } = current.spec
      const spec = { ...rest, leaseDurationSeconds: 1, renewTime: time, acquireTime: time }
      await this.#resource.update({ ...current, spec }, { signal })
    } catch {
      // The lease simply runs out.
    }
  }
}

/** metav1.MicroTime. */
function microTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -1)}000Z`
}
