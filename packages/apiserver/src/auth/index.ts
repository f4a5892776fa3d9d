export type * from './contracts.ts'
export { createPlaneAuth } from './plane-auth.ts'
export { anonymous, systemUser } from './users.ts'
