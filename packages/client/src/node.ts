export { httpConnection, type HttpConnection } from './node/http-connection.ts'
export type { HttpConnectionOptions, TlsOptions, TokenSource } from './node/options.ts'
export {
  connectKubeconfig,
  type KubeconfigConnection,
  type KubeconfigConnectionOptions,
  loadKubeconfig,
  type LoadedKubeconfig,
} from './node/kubeconfig-file.ts'
export { KubeconfigError, type Kubeconfig, type KubeconfigContext, parseKubeconfig } from './kubeconfig/kubeconfig.ts'
