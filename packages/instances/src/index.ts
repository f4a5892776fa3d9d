export type { Desired, Finding, Progress } from './lifecycle/progress.ts'
export type {
  ClusterSimulator,
  InstanceProvider,
  InstanceRequest,
  SimulationProgress,
  SimulationRequest,
} from './provider.ts'
export { type InstanceControllerOptions, instanceController, instanceFinalizer } from './instance-controller.ts'
export {
  type SimulationControllerOptions,
  simulatedClusterFinalizer,
  simulationController,
} from './simulation-controller.ts'
export { JoinError, type JoinErrorCode } from './joining/errors.ts'
export { type JoinOptions, type Joined, joinCluster } from './joining/join.ts'
export type { MemberPlace } from './joining/objects.ts'
export {
  type Left,
  type MemberCredentials,
  type UnjoinOptions,
  releaseMember,
  unjoinCluster,
} from './joining/unjoin.ts'
