export {
  createEtcdEngine,
  openEtcdStore,
  type EtcdEngine,
  type EtcdEngineOptions,
  type EtcdOpenOptions,
} from './etcd-engine.ts'
export type { TlsOptions } from './connection/connection.ts'
