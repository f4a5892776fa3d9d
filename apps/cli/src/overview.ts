import { type Instance, Instances, type ManagedCluster, ManagedClusters } from '@kairship/api/kairship'
import {
  type Cluster,
  ClusterResourceBindings,
  Clusters,
  type ResourceBinding,
  ResourceBindings,
} from '@kairship/api/karmada'
import type { DeepReadonly } from '@kairship/apimachinery'
import type { Client } from '@kairship/client'
import type { Invocation } from './command.ts'
import { openInstance } from './connect.ts'
import { readiness } from './output/members.ts'
import { renderTable } from './output/table.ts'

/** What runs where, read from the API like any client would. */
export interface Overview {
  readonly instances: readonly InstanceOverview[]
  readonly simulatedClusters: readonly { readonly name: string; readonly phase: string; readonly version: string }[]
}

export interface InstanceOverview {
  readonly name: string
  readonly phase: string
  readonly endpoint: string
  /** Why it is not ready. */
  readonly problem?: string
  readonly members: readonly MemberOverview[]
  readonly workloads: readonly WorkloadOverview[]
}
export interface MemberOverview {
  readonly name: string
  readonly ready: string
  readonly provider: string
  readonly region: string
  readonly version: string
}
export interface WorkloadOverview {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  /** Desired replicas, or `undefined` for what has none. */
  readonly replicas: number | undefined
  /** Ready replicas that the members report. */
  readonly ready: number | undefined
  readonly clusters: readonly {
    readonly name: string
    readonly replicas: number | undefined
    readonly ready: number | undefined
    /** The member has the object. */
    readonly applied: boolean
  }[]
}

export async function readOverview(invocation: Invocation, hub: Client): Promise<Overview> {
  const { signal } = invocation.terminal
  const [instances, managed] = await Promise.all([
    hub.of(Instances).list({ signal }),
    hub.of(ManagedClusters).list({ signal }),
  ])
  return {
    instances: await Promise.all(instances.items.map((instance) => instanceOverview(invocation, instance))),
    simulatedClusters: managed.items.filter((cluster) => cluster.spec?.simulation !== undefined).map(simulated),
  }
}

function simulated(cluster: DeepReadonly<ManagedCluster>): Overview['simulatedClusters'][number] {
  return {
    name: cluster.metadata.name ?? '',
    phase: cluster.status?.phase ?? 'Pending',
    version: cluster.status?.kubernetesVersion ?? '',
  }
}

async function instanceOverview(invocation: Invocation, instance: DeepReadonly<Instance>): Promise<InstanceOverview> {
  const name = instance.metadata.name ?? ''
  const phase = instance.status?.phase ?? 'Pending'
  const known = { name, phase, endpoint: instance.status?.endpoint ?? '' }
  if (phase !== 'Ready') return { ...known, ...problemOf(instance), members: [], workloads: [] }
  await using opened = await openInstance(invocation, name)
  const { signal } = invocation.terminal
  const [clusters, bindings, clusterBindings] = await Promise.all([
    opened.client.of(Clusters).list({ signal }),
    opened.client.of(ResourceBindings).list({ signal }),
    opened.client.of(ClusterResourceBindings).list({ signal }),
  ])
  return {
    ...known,
    members: clusters.items.map(member),
    workloads: [...bindings.items, ...clusterBindings.items].map(workload),
  }
}

function problemOf({ status }: DeepReadonly<Instance>): { readonly problem?: string } {
  const problem = status?.conditions?.find((condition) => condition.status === 'False' && condition.message)?.message
  return problem === undefined ? {} : { problem }
}

function member(cluster: DeepReadonly<Cluster>): MemberOverview {
  return {
    name: cluster.metadata.name ?? '',
    ready: readiness(cluster),
    provider: cluster.spec.provider ?? '',
    region: cluster.spec.region ?? '',
    version: cluster.status?.kubernetesVersion ?? '',
  }
}

function workload(binding: DeepReadonly<ResourceBinding>): WorkloadOverview {
  const { resource, replicas, clusters = [] } = binding.spec
  const reported = new Map(binding.status?.aggregatedStatus?.map((item) => [item.clusterName, item]))
  const counted = replicas !== undefined && replicas > 0
  const places = clusters.map(({ name, replicas: share }) => {
    const item = reported.get(name)
    return {
      name,
      replicas: counted ? share : undefined,
      ready: counted ? numberOf(item?.status?.['readyReplicas']) : undefined,
      applied: item?.applied === true,
    }
  })
  return {
    kind: resource.kind,
    namespace: resource.namespace ?? '',
    name: resource.name,
    replicas: counted ? places.reduce((sum, place) => sum + (place.replicas ?? 0), 0) : undefined,
    ready: counted ? places.reduce((sum, place) => sum + (place.ready ?? 0), 0) : undefined,
    clusters: places,
  }
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0
}

/** The overview as tables for people; of more workloads than `most` the rest is counted. */
export function renderOverview(overview: Overview, most: number = Infinity): string {
  const parts: string[] = []
  for (const instance of overview.instances) {
    parts.push(
      `Instance ${instance.name}: ${instance.phase}${instance.endpoint === '' ? '' : `, ${instance.endpoint}`}\n`,
    )
    if (instance.problem !== undefined) parts.push(`${instance.problem}\n`)
    if (instance.phase !== 'Ready') continue
    parts.push(
      instance.members.length === 0
        ? 'It has no member clusters. Join one with `kairship cluster join`.\n'
        : renderTable(
            ['member', 'ready', 'provider', 'region', 'version'],
            instance.members.map((member) => [
              member.name,
              member.ready,
              member.provider,
              member.region,
              member.version,
            ]),
          ),
    )
    if (instance.workloads.length === 0) continue
    parts.push(
      renderTable(
        ['namespace', 'workload', 'ready', 'where'],
        instance.workloads
          .slice(0, most)
          .map((item) => [
            item.namespace,
            `${item.kind.toLowerCase()}/${item.name}`,
            item.replicas === undefined ? '-' : `${item.ready ?? 0}/${item.replicas}`,
            item.clusters.map(place).join(', '),
          ]),
      ),
    )
    const more = instance.workloads.length - most
    if (more > 0) parts.push(`… and ${more} more: kairship status\n`)
  }
  if (overview.instances.length === 0)
    parts.push('There are no instances. Create one with `kairship instance create NAME`.\n')
  return parts.join('\n')
}

function place(cluster: WorkloadOverview['clusters'][number]): string {
  if (cluster.replicas === undefined) return cluster.applied ? cluster.name : `${cluster.name} (pending)`
  return `${cluster.name} ${cluster.ready ?? 0}/${cluster.replicas}`
}
