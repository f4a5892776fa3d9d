export { CompiledCrds } from './compiled-crds.ts'
export { startCrdController } from './controller.ts'
export type { CrdController, CrdControllerOptions } from './controller.ts'
export { customResourceDefinitions } from './crd-rules.ts'
