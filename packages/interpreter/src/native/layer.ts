import { formatApiVersion } from '@kairship/apimachinery'
import type { GroupVersionKind } from '@kairship/apimachinery'
import { fieldsAt } from '../fields.ts'
import type { InterpreterLayer } from '../interpretations.ts'
import type { NativeRules } from './rules.ts'
import { daemonSet } from './kinds/daemonset.ts'
import { deployment } from './kinds/deployment.ts'
import { horizontalPodAutoscaler } from './kinds/horizontalpodautoscaler.ts'
import { ingress } from './kinds/ingress.ts'
import { cronJob, job } from './kinds/job.ts'
import { pod } from './kinds/pod.ts'
import { podDisruptionBudget } from './kinds/poddisruptionbudget.ts'
import { replicaSet } from './kinds/replicaset.ts'
import { secret } from './kinds/secret.ts'
import { service } from './kinds/service.ts'
import { serviceAccount } from './kinds/serviceaccount.ts'
import { serviceImport } from './kinds/serviceimport.ts'
import { statefulSet } from './kinds/statefulset.ts'
import { persistentVolume, persistentVolumeClaim } from './kinds/volumes.ts'

const table: { readonly [kind: string]: NativeRules } = {
  'apps/v1/Deployment': deployment,
  'apps/v1/ReplicaSet': replicaSet,
  'apps/v1/StatefulSet': statefulSet,
  'apps/v1/DaemonSet': daemonSet,
  'batch/v1/Job': job,
  'batch/v1/CronJob': cronJob,
  'v1/Pod': pod,
  'v1/Service': service,
  'networking.k8s.io/v1/Ingress': ingress,
  'v1/PersistentVolumeClaim': persistentVolumeClaim,
  'v1/PersistentVolume': persistentVolume,
  'v1/ServiceAccount': serviceAccount,
  'v1/Secret': secret,
  'policy/v1/PodDisruptionBudget': podDisruptionBudget,
  'autoscaling/v2/HorizontalPodAutoscaler': horizontalPodAutoscaler,
  'multicluster.x-k8s.io/v1alpha1/ServiceImport': serviceImport,
}

/** Every kind reports at least its whole status. */
const fallback: NativeRules = { reflectStatus: ({ object }) => fieldsAt(object, 'status') }

function rulesOf(kind: GroupVersionKind): NativeRules {
  return table[`${formatApiVersion(kind.group, kind.version)}/${kind.kind}`] ?? fallback
}

/** The rules for Kubernetes' own kinds. Synchronous and pure. */
export function nativeLayer(): InterpreterLayer {
  return {
    name: 'native',
    supports: (kind, operation) => operation === 'reflectStatus' || rulesOf(kind)[operation] !== undefined,
    run: (kind, operation, input) => {
      const rule = rulesOf(kind)[operation] ?? fallback[operation]
      if (rule === undefined) throw new Error(`no native rule for ${operation} of ${kind.kind}`)
      return rule(input)
    },
  }
}
