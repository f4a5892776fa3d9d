import type { CronJob, Job } from '@kairship/api/builtin'
import { CronJobs, Jobs } from '@kairship/api/builtin'
import type { DeepReadonly } from '@kairship/apimachinery'
import { formatTime, isReason, parseTime } from '@kairship/apimachinery'
import type { Informer } from '@kairship/client'
import type { Controller, Reconciler } from '@kairship/controller'
import { controller, controllerKey, informerSource, ownKey, TerminalError } from '@kairship/controller'
import { hasEnded, isEnded } from '../job/conditions.ts'
import { problemText } from '../world/errors.ts'
import { controlledBy } from '../world/owners.ts'
import { remove, unlessGone, writeStatus } from '../world/write.ts'
import type { World } from '../world/world.ts'
import { byController } from '../world/world.ts'
import type { Moments } from './schedule.ts'
import { moments } from './schedule.ts'

export function cronJobController(world: World): Controller {
  const cronJobs = world.informers.of(CronJobs)
  return controller<string>({
    name: 'cronjobs',
    sources: [
      informerSource(cronJobs, ownKey),
      informerSource(world.jobs, controllerKey('batch', 'CronJob'), { afterMs: world.profile.settleMs }),
    ],
    reconciler: new CronJobReconciler(world, cronJobs),
    clock: world.clock,
    log: world.log,
    needsLeadership: false,
  })
}

class CronJobReconciler implements Reconciler<string> {
  readonly #world: World
  readonly #cronJobs: Informer<CronJob>

  constructor(world: World, cronJobs: Informer<CronJob>) {
    this.#world = world
    this.#cronJobs = cronJobs
  }

  async reconcile(key: string): Promise<{ readonly requeueAfterMs: number } | void> {
    const cronJob = this.#cronJobs.cache.get(key)
    if (cronJob?.spec === undefined || cronJob.metadata.deletionTimestamp !== undefined) return
    const jobs = [...this.#world.jobs.cache.byIndex(byController, cronJob.metadata.uid ?? '')]
    await this.#forget(cronJob, jobs)
    const times = this.#moments(cronJob)
    const started = cronJob.spec.suspend === true ? undefined : await this.#start(cronJob, jobs, times.due)
    await this.#report(cronJob, jobs, started)
    if (times.next === undefined || cronJob.spec.suspend === true) return
    return { requeueAfterMs: Math.max(1, times.next - this.#world.clock.now()) }
  }

  #moments({ spec, status, metadata }: DeepReadonly<CronJob>): Moments {
    const now = this.#world.clock.now()
    const last = parseTime(status?.lastScheduleTime ?? metadata.creationTimestamp ?? '') ?? now
    const deadline = spec?.startingDeadlineSeconds
    const since = deadline === undefined ? last : Math.max(last, now - deadline * 1000)
    try {
      return moments(spec?.schedule ?? '', spec?.timeZone, since, now)
    } catch (cause) {
      throw new TerminalError(`the schedule ${JSON.stringify(spec?.schedule)} cannot be read: ${problemText(cause)}`)
    }
  }

  /** Creates the job that is due. Its name comes from the time, so that nothing can start it twice. */
  async #start(
    cronJob: DeepReadonly<CronJob>,
    jobs: readonly DeepReadonly<Job>[],
    due: number | undefined,
  ): Promise<DeepReadonly<Job> | undefined> {
    if (due === undefined) return undefined
    const { namespace = '', name = '' } = cronJob.metadata
    const resource = this.#world.client.of(Jobs, namespace)
    const active = jobs.filter((job) => !isEnded(job))
    if (active.length > 0) {
      if (cronJob.spec?.concurrencyPolicy === 'Forbid') return undefined
      if (cronJob.spec?.concurrencyPolicy === 'Replace') {
        await Promise.all(active.map((job) => remove(resource, job, { propagation: 'Background' })))
      }
    }
    const template = cronJob.spec?.jobTemplate
    const jobName = `${name}-${Math.floor(due / 60_000)}`
    const annotations = {
      ...template?.metadata?.annotations,
      'batch.kubernetes.io/cronjob-scheduled-timestamp': formatTime(due),
    }
    try {
      return await resource.create({
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: {
          name: jobName,
          namespace,
          ...(template?.metadata?.labels === undefined ? {} : { labels: template.metadata.labels }),
          annotations,
          ownerReferences: [controlledBy(CronJobs, cronJob)],
        },
        ...(template?.spec === undefined ? {} : { spec: template.spec }),
      })
    } catch (error) {
      if (!isReason(error, 'AlreadyExists')) throw error
      return resource.find(jobName)
    }
  }

  async #report(
    cronJob: DeepReadonly<CronJob>,
    jobs: readonly DeepReadonly<Job>[],
    started: DeepReadonly<Job> | undefined,
  ): Promise<void> {
    const all =
      started === undefined ? jobs : [...jobs.filter((job) => job.metadata.uid !== started.metadata.uid), started]
    const active = all.filter((job) => !isEnded(job) && job.metadata.deletionTimestamp === undefined)
    const ends = jobs.filter((job) => hasEnded(job, 'Complete')).map((job) => job.status?.completionTime ?? '')
    const lastSuccessfulTime = latest([...ends, cronJob.status?.lastSuccessfulTime])
    const scheduled = started?.metadata.annotations?.['batch.kubernetes.io/cronjob-scheduled-timestamp']
    const lastScheduleTime = latest([cronJob.status?.lastScheduleTime, scheduled])
    const status = {
      ...(active.length === 0 ? {} : { active: active.map(reference) }),
      ...(lastScheduleTime === undefined ? {} : { lastScheduleTime }),
      ...(lastSuccessfulTime === undefined ? {} : { lastSuccessfulTime }),
    }
    const resource = this.#world.client.of(CronJobs, cronJob.metadata.namespace)
    await unlessGone(writeStatus(resource, cronJob, status))
  }

  /** Removes the oldest finished jobs beyond what is to be kept. */
  async #forget(cronJob: DeepReadonly<CronJob>, jobs: readonly DeepReadonly<Job>[]): Promise<void> {
    const resource = this.#world.client.of(Jobs, cronJob.metadata.namespace)
    const limits = {
      Complete: cronJob.spec?.successfulJobsHistoryLimit ?? 3,
      Failed: cronJob.spec?.failedJobsHistoryLimit ?? 1,
    }
    const surplus = (['Complete', 'Failed'] as const).flatMap((how) =>
      jobs
        .filter((job) => hasEnded(job, how) && job.metadata.deletionTimestamp === undefined)
        .toSorted((a, b) => ((a.status?.startTime ?? '') < (b.status?.startTime ?? '') ? 1 : -1))
        .slice(limits[how]),
    )
    await Promise.all(surplus.map((job) => remove(resource, job, { propagation: 'Background' })))
  }
}

function latest(times: readonly (string | undefined)[]): string | undefined {
  // RFC 3339 in UTC sorts as text.
  const last = times.filter((time) => time !== undefined).reduce((last, time) => (time > last ? time : last), '')
  return last === '' ? undefined : last
}

function reference(job: DeepReadonly<Job>): { [key: string]: string } {
  const { name = '', namespace = '', uid = '', resourceVersion = '' } = job.metadata
  return { apiVersion: 'batch/v1', kind: 'Job', name, namespace, uid, resourceVersion }
}
