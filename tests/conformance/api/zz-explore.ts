import { startWorld } from './support.ts'
import { deployment } from './objects.ts'
const world = await startWorld()
const core = await world.namespace('test')
const pod = { containers: [{ name: 'c', image: 'i' }] }
const show = async (path: string, body: any) => {
  const a = await world.call('POST', path, { body })
  const o = structuredClone(a.json) as any
  if (o.metadata) {
    delete o.metadata.managedFields
    delete o.metadata.uid
    delete o.metadata.resourceVersion
    delete o.metadata.creationTimestamp
  }
  console.log(a.code, JSON.stringify(o))
}
const g = (gv: string, r: string) => `/apis/${gv}/namespaces/test/${r}`
await show(g('apps/v1', 'deployments'), deployment('d'))
await show(g('apps/v1', 'statefulsets'), {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 's' },
  spec: {
    selector: { matchLabels: { a: 'b' } },
    serviceName: 's',
    template: { metadata: { labels: { a: 'b' } }, spec: pod },
    volumeClaimTemplates: [
      {
        metadata: { name: 'v' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      },
    ],
  },
})
await show(g('apps/v1', 'daemonsets'), {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 's' },
  spec: { selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: pod } },
})
await show(g('apps/v1', 'replicasets'), {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name: 's' },
  spec: { selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: pod } },
})
await show(core + '/pods', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: pod })
await show(core + '/services', {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'p' },
  spec: { ports: [{ port: 80 }] },
})
await show(core + '/services', {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'lb' },
  spec: { type: 'LoadBalancer', ports: [{ port: 80 }] },
})
await show(g('batch/v1', 'jobs'), {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'j' },
  spec: { template: { spec: { ...pod, restartPolicy: 'Never' } } },
})
await show(g('batch/v1', 'cronjobs'), {
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: 'j' },
  spec: { schedule: '* * * * *', jobTemplate: { spec: { template: { spec: { ...pod, restartPolicy: 'Never' } } } } },
})
await show(g('networking.k8s.io/v1', 'ingresses'), {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'i' },
  spec: {
    rules: [
      {
        host: 'a.b',
        http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 's', port: { number: 80 } } } }] },
      },
    ],
  },
})
await show(g('policy/v1', 'poddisruptionbudgets'), {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'i' },
  spec: { minAvailable: 1, selector: { matchLabels: { a: 'b' } } },
})
await show(g('autoscaling/v2', 'horizontalpodautoscalers'), {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'i' },
  spec: { maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' } },
})
await show(core + '/persistentvolumeclaims', {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'p' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
})
await show('/api/v1/persistentvolumes', {
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: 'p' },
  spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/x' } },
})
await show('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } })
await show('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } })
await show(core + '/resourcequotas', {
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'n' },
  spec: { hard: { pods: '1' } },
})
await show(core + '/limitranges', {
  apiVersion: 'v1',
  kind: 'LimitRange',
  metadata: { name: 'n' },
  spec: { limits: [{ type: 'Container', default: { cpu: '1' } }] },
})
await show(core + '/serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'n' } })
await show(core + '/secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'n' } })
await show(core + '/configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'n' } })
await show(core + '/endpoints', { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'n' } })
await show(core + '/events', {
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: 'n' },
  involvedObject: { namespace: 'test' },
})
await show(core + '/replicationcontrollers', {
  apiVersion: 'v1',
  kind: 'ReplicationController',
  metadata: { name: 'n' },
  spec: { template: { metadata: { labels: { a: 'b' } }, spec: pod } },
})
await show(g('coordination.k8s.io/v1', 'leases'), {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name: 'n' },
})
await show(g('networking.k8s.io/v1', 'networkpolicies'), {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'n' },
  spec: { podSelector: {}, ingress: [{}] },
})
await show(g('rbac.authorization.k8s.io/v1', 'roles'), {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'Role',
  metadata: { name: 'n' },
})
await show(g('discovery.k8s.io/v1', 'endpointslices'), {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'n' },
  addressType: 'IPv4',
  endpoints: [{ addresses: ['10.0.0.1'] }],
  ports: [{ port: 80 }],
})
await show('/apis/storage.k8s.io/v1/storageclasses', {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'n' },
  provisioner: 'x/y',
})
await show('/apis/scheduling.k8s.io/v1/priorityclasses', {
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name: 'n' },
  value: 5,
})
await show('/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: 'n' },
  webhooks: [
    {
      name: 'a.b.c',
      clientConfig: { url: 'https://x.y/z' },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
    },
  ],
})
await show('/apis/apiregistration.k8s.io/v1/apiservices', {
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: { name: 'v1.a.b' },
  spec: {
    group: 'a.b',
    version: 'v1',
    groupPriorityMinimum: 1,
    versionPriority: 1,
    service: { name: 's', namespace: 'n' },
  },
})
await world[Symbol.asyncDispose]()
