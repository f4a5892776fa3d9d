export { createEngine, type EngineOptions } from './engine/engine.ts'
export { defaultSettings, type EngineSettings } from './engine/settings.ts'
export { httpsTransport, type MemberSecrets, type MemberTransport } from './members/transport.ts'
export { bindingName, clusterOfExecutionNamespace, executionNamespace, workName } from './names/names.ts'
