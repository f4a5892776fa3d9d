import type { Condition } from '@kairship/apimachinery'
import { ClusterConditions, ClusterReasons } from '@kairship/api/karmada'
import type { Fact } from '../engine/conditions.ts'
import type { MemberSession } from '../members/session.ts'

/** What one probe found. */
export type Health = 'ready' | 'not-ready' | 'unreachable' | 'no-client'

/** `/readyz`, or `/healthz` where that does not exist. */
export async function probe(session: MemberSession, timeoutMs: number, signal: AbortSignal): Promise<Health> {
  try {
    const readyz = await session.connection.raw('/readyz', { signal, timeoutMs })
    const reply = readyz.status === 404 ? await session.connection.raw('/healthz', { signal, timeoutMs }) : readyz
    return reply.status === 200 ? 'ready' : 'not-ready'
  } catch (error) {
    if (signal.aborted) throw error
    return 'unreachable'
  }
}

export function readyFact(health: Health, problem: string): Fact {
  const type = ClusterConditions.ready
  switch (health) {
    case 'ready':
      return {
        type,
        status: 'True',
        reason: ClusterReasons.ready,
        message: 'cluster is healthy and ready to accept workloads',
      }
    case 'not-ready':
      return {
        type,
        status: 'False',
        reason: ClusterReasons.notReady,
        message: 'cluster is reachable but health endpoint responded without ok',
      }
    case 'unreachable':
      return { type, status: 'False', reason: ClusterReasons.notReachable, message: 'cluster is not reachable' }
    case 'no-client':
      return {
        type,
        status: 'False',
        reason: ClusterReasons.statusCollectionFailed,
        message: `failed to create a client for the cluster: ${problem}`,
      }
  }
}

export interface Thresholds {
  readonly failureMs: number
  readonly successMs: number
}

/**
 * Believes the first observation at once, and a change only after it has been seen without interruption for the
 * threshold; until then the old answer stands.
 */
export class HealthThreshold {
  readonly #thresholds: Thresholds
  #accepted: Fact | undefined
  #pendingSince: number | undefined

  constructor(thresholds: Thresholds) {
    this.#thresholds = thresholds
  }

  /** `stored` is the condition as the cluster has it: what was accepted before a restart. */
  accept(observed: Fact, stored: Pick<Condition, 'status'> | undefined, now: number): 'observed' | 'stored' {
    const current = this.#accepted?.status ?? stored?.status
    if (current === undefined || current === observed.status) {
      this.#pendingSince = undefined
      this.#accepted = observed
      return 'observed'
    }
    this.#pendingSince ??= now
    const { failureMs, successMs } = this.#thresholds
    if (now - this.#pendingSince < (observed.status === 'True' ? successMs : failureMs)) return 'stored'
    this.#pendingSince = undefined
    this.#accepted = observed
    return 'observed'
  }
}
