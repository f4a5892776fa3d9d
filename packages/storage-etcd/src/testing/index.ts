export { etcdBinary, startEtcd, startEtcdCluster, type EtcdOptions, type EtcdServer } from './etcd-server.ts'
export { describeWithEtcd } from './etcd-suite.ts'
export { startEtcdProxy, type EtcdProxy } from './etcd-proxy.ts'
