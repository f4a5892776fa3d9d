export { etcdBinary, startEtcd, type EtcdOptions, type EtcdServer } from './etcd-server.ts'
export { describeWithEtcd } from './etcd-suite.ts'
