export type * from './plane.ts'
export type * from './strategy.ts'
export { createPlaneHost } from './host.ts'
