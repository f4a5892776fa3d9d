import type { Job, JobStatus, Pod } from '@kairship/api/builtin'
import { Jobs, Pods } from '@kairship/api/builtin'
import type { DeepReadonly } from '@kairship/apimachinery'
import { parseTime } from '@kairship/apimachinery'
import type { Controller, Reconciler } from '@kairship/controller'
import { controller, controllerKey, informerSource, ownKey } from '@kairship/controller'
import { isActive, isReady } from '../pods/facts.ts'
import { createPod } from '../pods/new-pod.ts'
import { controlledBy } from '../world/owners.ts'
import { remove, unlessGone, writeStatus } from '../world/write.ts'
import type { World } from '../world/world.ts'
import type { Ending } from './conditions.ts'
import { endConditions, isEnded, suspendConditions } from './conditions.ts'
import { formatIndexes, indexAnnotation, indexOf, nextIndexes } from './indexes.ts'

export function jobController(world: World): Controller {
  return controller<string>({
    name: 'jobs',
    sources: [
      informerSource(world.jobs, ownKey),
      informerSource(world.pods, controllerKey('batch', 'Job'), { afterMs: world.profile.settleMs }),
    ],
    reconciler: new JobReconciler(world),
    concurrency: 16,
    clock: world.clock,
    log: world.log,
    needsLeadership: false,
  })
}

interface Counts {
  readonly active: readonly DeepReadonly<Pod>[]
  readonly succeeded: number
  readonly failed: number
  /** Of an indexed job: the indexes that succeeded. */
  readonly done: ReadonlySet<number>
}

class JobReconciler implements Reconciler<string> {
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  async reconcile(key: string): Promise<{ readonly requeueAfterMs: number } | void> {
    const { jobs, expected } = this.#world
    const job = jobs.cache.get(key)
    if (job?.spec === undefined || job.metadata.deletionTimestamp !== undefined) return
    if (isEnded(job)) return this.#expire(job)
    if (expected.pending(job.metadata.uid ?? '') > 0) return
    const counts = this.#count(job)
    const ending = this.#ending(job, counts)
    if (ending !== undefined || job.spec.suspend === true) {
      await this.#stopPods(job, counts.active)
    } else {
      await this.#createPods(job, counts)
      if (expected.pending(job.metadata.uid ?? '') > 0) return
    }
    await this.#report(job, counts, ending)
    if (ending !== undefined || job.spec.activeDeadlineSeconds === undefined) return
    return { requeueAfterMs: Math.max(1, this.#deadline(job) - this.#world.clock.now()) }
  }

  #count(job: DeepReadonly<Job>): Counts {
    const pods = this.#world.podsOf(job)
    const succeeded = pods.filter((pod) => pod.status?.phase === 'Succeeded')
    const failed = pods.filter((pod) => pod.status?.phase === 'Failed')
    const done = new Set(succeeded.map(indexOf).filter((index) => index !== undefined))
    const indexed = job.spec?.completionMode === 'Indexed'
    return {
      active: pods.filter(isActive),
      // Pods that ended may have been cleaned up since they were counted.
      succeeded: indexed ? done.size : Math.max(succeeded.length, job.status?.succeeded ?? 0),
      failed: Math.max(failed.length, job.status?.failed ?? 0),
      done,
    }
  }

  #ending(job: DeepReadonly<Job>, counts: Counts): Ending | undefined {
    const { completions, backoffLimit = 6, activeDeadlineSeconds } = job.spec ?? {}
    if (counts.failed > backoffLimit) {
      return { type: 'Failed', reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' }
    }
    if (activeDeadlineSeconds !== undefined && this.#world.clock.now() >= this.#deadline(job)) {
      const message = 'Job was active longer than specified deadline'
      return { type: 'Failed', reason: 'DeadlineExceeded', message }
    }
    const enough =
      completions === undefined ? counts.succeeded > 0 && counts.active.length === 0 : counts.succeeded >= completions
    if (!enough) return undefined
    const message = 'Reached expected number of succeeded pods'
    return { type: 'Complete', reason: 'CompletionsReached', message }
  }

  #deadline(job: DeepReadonly<Job>): number {
    const start = parseTime(job.status?.startTime ?? job.metadata.creationTimestamp ?? '') ?? this.#world.clock.now()
    return start + (job.spec?.activeDeadlineSeconds ?? 0) * 1000
  }

