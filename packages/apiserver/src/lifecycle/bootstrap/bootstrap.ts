import type { Unstructured } from '@kairship/apimachinery'
import type { PlaneRegistry } from '../../strategy.ts'
import { createIfMissing } from '../requests.ts'
import { bootstrapClusterRoleBindings, bootstrapClusterRoles } from './cluster-roles.ts'

export const firstNamespaces: readonly string[] = Object.freeze([
  'default',
  'kube-system',
  'kube-public',
  'kube-node-lease',
])
const rbac = 'rbac.authorization.k8s.io'
/** The first address of the Service range. */
export const kubernetesServiceIp = '10.96.0.1'

/** Creates the namespaces, RBAC objects and the `kubernetes` Service of a new plane; leaves what exists alone. */
export async function createFirstObjects(registry: PlaneRegistry): Promise<void> {
  const create = async (group: string, resource: string, object: Unstructured): Promise<void> => {
    const { namespace } = object.metadata
    const where = namespace === undefined ? {} : { namespace }
    await createIfMissing(registry, { group, version: 'v1', resource, ...where }, object)
  }
  await Promise.all(firstNamespaces.map((name) => create('', 'namespaces', namespaceObject(name))))
  await Promise.all([
    create('', 'services', kubernetesService()),
    ...bootstrapClusterRoles().map((role) => create(rbac, 'clusterroles', role)),
    ...bootstrapClusterRoleBindings().map((binding) => create(rbac, 'clusterrolebindings', binding)),
  ])
}

function namespaceObject(name: string): Unstructured {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
}

function kubernetesService(): Unstructured {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      labels: { component: 'apiserver', provider: 'kubernetes' },
    },
    spec: {
      type: 'ClusterIP',
      clusterIP: kubernetesServiceIp,
      clusterIPs: [kubernetesServiceIp],
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 6443 }],
      sessionAffinity: 'None',
    },
  }
}
