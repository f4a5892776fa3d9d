export type { PlaneServices } from './contracts.ts'
export { BuiltinStrategies } from './strategies.ts'
export { fieldErrorText, invalidObject } from './invalid.ts'
