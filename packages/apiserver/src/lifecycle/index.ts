export { namespaceLifecycle } from './namespace-admission.ts'
export { bootstrapPlane, startLifecycle } from './lifecycle.ts'
export type { LifecycleOptions } from './lifecycle.ts'
