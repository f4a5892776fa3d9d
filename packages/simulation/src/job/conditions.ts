import type { Job, JobCondition, JobStatus } from '@kairship/api/builtin'
import type { DeepReadonly } from '@kairship/apimachinery'

export interface Ending {
  readonly type: 'Complete' | 'Failed'
  readonly reason: string
  readonly message: string
}

export function isEnded(job: DeepReadonly<Job>): boolean {
  return hasEnded(job, 'Complete') || hasEnded(job, 'Failed')
}

export function hasEnded(job: DeepReadonly<Job>, how: Ending['type']): boolean {
  return job.status?.conditions?.some(({ type, status }) => type === how && status === 'True') ?? false
}

/** The condition that says it will end, and the one that says it did: clients wait for either. */
export function endConditions(job: DeepReadonly<Job>, ending: Ending, time: string): DeepReadonly<JobStatus> {
  const condition = (type: string): JobCondition => ({
    type,
    status: 'True',
    lastProbeTime: time,
    lastTransitionTime: time,
    reason: ending.reason,
    message: ending.message,
  })
  const target = ending.type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget'
  const conditions = [...(job.status?.conditions ?? []), condition(target), condition(ending.type)]
  return ending.type === 'Complete' ? { conditions, completionTime: time } : { conditions }
}

export function suspendConditions(job: DeepReadonly<Job>, time: string): DeepReadonly<JobStatus> {
  const known = job.status?.conditions?.find(({ type }) => type === 'Suspended')
  const suspended = job.spec?.suspend === true
  if (known === undefined && !suspended) return {}
  const status = suspended ? 'True' : 'False'
  if (known?.status === status) return {}
  const condition: JobCondition = {
    type: 'Suspended',
    status,
    lastProbeTime: time,
    lastTransitionTime: time,
    reason: suspended ? 'JobSuspended' : 'JobResumed',
    message: suspended ? 'Job suspended' : 'Job resumed',
  }
  return { conditions: [...(job.status?.conditions ?? []).filter(({ type }) => type !== 'Suspended'), condition] }
}
