import { type DeepReadonly, formatAge, formatAgeOf } from '@kairship/apimachinery'
import type { Column, Printer } from '../../definition.ts'
import type {
  ControllerRevision,
  CronJob,
  DaemonSet,
  Deployment,
  Job,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
} from '../generated/types.gen.ts'
import {
  AGE,
  age,
  containerCells,
  formatLabels,
  formatSelector,
  integer,
  NAME,
  nameOf,
  printer,
  selectorString,
  text,
  wide,
} from '../../printing/cells.ts'

const TEMPLATE: readonly Column[] = [wide('Containers'), wide('Images'), wide('Selector')]

export const deploymentPrinter: Printer = printer<Deployment>(
  [NAME, text('Ready'), text('Up-to-date'), text('Available'), AGE, ...TEMPLATE],
  (object, now) => [
    nameOf(object),
    `${object.status?.readyReplicas ?? 0}/${object.spec?.replicas ?? 0}`,
    object.status?.updatedReplicas ?? 0,
    object.status?.availableReplicas ?? 0,
    age(object, now),
    ...containerCells(object.spec?.template.spec?.containers),
    selectorString(object.spec?.selector),
  ],
)

const REPLICAS: readonly Column[] = [NAME, integer('Desired'), integer('Current'), integer('Ready'), AGE, ...TEMPLATE]

export const replicaSetPrinter: Printer = printer<ReplicaSet>(REPLICAS, (object, now) => [
  nameOf(object),
  object.spec?.replicas ?? 0,
  object.status?.replicas ?? 0,
  object.status?.readyReplicas ?? 0,
  age(object, now),
  ...containerCells(object.spec?.template?.spec?.containers),
  formatSelector(object.spec?.selector),
])

export const replicationControllerPrinter: Printer = printer<ReplicationController>(REPLICAS, (object, now) => [
  nameOf(object),
  object.spec?.replicas ?? 0,
  object.status?.replicas ?? 0,
  object.status?.readyReplicas ?? 0,
  age(object, now),
  ...containerCells(object.spec?.template?.spec?.containers),
  formatLabels(object.spec?.selector),
])

export const statefulSetPrinter: Printer = printer<StatefulSet>(
  [NAME, text('Ready'), AGE, wide('Containers'), wide('Images')],
  (object, now) => [
    nameOf(object),
    `${object.status?.readyReplicas ?? 0}/${object.spec?.replicas ?? 0}`,
    age(object, now),
    ...containerCells(object.spec?.template.spec?.containers),
  ],
)

export const daemonSetPrinter: Printer = printer<DaemonSet>(
  [
    NAME,
    integer('Desired'),
    integer('Current'),
    integer('Ready'),
    integer('Up-to-date'),
    integer('Available'),
    text('Node Selector'),
    AGE,
    ...TEMPLATE,
  ],
  (object, now) => [
    nameOf(object),
    object.status?.desiredNumberScheduled ?? 0,
    object.status?.currentNumberScheduled ?? 0,
    object.status?.numberReady ?? 0,
    object.status?.updatedNumberScheduled ?? 0,
    object.status?.numberAvailable ?? 0,
    formatLabels(object.spec?.template.spec?.nodeSelector),
    age(object, now),
    ...containerCells(object.spec?.template.spec?.containers),
    formatSelector(object.spec?.selector),
  ],
)

export const jobPrinter: Printer = printer<Job>(
  [NAME, text('Status'), text('Completions'), text('Duration'), AGE, ...TEMPLATE],
  (object, now) => [
    nameOf(object),
    jobStatus(object),
    jobCompletions(object),
    jobDuration(object, now),
    age(object, now),
    ...containerCells(object.spec?.template.spec?.containers),
    formatSelector(object.spec?.selector),
  ],
)

const JOB_END: readonly (readonly [condition: string, status: string])[] = [
  ['Complete', 'Complete'],
  ['Failed', 'Failed'],
]
const JOB_STATE: readonly (readonly [condition: string, status: string])[] = [
  ['Suspended', 'Suspended'],
  ['FailureTarget', 'FailureTarget'],
  ['SuccessCriteriaMet', 'SuccessCriteriaMet'],
]

function jobStatus(job: DeepReadonly<Job>): string {
  const holds = ([type]: readonly [string, string]): boolean =>
    job.status?.conditions?.some((it) => it.type === type && it.status === 'True') ?? false
  const end = JOB_END.find(holds)
  if (end !== undefined) return end[1]
  if (job.metadata.deletionTimestamp !== undefined) return 'Terminating'
  return JOB_STATE.find(holds)?.[1] ?? 'Running'
}

function jobCompletions(job: DeepReadonly<Job>): string {
  const succeeded = job.status?.succeeded ?? 0
  if (job.spec?.completions !== undefined) return `${succeeded}/${job.spec.completions}`
  const parallelism = job.spec?.parallelism ?? 0
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`
}

function jobDuration(job: DeepReadonly<Job>, now: number): string {
  if (job.status?.startTime === undefined) return ''
  const end = job.status.completionTime === undefined ? now : Date.parse(job.status.completionTime)
  return formatAge(end - Date.parse(job.status.startTime))
}

export const cronJobPrinter: Printer = printer<CronJob>(
  [
    NAME,
    text('Schedule'),
    text('Timezone'),
    { name: 'Suspend', type: 'boolean' },
    integer('Active'),
    text('Last Schedule'),
    AGE,
    ...TEMPLATE,
  ],
  (object, now) => [
    nameOf(object),
    object.spec?.schedule ?? '',
    object.spec?.timeZone ?? '<none>',
    object.spec?.suspend === undefined ? '<unset>' : object.spec.suspend ? 'True' : 'False',
    object.status?.active?.length ?? 0,
    object.status?.lastScheduleTime === undefined ? '<none>' : formatAgeOf(object.status.lastScheduleTime, now),
    age(object, now),
    ...containerCells(object.spec?.jobTemplate.spec?.template.spec?.containers),
    formatSelector(object.spec?.jobTemplate.spec?.selector),
  ],
)

export const controllerRevisionPrinter: Printer = printer<ControllerRevision>(
  [NAME, text('Controller'), text('Revision'), AGE],
  (object, now) => {
    const owner = object.metadata.ownerReferences?.find((reference) => reference.controller === true)
    return [nameOf(object), owner === undefined ? '<none>' : ownerText(owner), object.revision, age(object, now)]
  },
)

function ownerText(owner: { readonly apiVersion: string; readonly kind: string; readonly name: string }): string {
  const slash = owner.apiVersion.indexOf('/')
  const kind = slash < 0 ? owner.kind : `${owner.kind}.${owner.apiVersion.slice(0, slash)}`
  return `${kind.toLowerCase()}/${owner.name}`
}
