import type { GoPackage, TypeFact } from './model.ts'

/** API packages whose kinds are published; every struct with TypeMeta in them is a root. */
export const KIND_PACKAGES: readonly string[] = [
  'admission/v1',
  'admissionregistration/v1',
  'apps/v1',
  'authentication/v1',
  'authorization/v1',
  'autoscaling/v1',
  'autoscaling/v2',
  'batch/v1',
  'certificates/v1',
  'coordination/v1',
  'core/v1',
  'discovery/v1',
  'events/v1',
  'flowcontrol/v1',
  'networking/v1',
  'node/v1',
  'policy/v1',
  'rbac/v1',
  'resource/v1',
  'scheduling/v1',
  'storage/v1',
].map((name) => `k8s.io/api/${name}`)

export const META = 'k8s.io/apimachinery/pkg/apis/meta/v1'
export const APIEXTENSIONS = 'k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1'

/** Roots of the meta package: not every struct with TypeMeta there is seen by clients. */
export const META_KINDS: readonly string[] = [
  'APIGroup',
  'APIGroupList',
  'APIResourceList',
  'APIVersions',
  'CreateOptions',
  'DeleteOptions',
  'GetOptions',
  'ListOptions',
  'PartialObjectMetadata',
  'PartialObjectMetadataList',
  'PatchOptions',
  'Status',
  'UpdateOptions',
  'WatchEvent',
]

export const PACKAGES: readonly GoPackage[] = [
  ...KIND_PACKAGES.map((path) => ({ path, prefix: `io.k8s.api.${path.split('/').slice(2).join('.')}` })),
  { path: META, prefix: 'io.k8s.apimachinery.pkg.apis.meta.v1' },
  { path: APIEXTENSIONS, prefix: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1' },
]

const AGGREGATOR = 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1'
const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'
const LIST_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta'
const TYPE_META = { t: 'io.k8s.apimachinery.pkg.apis.meta.v1.TypeMeta' }

/** kube-aggregator is in none of the source packages; APIService is small enough to state here. */
export const APIREGISTRATION: { readonly [openApiName: string]: TypeFact } = {
  [`${AGGREGATOR}.APIService`]: {
    inline: [TYPE_META],
    fields: {
      metadata: { t: OBJECT_META, p: 1, z: 1 },
      spec: { t: `${AGGREGATOR}.APIServiceSpec`, p: 2, z: 1 },
      status: { t: `${AGGREGATOR}.APIServiceStatus`, p: 3, z: 1 },
    },
  },
  [`${AGGREGATOR}.APIServiceList`]: {
    inline: [TYPE_META],
    fields: {
      metadata: { t: LIST_META, p: 1, z: 1 },
      items: { t: `[]${AGGREGATOR}.APIService`, p: 2, r: 1 },
    },
  },
  [`${AGGREGATOR}.APIServiceSpec`]: {
    fields: {
      service: { t: `*${AGGREGATOR}.ServiceReference`, p: 1, z: 1 },
      group: { t: 'string', p: 2, z: 1 },
      version: { t: 'string', p: 3, z: 1 },
      insecureSkipTLSVerify: { t: 'bool', p: 4, z: 1 },
      caBundle: { t: 'bytes', p: 5, z: 1 },
      groupPriorityMinimum: { t: 'int32', p: 7, r: 1 },
      versionPriority: { t: 'int32', p: 8, r: 1 },
    },
  },
  [`${AGGREGATOR}.APIServiceStatus`]: {
    fields: {
      conditions: {
        t: `[]${AGGREGATOR}.APIServiceCondition`,
        p: 1,
        z: 1,
        l: 'map',
        k: ['type'],
        s: 'merge',
        m: 'type',
      },
    },
  },
  [`${AGGREGATOR}.APIServiceCondition`]: {
    fields: {
      type: { t: 'string', p: 1, r: 1 },
      status: { t: 'string', p: 2, r: 1 },
      lastTransitionTime: { t: 'time', p: 3, z: 1 },
      reason: { t: 'string', p: 4, z: 1 },
      message: { t: 'string', p: 5, z: 1 },
    },
  },
  [`${AGGREGATOR}.ServiceReference`]: {
    fields: {
      namespace: { t: 'string', p: 1, z: 1 },
      name: { t: 'string', p: 2, z: 1 },
      port: { t: '*int32', p: 3, z: 1 },
    },
  },
}
