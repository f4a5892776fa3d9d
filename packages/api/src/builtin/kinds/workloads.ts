import { horizontalPodAutoscalerPrinter, horizontalPodAutoscalerV1Printer } from '../printers/autoscaling.ts'
import * as workloads from '../printers/workloads.ts'
import { disruptionBudgetPrinter } from '../printers/policy.ts'
import { REPLICAS, SCALE, STATUS, type GroupKinds } from './kind.ts'

const apps: GroupKinds = {
  group: 'apps',
  version: 'v1',
  types: 'io.k8s.api.apps.v1',
  kinds: [
    { kind: 'ControllerRevision', resource: 'controllerrevisions', printer: workloads.controllerRevisionPrinter },
    {
      kind: 'DaemonSet',
      resource: 'daemonsets',
      short: ['ds'],
      categories: ['all'],
      generation: true,
      subresources: [STATUS],
      printer: workloads.daemonSetPrinter,
    },
    {
      kind: 'Deployment',
      resource: 'deployments',
      short: ['deploy'],
      categories: ['all'],
      generation: true,
      subresources: [SCALE, STATUS],
      scale: REPLICAS,
      printer: workloads.deploymentPrinter,
    },
    {
      kind: 'ReplicaSet',
      resource: 'replicasets',
      short: ['rs'],
      categories: ['all'],
      generation: true,
      subresources: [SCALE, STATUS],
      scale: REPLICAS,
      printer: workloads.replicaSetPrinter,
    },
    {
      kind: 'StatefulSet',
      resource: 'statefulsets',
      short: ['sts'],
      categories: ['all'],
      generation: true,
      subresources: [SCALE, STATUS],
      scale: REPLICAS,
      printer: workloads.statefulSetPrinter,
    },
  ],
}

const batch: GroupKinds = {
  group: 'batch',
  version: 'v1',
  types: 'io.k8s.api.batch.v1',
  kinds: [
    {
      kind: 'CronJob',
      resource: 'cronjobs',
      short: ['cj'],
      categories: ['all'],
      generation: true,
      subresources: [STATUS],
      printer: workloads.cronJobPrinter,
    },
    {
      kind: 'Job',
      resource: 'jobs',
      categories: ['all'],
      generation: true,
      subresources: [STATUS],
      fields: ['status.successful'],
      fieldPaths: { 'status.successful': 'status.succeeded' },
      printer: workloads.jobPrinter,
    },
  ],
}

const autoscaler = {
  kind: 'HorizontalPodAutoscaler',
  resource: 'horizontalpodautoscalers',
  short: ['hpa'],
  categories: ['all'],
  subresources: [STATUS],
} as const

const autoscalingV2: GroupKinds = {
  group: 'autoscaling',
  version: 'v2',
  types: 'io.k8s.api.autoscaling.v2',
  storageVersion: 'v2',
  kinds: [{ ...autoscaler, printer: horizontalPodAutoscalerPrinter }],
}
const autoscalingV1: GroupKinds = {
  group: 'autoscaling',
  version: 'v1',
  types: 'io.k8s.api.autoscaling.v1',
  storageVersion: 'v2',
  kinds: [{ ...autoscaler, printer: horizontalPodAutoscalerV1Printer }],
}

const policy: GroupKinds = {
  group: 'policy',
  version: 'v1',
  types: 'io.k8s.api.policy.v1',
  kinds: [
    {
      kind: 'PodDisruptionBudget',
      resource: 'poddisruptionbudgets',
      short: ['pdb'],
      generation: true,
      conditionalUpdate: true,
      subresources: [STATUS],
      printer: disruptionBudgetPrinter,
    },
  ],
}

export const workloadGroups: readonly GroupKinds[] = [apps, batch, autoscalingV2, autoscalingV1, policy]
