export type * from './definition.ts'
export type * from './admission.ts'
