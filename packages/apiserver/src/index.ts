export type * from './plane.ts'
