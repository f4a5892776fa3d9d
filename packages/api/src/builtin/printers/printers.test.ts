import { describe, expect, it } from 'vitest'
import { hourAgo, row } from './testing/row.ts'

describe('workloads', () => {
  const template = {
    spec: {
      containers: [
        { name: 'a', image: 'i:1' },
        { name: 'b', image: 'j:2' },
      ],
    },
  }
  const selector = {
    matchLabels: { b: '2', a: '1' },
    matchExpressions: [{ key: 'c', operator: 'In', values: ['y', 'x'] }],
  }

  it.each<[string, object, object]>([
    [
      'deployments',
      {
        spec: { replicas: 3, selector, template },
        status: { readyReplicas: 2, updatedReplicas: 3, availableReplicas: 2 },
      },
      {
        Ready: '2/3',
        'Up-to-date': 3,
        Available: 2,
        Containers: 'a,b',
        Images: 'i:1,j:2',
        Selector: 'a=1,b=2,c in (x,y)',
      },
    ],
    ['deployments', { spec: { replicas: 0, selector, template } }, { Ready: '0/0', 'Up-to-date': 0, Available: 0 }],
    [
      'replicasets',
      { spec: { replicas: 3, selector, template }, status: { replicas: 3, readyReplicas: 1 } },
      { Desired: 3, Current: 3, Ready: 1 },
    ],
    [
      'statefulsets',
      { spec: { replicas: 2, selector, template }, status: { readyReplicas: 1, replicas: 2 } },
      { Ready: '1/2' },
    ],
    [
      'daemonsets',
      {
        spec: { selector, template: { spec: { ...template.spec, nodeSelector: { z: '1', a: '2' } } } },
        status: { desiredNumberScheduled: 4, currentNumberScheduled: 3, numberReady: 2 },
      },
      { Desired: 4, Current: 3, Ready: 2, 'Up-to-date': 0, Available: 0, 'Node Selector': 'a=2,z=1' },
    ],
    [
      'jobs',
      {
        spec: { completions: 3, template },
        status: { succeeded: 1, startTime: '2026-01-01T11:58:00Z' },
      },
      { Status: 'Running', Completions: '1/3', Duration: '2m', Selector: '<none>' },
    ],
    [
      'jobs',
      {
        spec: { parallelism: 2, template },
        status: {
          conditions: [{ type: 'Complete', status: 'True' }],
          startTime: '2026-01-01T11:00:00Z',
          completionTime: '2026-01-01T11:00:07Z',
        },
      },
      { Status: 'Complete', Completions: '0/1 of 2', Duration: '7s' },
    ],
    [
      'jobs',
      { spec: { template }, status: { conditions: [{ type: 'Suspended', status: 'True' }] } },
      { Status: 'Suspended', Duration: '' },
    ],
    [
      'cronjobs',
      { spec: { schedule: '* * * * *', suspend: false, jobTemplate: { spec: { template } } } },
      { Schedule: '* * * * *', Timezone: '<none>', Suspend: 'False', Active: 0, 'Last Schedule': '<none>' },
    ],
    [
      'controllerrevisions',
      {
        metadata: {
          name: 'x',
          creationTimestamp: hourAgo,
          ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'd', uid: 'u', controller: true }],
        },
        revision: 2,
      },
      { Controller: 'daemonset.apps/d', Revision: 2 },
    ],
  ])('%s %j', (resource, object, expected) => {
    expect(row(resource, object)).toMatchObject(expected)
  })
})

