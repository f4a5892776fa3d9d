import { createMergePatch, toJson } from '@kairship/apimachinery'
import type { Condition, DeepReadonly } from '@kairship/apimachinery'
import { Nodes, Pods } from '@kairship/api/builtin'
import { ClusterConditions, Clusters } from '@kairship/api/karmada'
import type { Cluster, ClusterStatus } from '@kairship/api/karmada'
import { discover } from '@kairship/client'
import type { Runnable } from '@kairship/runtime'
import { type Fact, withCondition } from '../engine/conditions.ts'
import type { EngineContext } from '../engine/context.ts'
import type { Member } from '../members/member.ts'
import type { MemberSession } from '../members/session.ts'
import { enablementFact, enablementsOf } from './enablements.ts'
import { HealthThreshold, probe, readyFact } from './health.ts'
import type { Health } from './health.ts'
import { nodeSummary, resourceSummary } from './resources.ts'

/** Looks after one member: is it healthy, what does it serve, what room has it. */
export function clusterStatusController(context: EngineContext, member: Member): Runnable {
  return {
    name: 'cluster-status',
    async run(signal) {
      const status = new ClusterStatusLoop(context, member)
      while (!signal.aborted) {
        let pauseMs = context.settings.clusterStatusPeriodMs
        try {
          pauseMs = await status.once(signal)
        } catch (error) {
          if (signal.aborted) return
          context.log.warn('the status of a cluster could not be written', { problem: String(error) })
          pauseMs = Math.min(1000, pauseMs)
        }
        await context.clock.sleep(pauseMs, signal).catch(() => undefined)
      }
    },
  }
}

/** Nodes and pods are read once more soon after joining, when their lists have arrived. */
const SUMMARY_SOON_MS = 500

class ClusterStatusLoop {
  readonly #context: EngineContext
  readonly #member: Member
  readonly #threshold: HealthThreshold

  constructor(context: EngineContext, member: Member) {
    this.#context = context
    this.#member = member
    const { clusterFailureThresholdMs: failureMs, clusterSuccessThresholdMs: successMs } = context.settings
    this.#threshold = new HealthThreshold({ failureMs, successMs })
  }

  /** Returns how long to wait before the next look. */
  async once(signal: AbortSignal): Promise<number> {
    const { clock, settings } = this.#context
    const { session, health, problem } = await this.#probe(signal)
    const { cluster } = this.#member
    if (cluster === undefined) return settings.clusterStatusPeriodMs
    const known = cluster.status?.conditions ?? []
    const stored = known.find(({ type }) => type === ClusterConditions.ready)
    const fact = readyFact(health, problem)
    const accepted = this.#threshold.accept(fact, stored, clock.now())
    if (accepted === 'observed' && stored !== undefined && stored.status !== fact.status) this.#tell(fact, problem)
    const conditions = accepted === 'observed' ? withCondition(known, fact, clock.now()) : known
    if (health !== 'ready' || session === undefined) {
      await this.#write(cluster, { ...cluster.status, conditions })
      return settings.clusterStatusPeriodMs
    }
    const details = await this.#details(session, conditions, signal)
    await this.#write(cluster, { ...cluster.status, ...details })
    const complete = !settings.resourceSummaries || this.#summariesReady(session)
    return complete ? settings.clusterStatusPeriodMs : Math.min(SUMMARY_SOON_MS, settings.clusterStatusPeriodMs)
  }

  #tell({ status, reason, message }: Fact, problem: string): void {
    const { log } = this.#context
    const member = this.#member.name
    if (status === 'True') log.info('a member is ready again', { member })
    else log.warn('a member is not ready', { member, reason, message, ...(problem === '' ? {} : { problem }) })
  }

  async #probe(
    signal: AbortSignal,
  ): Promise<{ readonly session?: MemberSession; readonly health: Health; readonly problem: string }> {
    try {
      const session = await this.#member.session()
      const health = await probe(session, this.#context.settings.probeTimeoutMs, signal)
      return { session, health, problem: '' }
    } catch (error) {
      if (signal.aborted) throw error
      return { health: 'no-client', problem: error instanceof Error ? error.message : String(error) }
    }
  }

  async #details(
    session: MemberSession,
    conditions: readonly DeepReadonly<Condition>[],
    signal: AbortSignal,
  ): Promise<DeepReadonly<ClusterStatus>> {
    const { clock, settings } = this.#context
    const discovery = await discover(session.connection, { signal }).catch((error: unknown) => {
      if (signal.aborted) throw error
      return undefined
    })
    const enablements = discovery === undefined ? [] : enablementsOf(discovery)
    const complete = enablementFact(discovery, enablements)
    return {
      conditions: withCondition(conditions, complete, clock.now()),
      ...(discovery === undefined ? {} : { kubernetesVersion: discovery.serverVersion, apiEnablements: enablements }),
      ...(settings.resourceSummaries ? this.#summaries(session) : {}),
    }
  }

  #summariesReady(session: MemberSession): boolean {
    return session.counted.of(Nodes).hasSynced && session.counted.of(Pods).hasSynced
  }

  /** Nothing until nodes and pods are known: a half picture would look like free room. */
  #summaries(session: MemberSession): Pick<ClusterStatus, 'nodeSummary' | 'resourceSummary'> {
    const [nodes, pods] = [session.counted.of(Nodes), session.counted.of(Pods)]
    if (!nodes.hasSynced || !pods.hasSynced) return {}
    return {
      nodeSummary: nodeSummary(nodes.cache.list()),
      resourceSummary: resourceSummary(nodes.cache.list(), pods.cache.list()),
    }
  }

  async #write(cluster: DeepReadonly<Cluster>, status: DeepReadonly<ClusterStatus>): Promise<void> {
    const patch = createMergePatch(toJson({ status: cluster.status ?? {} }), toJson({ status }))
    if (patch === undefined) return
    const { client, stores } = this.#context
    await stores.clusters.write(this.#member.name, () =>
      client.of(Clusters).patch(this.#member.name, 'merge', patch, { subresource: 'status' }),
    )
  }
}
