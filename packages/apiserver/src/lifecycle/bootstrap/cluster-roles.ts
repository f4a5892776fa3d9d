import type { Unstructured } from '@kairship/apimachinery'

type Rule = {
  verbs: string[]
  apiGroups?: string[]
  resources?: string[]
  resourceNames?: string[]
  nonResourceURLs?: string[]
}

const everyRead = ['get', 'list', 'watch']
const everyWrite = ['create', 'delete', 'deletecollection', 'patch', 'update']
const everyVerb = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

function on(group: string, resources: string[], verbs: string[], resourceNames?: string[]): Rule {
  return { apiGroups: [group], resources, verbs, ...(resourceNames === undefined ? {} : { resourceNames }) }
}
function paths(nonResourceURLs: string[]): Rule {
  return { nonResourceURLs, verbs: ['get'] }
}

const metadata = {
  labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
  annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
}

function role(name: string, rules: Rule[], labels: { [key: string]: string } = {}): Unstructured {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name, labels: { ...metadata.labels, ...labels }, annotations: { ...metadata.annotations } },
    rules,
  }
}

/** A role whose rules are the union of those with the label. */
function aggregated(name: string, label: string, labels: { [key: string]: string } = {}): Unstructured {
  const clusterRoleSelectors = [{ matchLabels: { [`rbac.authorization.k8s.io/aggregate-to-${label}`]: 'true' } }]
  return { ...role(name, [], labels), aggregationRule: { clusterRoleSelectors }, rules: [] }
}

function part(label: string, rules: Rule[]): Unstructured {
  return role(`system:aggregate-to-${label}`, rules, { [`rbac.authorization.k8s.io/aggregate-to-${label}`]: 'true' })
}

const health = ['/healthz', '/livez', '/readyz', '/version', '/version/']