describe('network', () => {
  const ports = [
    { port: 80, protocol: 'TCP' },
    { port: 443, nodePort: 30000, protocol: 'TCP' },
  ]
  it.each<[string, object, object]>([
    [
      'services',
      { spec: { type: 'ClusterIP', clusterIPs: ['10.1.0.1'], ports, selector: { app: 'a' } } },
      {
        Type: 'ClusterIP',
        'Cluster-IP': '10.1.0.1',
        'External-IP': '<none>',
        'Port(s)': '80/TCP,443:30000/TCP',
        Selector: 'app=a',
      },
    ],
    [
      'services',
      { spec: { type: 'LoadBalancer' } },
      { 'External-IP': '<pending>', 'Port(s)': '<none>', 'Cluster-IP': '<none>' },
    ],
    [
      'services',
      {
        spec: { type: 'LoadBalancer', externalIPs: ['9.9.9.9'] },
        status: { loadBalancer: { ingress: [{ ip: '2.2.2.2' }, { hostname: 'a.example' }, { ip: '1.1.1.1' }] } },
      },
      { 'External-IP': '1.1.1.1,2.2.2.2,a.example,9.9.9.9' },
    ],
    [
      'services',
      { spec: { type: 'ExternalName', externalName: 'db.example' } },
      { 'External-IP': 'db.example', 'Cluster-IP': '<none>' },
    ],
    [
      'ingresses',
      {
        spec: {
          ingressClassName: 'nginx',
          tls: [{}],
          rules: [{ host: 'a' }, { host: 'b' }, { host: 'c' }, { host: 'd' }],
        },
        status: { loadBalancer: { ingress: [{ ip: '1.1.1.1' }] } },
      },
      { Class: 'nginx', Hosts: 'a,b,c + 1 more...', Address: '1.1.1.1', Ports: '80, 443' },
    ],
    ['ingresses', { spec: { rules: [{}] } }, { Class: '<none>', Hosts: '*', Address: '', Ports: '80' }],
    [
      'ingressclasses',
      { spec: { controller: 'c', parameters: { apiGroup: 'k.io', kind: 'P', name: 'p' } } },
      { Parameters: 'P.k.io/p' },
    ],
    ['endpoints', {}, { Endpoints: '<none>' }],
    [
      'endpoints',
      { subsets: [{ addresses: [{ ip: '1.1.1.1' }, { ip: '::1' }], ports: [{ port: 80 }, { port: 81 }] }] },
      { Endpoints: '1.1.1.1:80,[::1]:80,1.1.1.1:81 + 1 more...' },
    ],
    [
      'endpointslices',
      { addressType: 'IPv4', endpoints: [{ addresses: ['1.1.1.1'] }], ports: [{ port: 80 }, { name: 'any' }] },
      { AddressType: 'IPv4', Ports: '80,any', Endpoints: '1.1.1.1' },
    ],
    ['endpointslices', { addressType: 'IPv4', endpoints: [] }, { Ports: '<unset>', Endpoints: '<unset>' }],
    ['networkpolicies', { spec: { podSelector: {} } }, { 'Pod-Selector': '<none>' }],
  ])('%s %j', (resource, object, expected) => {
    expect(row(resource, object)).toMatchObject(expected)
  })
})

describe('cluster', () => {
  it.each<[string, object, object]>([
    ['namespaces', { status: { phase: 'Active' } }, { Status: 'Active' }],
    ['configmaps', { data: { a: '1' }, binaryData: { b: 'AA==' } }, { Data: 2 }],
    ['secrets', { type: 'Opaque', data: { a: 'AA==' } }, { Type: 'Opaque', Data: 1 }],
    [
      'nodes',
      {
        metadata: {
          name: 'x',
          creationTimestamp: hourAgo,
          labels: {
            'node-role.kubernetes.io/worker': '',
            'kubernetes.io/role': 'edge',
            'node-role.kubernetes.io/a': '',
          },
        },
        spec: { unschedulable: true },
        status: {
          conditions: [{ type: 'Ready', status: 'True' }],
          addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
          nodeInfo: { kubeletVersion: 'v1.36.0' },
        },
      },
      {
        Status: 'Ready,SchedulingDisabled',
        Roles: 'a,edge,worker',
        Version: 'v1.36.0',
        'Internal-IP': '10.0.0.1',
        'External-IP': '<none>',
        'OS-Image': '<unknown>',
      },
    ],
    ['nodes', {}, { Status: 'Unknown', Roles: '<none>', Version: '' }],
    [
      'resourcequotas',
      { status: { hard: { 'requests.cpu': '1', 'limits.cpu': '2', pods: '3' }, used: { pods: '1' } } },
      { Request: 'pods: 1/3, requests.cpu: 0/1', Limit: 'limits.cpu: 0/2' },
    ],
    ['leases', { spec: { holderIdentity: 'me' } }, { Holder: 'me' }],
    [
      'persistentvolumeclaims',
      {
        spec: { volumeName: 'pv', storageClassName: 'fast', volumeMode: 'Filesystem' },
        status: { phase: 'Bound', capacity: { storage: '1Gi' }, accessModes: ['ReadWriteMany', 'ReadWriteOnce'] },
      },
      {
        Status: 'Bound',
        Volume: 'pv',
        Capacity: '1Gi',
        'Access Modes': 'RWO,RWX',
        StorageClass: 'fast',
        VolumeAttributesClass: '<unset>',
        VolumeMode: 'Filesystem',
      },
    ],
    [
      'persistentvolumes',
      {
        spec: { capacity: { storage: '5Gi' }, accessModes: ['ReadOnlyMany'], claimRef: { namespace: 'n', name: 'c' } },
        status: { phase: 'Bound' },
      },
      { Capacity: '5Gi', 'Access Modes': 'ROX', Claim: 'n/c', Status: 'Bound' },
    ],
    [
      'poddisruptionbudgets',
      { spec: { minAvailable: '50%' } },
      { 'Min Available': '50%', 'Max Unavailable': 'N/A', 'Allowed Disruptions': 0 },
    ],
    [
      'rolebindings',
      {
        roleRef: { kind: 'ClusterRole', name: 'view' },
        subjects: [
          { kind: 'User', name: 'a' },
          { kind: 'User', name: 'b' },
          { kind: 'ServiceAccount', namespace: 'n', name: 's' },
        ],
      },
      { Role: 'ClusterRole/view', Users: 'a, b', Groups: '', ServiceAccounts: 'n/s' },
    ],
    ['roles', {}, { 'Created At': hourAgo }],
    [
      'certificatesigningrequests',
      {
        spec: { signerName: 's', username: 'u', expirationSeconds: 3600 },
        status: { conditions: [{ type: 'Approved' }], certificate: 'AA==' },
      },
      { SignerName: 's', Requestor: 'u', RequestedDuration: '60m', Condition: 'Approved,Issued' },
    ],
    [
      'apiservices',
      { spec: { group: 'g' }, status: { conditions: [{ type: 'Available', status: 'False', reason: 'Gone' }] } },
      { Service: 'Local', Available: 'False (Gone)' },
    ],
  ])('%s %j', (resource, object, expected) => {
    expect(row(resource, object)).toMatchObject(expected)
  })
})

