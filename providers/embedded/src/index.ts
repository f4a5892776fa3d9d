export type { HostedKind, HostedPlaneOptions, PlaneHosting } from './hosting.ts'
export { EmbeddedInstances, type EmbeddedInstancesOptions } from './instances/provider.ts'
export { EmbeddedSimulator, type EmbeddedSimulatorOptions } from './simulation/simulator.ts'
