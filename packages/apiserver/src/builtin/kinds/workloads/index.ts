import type { KindRules } from '../../contracts.ts'

/** Pods and everything with a pod template: core/v1 Pod, PodTemplate, ReplicationController, apps and batch. */
export const workloadRules: { readonly [key: string]: KindRules | undefined } = {}
