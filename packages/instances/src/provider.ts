import type { Connection, UserInfo } from '@kairship/apimachinery'
import type { ReconcileContext } from '@kairship/controller'
import type { Desired, Progress } from './lifecycle/progress.ts'

/** An instance as its provider sees it. */
export interface InstanceRequest {
  readonly name: string
  readonly uid: string
  readonly desired: Desired
  /** Minor version; the provider's newest when left out. */
  readonly kubernetesVersion?: string
}

/**
 * One way of running instances: in this process, on a Kubernetes cluster, or adopted. Passes `instanceProviderContract`
 * of `@kairship/instances/testing`.
 */
export interface InstanceProvider {
  /** The value of `Instance.spec.provider`. */
  readonly type: string
  /** What users may be offered; capabilities are data so that no UI needs to know providers. */
  readonly supports: { readonly suspend: boolean; readonly upgrade: boolean; readonly backup: boolean }
  /**
   * Moves reality one step towards `instance.desired` and says where it stands. Idempotent, safe at any time and for
   * ever; `gone` only when nothing is left.
   */
  reconcile(instance: InstanceRequest, context: ReconcileContext): Promise<Progress>
  /** The instance's API as `user`; `undefined` while it does not serve. */
  connect(name: string, user: UserInfo): Connection | undefined
}

/** A simulated cluster as asked for. */
export interface SimulationRequest {
  readonly name: string
  readonly uid: string
  readonly desired: Desired
  readonly provider?: string
  readonly region?: string
  readonly zones: readonly string[]
  readonly kubernetesVersion?: string
  readonly nodes: number
  readonly nodeCpu: string
  readonly nodeMemory: string
  readonly podStartMilliseconds: number
}

export interface SimulationProgress extends Progress {
  /** UID of its kube-system namespace. */
  readonly clusterId?: string
}

/** Runs simulated clusters; same rules as `InstanceProvider.reconcile`. */
export interface ClusterSimulator {
  reconcile(cluster: SimulationRequest, context: ReconcileContext): Promise<SimulationProgress>
}
