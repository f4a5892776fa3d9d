export type * from './contracts.ts'
export { workQueue, type WorkQueueOptions } from './queue/work-queue.ts'
export { Blocked, controller, TerminalError, type ControllerOptions, type Outcome } from './controller.ts'
export {
  controllerKey,
  informerSource,
  lowPriority,
  ownKey,
  pushSource,
  type InformerSourceOptions,
  type PushSource,
} from './sources.ts'
export { committer, type CommitterOptions } from './committer.ts'
export { stepwise, type StepwiseOptions } from './stepwise.ts'
export { leaderElection, type LeaderElection, type LeaderElectionOptions } from './leader-election.ts'
export { manager, type ManagerOptions } from './manager.ts'
export { Latest } from './latest.ts'
export { Lull, Reports, type LullOptions } from './lull.ts'