describe('Event', () => {
  const involvedObject = { kind: 'Pod', name: 'p', fieldPath: 'spec.containers{a}' }
  it.each<[string, object, object]>([
    [
      'from an old recorder',
      {
        involvedObject,
        type: 'Normal',
        reason: 'Pulled',
        message: ' done ',
        count: 3,
        firstTimestamp: hourAgo,
        lastTimestamp: '2026-01-01T11:59:00Z',
        source: { component: 'kubelet', host: 'n1' },
      },
      {
        'Last Seen': '60s',
        Object: 'pod/p',
        Message: 'done',
        'First Seen': '60m',
        Count: 3,
        Source: 'kubelet, n1',
        Subobject: 'spec.containers{a}',
      },
    ],
    [
      'from a new recorder',
      { involvedObject, eventTime: '2026-01-01T11:59:50.500000Z', reportingComponent: 'k.io/c' },
      { 'Last Seen': '9s', 'First Seen': '9s', Count: 1, Source: 'k.io/c' },
    ],
    [
      'of a series',
      { involvedObject, eventTime: hourAgo, series: { count: 7, lastObservedTime: '2026-01-01T11:59:55.000000Z' } },
      { 'Last Seen': '5s', Count: 7 },
    ],
  ])('%s', (_, event, expected) => {
    expect(row('events', event, '')).toMatchObject(expected)
  })
})

describe('HorizontalPodAutoscaler', () => {
  const scaleTargetRef = { kind: 'Deployment', name: 'web' }
  const cpu = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }

  it('shows current and target of two metrics', () => {
    const pods = { type: 'Pods', pods: { metric: { name: 'm' }, target: { type: 'AverageValue', averageValue: '5' } } }
    const external = { type: 'External', external: { metric: { name: 'e' }, target: { averageValue: '1' } } }
    expect(
      row('horizontalpodautoscalers', {
        spec: { scaleTargetRef, maxReplicas: 5, metrics: [cpu, pods, external] },
        status: {
          currentReplicas: 2,
          currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 10 } } }],
        },
      }),
    ).toMatchObject({
      Reference: 'Deployment/web',
      Targets: 'cpu: 10%/80%, <unknown>/5 + 1 more...',
      MinPods: '<unset>',
      MaxPods: 5,
      Replicas: 2,
    })
  })

  it('shows unknown before there is a measurement', () => {
    const object = { spec: { scaleTargetRef, minReplicas: 1, maxReplicas: 5, metrics: [cpu] } }
    expect(row('horizontalpodautoscalers', object)).toMatchObject({ Targets: 'cpu: <unknown>/80%', MinPods: '1' })
  })
})
