import type { KindRules } from '../contracts.ts'
import { certificateRules } from './access/certificates.ts'
import { rbacRules } from './access/rbac.ts'
import { reviewRules } from './access/reviews.ts'
import { crdRules } from './apiextensions/crd.ts'
import { autoscalingRules } from './autoscaling/index.ts'
import { configMapRules, secretRules, serviceAccountRules } from './core/config.ts'
import { namespaceRules } from './core/namespace.ts'
import { podSubresources } from './core/pod-subresources.ts'
import { serviceRules } from './core/service.ts'
import { extensionRules } from './extension/index.ts'
import { networkingRules } from './networking/index.ts'
import { policyRules } from './policy/index.ts'
import { storageRules } from './storage/index.ts'
import { systemRules } from './system/index.ts'
import { workloadRules } from './workloads/index.ts'

/** The rules of a built-in kind; `undefined` when it needs none beyond its schema and metadata. */
export function kindRules(group: string, version: string, kind: string): KindRules | undefined {
  return table[`${group}/${version}/${kind}`] ?? table[`${group}/${kind}`]
}

const table: { readonly [key: string]: KindRules | undefined } = {
  ...workloadRules,
  ...rbacRules,
  ...reviewRules,
  ...certificateRules,
  ...networkingRules,
  ...storageRules,
  ...policyRules,
  ...systemRules,
  ...autoscalingRules,
  ...extensionRules,
  'apiextensions.k8s.io/CustomResourceDefinition': crdRules,
  '/Namespace': namespaceRules,
  '/ConfigMap': configMapRules,
  '/Secret': secretRules,
  '/Service': serviceRules,
  '/ServiceAccount': serviceAccountRules,
  '/Pod': { ...workloadRules['/Pod'], ...podSubresources },
}
