import { type ClusterRole, ClusterRoleBindings, ClusterRoles, type PolicyRule } from '@kairship/api/builtin'
import { type UserInfo, isReason } from '@kairship/apimachinery'
import type { Client } from '@kairship/client'

/** The identity behind the loopback web pages, in every plane. */
export const uiUser: UserInfo = { username: 'kairship:ui', groups: ['system:authenticated'] }

const roleName = 'kairship:ui'

/**
 * Reading without anything that carries secret values: no Secrets, no Works (whose manifests may be Secrets), no proxies,
 * no token requests. Listed by name, because a wildcard would include what comes later.
 */
const rules: readonly PolicyRule[] = [
  view('', [
    'namespaces',
    'nodes',
    'pods',
    'services',
    'endpoints',
    'events',
    'configmaps',
    'serviceaccounts',
    'persistentvolumes',
    'persistentvolumeclaims',
    'replicationcontrollers',
    'resourcequotas',
    'limitranges',
  ]),
  view('apps', ['*']),
  view('batch', ['*']),
  view('autoscaling', ['*']),
  view('networking.k8s.io', ['*']),
  view('policy', ['*']),
  view('storage.k8s.io', ['*']),
  view('scheduling.k8s.io', ['*']),
  view('discovery.k8s.io', ['*']),
  view('events.k8s.io', ['*']),
  view('apiextensions.k8s.io', ['*']),
  view('policy.karmada.io', ['*']),
  view('cluster.karmada.io', ['clusters', 'clusters/status']),
  view('work.karmada.io', [
    'resourcebindings',
    'resourcebindings/status',
    'clusterresourcebindings',
    'clusterresourcebindings/status',
  ]),
  view('apps.karmada.io', ['*']),
  view('autoscaling.karmada.io', ['*']),
  view('networking.karmada.io', ['*']),
  view('kairship.io', ['*']),
]

function view(group: string, resources: string[]): PolicyRule {
  return { apiGroups: [group], resources, verbs: ['get', 'list', 'watch'] }
}

/** Writes only when something differs, so that a restart costs two reads. */
export async function grantUiAccess(client: Client): Promise<void> {
  const roles = client.of(ClusterRoles)
  const role: ClusterRole = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: roleName },
    rules: [...rules],
  }
  const existing = await roles.find(roleName)
  if (existing === undefined) await roles.create(role)
  else if (JSON.stringify(existing.rules) !== JSON.stringify(rules)) await roles.update(role)
  try {
    const bindings = client.of(ClusterRoleBindings)
    if ((await bindings.find(roleName)) !== undefined) return
    await bindings.create({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: roleName },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: roleName },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: uiUser.username }],
    })
  } catch (error) {
    if (!isReason(error, 'AlreadyExists')) throw error
  }
}
