import type { DeepReadonly, ObjectMeta } from '@kairship/apimachinery'
import { Deployments, Namespaces } from '@kairship/api/builtin'
import type { Deployment } from '@kairship/api/builtin'
import { ClusterPropagationPolicies, PropagationPolicies, ResourceBindings, Works } from '@kairship/api/karmada'
import type { Placement, PropagationPolicy, PropagationSpec, ResourceBinding, Work } from '@kairship/api/karmada'
import type { World } from './world.ts'

export interface DeploymentOptions {
  readonly replicas?: number
  readonly image?: string
  readonly labels?: { [key: string]: string }
  readonly annotations?: { [key: string]: string }
}

export function deployment(namespace: string, name: string, options: DeploymentOptions = {}): Deployment {
  const { replicas = 3, image = 'docker.io/library/nginx:1.27', labels, annotations } = options
  const metadata: ObjectMeta = {
    name,
    namespace,
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image }] } },
    },
  }
}

export function divided(weights: { readonly [cluster: string]: number }): Placement {
  const names = Object.keys(weights)
  return {
    clusterAffinity: { clusterNames: names },
    replicaScheduling: {
      replicaSchedulingType: 'Divided',
      replicaDivisionPreference: 'Weighted',
      weightPreference: {
        staticWeightList: names.map((name) => ({
          targetCluster: { clusterNames: [name] },
          weight: weights[name] ?? 1,
        })),
      },
    },
  }
}

const anyDeployment = { apiVersion: 'apps/v1', kind: 'Deployment' }

export function policy(
  namespace: string | undefined,
  name: string,
  spec: Partial<PropagationSpec> = {},
): PropagationPolicy {
  return {
    apiVersion: 'policy.karmada.io/v1alpha1',
    kind: namespace === undefined ? 'ClusterPropagationPolicy' : 'PropagationPolicy',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    spec: { resourceSelectors: [anyDeployment], ...spec },
  }
}

export async function createPolicy(world: World, object: PropagationPolicy): Promise<DeepReadonly<PropagationPolicy>> {
  const { namespace } = object.metadata
  const ref = namespace === undefined ? ClusterPropagationPolicies : PropagationPolicies
  return world.client.of(ref, namespace).create(object)
}

export async function createNamespace(world: World, name: string): Promise<void> {
  await world.client.of(Namespaces).create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
}

export async function createDeployment(world: World, object: Deployment): Promise<DeepReadonly<Deployment>> {
  return world.client.of(Deployments, object.metadata.namespace).create(object)
}

export function bindingOf(world: World, namespace: string, name: string): Promise<DeepReadonly<ResourceBinding>> {
  return world.client.of(ResourceBindings, namespace).get(`${name}-deployment`)
}

/** Fails while it is not there. */
export function inMember(
  world: World,
  member: string,
  namespace: string,
  name: string,
): Promise<DeepReadonly<Deployment>> {
  return world.member(member).client.of(Deployments, namespace).get(name)
}

export async function replicasIn(
  world: World,
  namespace: string,
  name: string,
): Promise<{ readonly [member: string]: number | undefined }> {
  const found: { [member: string]: number | undefined } = {}
  for (const member of world.members.values()) {
    const object = await member.client.of(Deployments, namespace).find(name)
    if (object !== undefined) found[member.name] = object.spec?.replicas
  }
  return found
}

/** The Works of a Deployment. */
export async function worksOf(world: World, namespace: string, name: string): Promise<readonly DeepReadonly<Work>[]> {
  const { items } = await world.client.of(Works).list()
  return items.filter(
    ({ metadata: { annotations } }) =>
      annotations?.['resourcebinding.karmada.io/namespace'] === namespace &&
      annotations['resourcebinding.karmada.io/name'] === `${name}-deployment`,
  )
}

/** Long enough for the engine to do something that it must not do. */
export async function quiet(milliseconds = 400): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds))
}
