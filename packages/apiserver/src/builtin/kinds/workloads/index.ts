import type { KindRules } from '../../contracts.ts'
import {
  daemonSetRules,
  deploymentRules,
  replicaSetRules,
  replicationControllerRules,
  statefulSetRules,
} from './apps.ts'
import { cronJobRules, jobRules } from './batch.ts'
import { controllerRevisionRules } from './controller-revision.ts'
import { podRules, podTemplateRules } from './pods.ts'

/** Pods and everything with a pod template: core/v1 Pod, PodTemplate, ReplicationController, apps and batch. */
export const workloadRules: { readonly [key: string]: KindRules | undefined } = {
  '/Pod': podRules,
  '/PodTemplate': podTemplateRules,
  '/ReplicationController': replicationControllerRules,
  'apps/Deployment': deploymentRules,
  'apps/ReplicaSet': replicaSetRules,
  'apps/StatefulSet': statefulSetRules,
  'apps/DaemonSet': daemonSetRules,
  'apps/ControllerRevision': controllerRevisionRules,
  'batch/Job': jobRules,
  'batch/CronJob': cronJobRules,
}