/** The ClusterRoles every plane has. */
export function bootstrapClusterRoles(): Unstructured[] {
  return [
    role('cluster-admin', [
      { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
      { nonResourceURLs: ['*'], verbs: ['*'] },
    ]),
    aggregated('admin', 'admin'),
    aggregated('edit', 'edit', { 'rbac.authorization.k8s.io/aggregate-to-admin': 'true' }),
    aggregated('view', 'view', { 'rbac.authorization.k8s.io/aggregate-to-edit': 'true' }),
    part('admin', adminRules()),
    part('edit', editRules()),
    part('view', viewRules()),
    role('system:discovery', [paths(['/api', '/api/*', '/apis', '/apis/*', ...health, '/openapi', '/openapi/*'])]),
    role('system:public-info-viewer', [paths(health)]),
    role('system:monitoring', [
      paths(['/healthz', '/healthz/*', '/livez', '/livez/*', '/metrics', '/readyz', '/readyz/*']),
    ]),
    role('system:basic-user', [
      on('authorization.k8s.io', ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'], ['create']),
      on('authentication.k8s.io', ['selfsubjectreviews'], ['create']),
    ]),
    role('system:service-account-issuer-discovery', [paths(['/.well-known/openid-configuration', '/openid/v1/jwks'])]),
    role('system:auth-delegator', [
      on('authentication.k8s.io', ['tokenreviews'], ['create']),
      on('authorization.k8s.io', ['subjectaccessreviews'], ['create']),
    ]),
    role('system:kube-aggregator', [on('', ['endpoints', 'services'], everyRead)]),
    role('system:kube-scheduler', schedulerRules()),
    role('system:kube-controller-manager', controllerManagerRules()),
    role('system:node-bootstrapper', [
      on('certificates.k8s.io', ['certificatesigningrequests'], ['create', 'get', 'list', 'watch']),
    ]),
    ...signerRoles(),
  ]
}

function signerRoles(): Unstructured[] {
  const csrs = 'certificates.k8s.io'
  const approver = (name: string, signer: string): Unstructured =>
    role(name, [on(csrs, ['signers'], ['approve'], [signer])])
  return [
    role('system:certificates.k8s.io:certificatesigningrequests:nodeclient', [
      on(csrs, ['certificatesigningrequests/nodeclient'], ['create']),
    ]),
    role('system:certificates.k8s.io:certificatesigningrequests:selfnodeclient', [
      on(csrs, ['certificatesigningrequests/selfnodeclient'], ['create']),
    ]),
    approver('system:certificates.k8s.io:kube-apiserver-client-approver', 'kubernetes.io/kube-apiserver-client'),
    approver(
      'system:certificates.k8s.io:kube-apiserver-client-kubelet-approver',
      'kubernetes.io/kube-apiserver-client-kubelet',
    ),
    approver('system:certificates.k8s.io:kubelet-serving-approver', 'kubernetes.io/kubelet-serving'),
    approver('system:certificates.k8s.io:legacy-unknown-approver', 'kubernetes.io/legacy-unknown'),
  ]
}

function adminRules(): Rule[] {
  return [
    on('authorization.k8s.io', ['localsubjectaccessreviews'], ['create']),
    on('rbac.authorization.k8s.io', ['rolebindings', 'roles'], everyVerb),
  ]
}

const workloads: readonly (readonly [string, string[]])[] = [
  ['', ['configmaps', 'persistentvolumeclaims', 'replicationcontrollers', 'replicationcontrollers/scale', 'services']],
  [
    'apps',
    [
      'daemonsets',
      'deployments',
      'deployments/scale',
      'replicasets',
      'replicasets/scale',
      'statefulsets',
      'statefulsets/scale',
    ],
  ],
  ['autoscaling', ['horizontalpodautoscalers']],
  ['batch', ['cronjobs', 'jobs']],
  ['networking.k8s.io', ['ingresses', 'networkpolicies']],
  ['policy', ['poddisruptionbudgets']],
]

function editRules(): Rule[] {
  return [
    on('', ['pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy', 'secrets', 'services/proxy'], everyRead),
    on('', ['serviceaccounts'], ['impersonate']),
    on('', ['pods', 'pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy'], everyWrite),
    on('', ['pods/eviction'], ['create']),
    on('', ['events', 'secrets', 'serviceaccounts', 'services/proxy'], everyWrite),
    on('', ['serviceaccounts/token'], ['create']),
    ...workloads.map(([group, resources]) => on(group, [...resources], everyWrite)),
    on('apps', ['deployments/rollback'], everyWrite),
    on('coordination.k8s.io', ['leases'], everyVerb),
  ]
}

const withStatus: readonly (readonly [string, string[]])[] = [
  ['', ['persistentvolumeclaims/status', 'replicationcontrollers/status', 'services/status']],
  [
    'apps',
    ['controllerrevisions', 'daemonsets/status', 'deployments/status', 'replicasets/status', 'statefulsets/status'],
  ],
  ['autoscaling', ['horizontalpodautoscalers/status']],
  ['batch', ['cronjobs/status', 'jobs/status']],
  ['networking.k8s.io', ['ingresses/status']],
  ['policy', ['poddisruptionbudgets/status']],
]

function viewRules(): Rule[] {
  return [
    on('', ['endpoints', 'pods', 'serviceaccounts'], everyRead),
    on(
      '',
      [
        'bindings',
        'events',
        'limitranges',
        'namespaces/status',
        'pods/log',
        'pods/status',
        'resourcequotas',
        'resourcequotas/status',
      ],
      everyRead,
    ),
    on('', ['namespaces'], everyRead),
    on('discovery.k8s.io', ['endpointslices'], everyRead),
    ...workloads.map(([group, resources]) => on(group, [...resources], everyRead)),
    ...withStatus.map(([group, resources]) => on(group, [...resources], everyRead)),
  ]
}

function schedulerRules(): Rule[] {
  return [
    on('', ['events'], ['create', 'patch', 'update']),
    on('events.k8s.io', ['events'], ['create', 'patch', 'update']),
    on('coordination.k8s.io', ['leases'], ['create', 'get', 'list', 'update', 'watch']),
    on(
      '',
      ['namespaces', 'nodes', 'persistentvolumeclaims', 'persistentvolumes', 'replicationcontrollers', 'services'],
      everyRead,
    ),
    on('', ['pods'], ['delete', 'get', 'list', 'watch']),
    on('', ['bindings', 'pods/binding'], ['create']),
    on('', ['pods/status'], ['patch', 'update']),
    on('apps', ['replicasets', 'statefulsets'], everyRead),
    on('policy', ['poddisruptionbudgets'], everyRead),
    on(
      'storage.k8s.io',
      ['csidrivers', 'csinodes', 'csistoragecapacities', 'storageclasses', 'volumeattachments'],
      everyRead,
    ),
    on('authentication.k8s.io', ['tokenreviews'], ['create']),
    on('authorization.k8s.io', ['subjectaccessreviews'], ['create']),
  ]
}

function controllerManagerRules(): Rule[] {
  return [
    on('', ['events'], ['create', 'patch', 'update']),
    on('events.k8s.io', ['events'], ['create', 'patch', 'update']),
    on('coordination.k8s.io', ['leases'], ['create', 'get', 'update']),
    on('', ['secrets', 'serviceaccounts'], ['create']),
    on('', ['secrets'], ['delete']),
    on('', ['configmaps', 'namespaces', 'secrets', 'serviceaccounts'], ['get']),
    on('', ['secrets', 'serviceaccounts'], ['update']),
    on('authentication.k8s.io', ['tokenreviews'], ['create']),
    on('authorization.k8s.io', ['subjectaccessreviews'], ['create']),
    { apiGroups: ['*'], resources: ['*'], verbs: ['list', 'watch'] },
    on('', ['serviceaccounts/token'], ['create']),
  ]
}

function binding(name: string, roleName: string, kind: 'Group' | 'User', subjects: readonly string[]): Unstructured {
  const apiGroup = 'rbac.authorization.k8s.io'
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name, labels: { ...metadata.labels }, annotations: { ...metadata.annotations } },
    roleRef: { apiGroup, kind: 'ClusterRole', name: roleName },
    subjects: subjects.map((subject) => ({ apiGroup, kind, name: subject })),
  }
}

/** The ClusterRoleBindings every plane has. */
export function bootstrapClusterRoleBindings(): Unstructured[] {
  const same = (name: string, kind: 'Group' | 'User', ...subjects: string[]): Unstructured =>
    binding(name, name, kind, subjects)
  return [
    same('cluster-admin', 'Group', 'system:masters'),
    same('system:discovery', 'Group', 'system:authenticated'),
    same('system:basic-user', 'Group', 'system:authenticated'),
    same('system:public-info-viewer', 'Group', 'system:authenticated', 'system:unauthenticated'),
    same('system:monitoring', 'Group', 'system:monitoring'),
    same('system:service-account-issuer-discovery', 'Group', 'system:serviceaccounts'),
    same('system:kube-controller-manager', 'User', 'system:kube-controller-manager'),
    same('system:kube-scheduler', 'User', 'system:kube-scheduler'),
  ]
}
