export { createSimulation, type SimulationOptions } from './simulation.ts'
export type { SimulationProfile } from './profile.ts'
