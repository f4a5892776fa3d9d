export * from './types.ts'
export { kairshipCrds } from './crds.ts'