  async #createPods(job: DeepReadonly<Job>, counts: Counts): Promise<void> {
    const { parallelism = 1, completions, completionMode, template } = job.spec ?? {}
    if (template === undefined) return
    const left = completions === undefined ? (counts.succeeded > 0 ? 0 : parallelism) : completions - counts.succeeded
    const missing = Math.min(parallelism, left) - counts.active.length
    if (missing < 0) return this.#stopPods(job, counts.active.slice(missing))
    const taken = new Set([...counts.done, ...counts.active.map(indexOf)])
    const indexes =
      completionMode === 'Indexed'
        ? nextIndexes(completions ?? 0, taken, missing)
        : Array.from({ length: missing }, () => undefined)
    await Promise.all(indexes.map((index) => this.#createPod(job, index)))
  }

  async #createPod(job: DeepReadonly<Job>, index: number | undefined): Promise<void> {
    const { namespace = '', name = '', uid = '' } = job.metadata
    await createPod(this.#world, {
      namespace,
      owner: controlledBy(Jobs, job),
      template: job.spec?.template ?? {},
      name: { prefix: index === undefined ? `${name}-` : `${name}-${index}-` },
      labels: {
        'batch.kubernetes.io/controller-uid': uid,
        'batch.kubernetes.io/job-name': name,
        'controller-uid': uid,
        'job-name': name,
        ...(index === undefined ? {} : { [indexAnnotation]: String(index) }),
      },
      ...(index === undefined ? {} : { annotations: { [indexAnnotation]: String(index) } }),
    })
  }

  async #stopPods(job: DeepReadonly<Job>, pods: readonly DeepReadonly<Pod>[]): Promise<void> {
    const resource = this.#world.client.of(Pods, job.metadata.namespace)
    await Promise.all(pods.map((pod) => remove(resource, pod)))
  }

  async #report(job: DeepReadonly<Job>, counts: Counts, ending: Ending | undefined): Promise<void> {
    const { client } = this.#world
    const time = this.#world.time()
    const suspended = job.spec?.suspend === true
    const running = ending === undefined && !suspended ? counts.active : []
    const indexed = job.spec?.completionMode === 'Indexed'
    const { completionTime: _ended, startTime, ...before } = job.status ?? {}
    const status: DeepReadonly<JobStatus> = {
      ...(before.conditions === undefined ? {} : { conditions: before.conditions }),
      ...(suspended ? {} : { startTime: startTime ?? time }),
      ...(running.length > 0 ? { active: running.length } : {}),
      ...(counts.succeeded > 0 ? { succeeded: counts.succeeded } : {}),
      ...(counts.failed > 0 ? { failed: counts.failed } : {}),
      ...(indexed && counts.done.size > 0 ? { completedIndexes: formatIndexes(counts.done) } : {}),
      terminating: 0,
      ready: running.filter(isReady).length,
      uncountedTerminatedPods: {},
      ...(ending === undefined ? suspendConditions(job, time) : endConditions(job, ending, time)),
    }
    await unlessGone(writeStatus(client.of(Jobs, job.metadata.namespace), job, status))
  }

  /** Removes a job whose time to live after its end is over. */
  async #expire(job: DeepReadonly<Job>): Promise<{ readonly requeueAfterMs: number } | void> {
    const ttl = job.spec?.ttlSecondsAfterFinished
    if (ttl === undefined) return
    const { clock, client } = this.#world
    const end = job.status?.conditions?.find(({ type }) => type === 'Complete' || type === 'Failed')
    const since = parseTime(job.status?.completionTime ?? end?.lastTransitionTime ?? '') ?? clock.now()
    const left = since + ttl * 1000 - clock.now()
    if (left > 0) return { requeueAfterMs: left }
    await remove(client.of(Jobs, job.metadata.namespace), job, { propagation: 'Background' })
  }
}
