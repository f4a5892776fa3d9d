import { expect } from 'vitest'
import { kubectlOk } from './kairship.ts'

/** Whatever kubectl prints with `-o json`, as far as the tests look at it. */
export interface Item {
  readonly kind: string
  readonly apiVersion: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly uid: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly spec?: Readonly<Record<string, unknown>>
  readonly status?: Readonly<Record<string, unknown>>
}

export async function itemsOf(kubeconfig: string, resources: string, namespace?: string): Promise<readonly Item[]> {
  const scope = namespace === undefined ? ['-A'] : ['-n', namespace]
  const list: { items: Item[] } = JSON.parse(await kubectlOk(kubeconfig, ['get', resources, ...scope, '-o', 'json']))
  return list.items
}

export interface Member {
  readonly name: string
  readonly provider: string
  readonly region: string
}

/** The instance's members; fails until `count` of them are Ready. */
export async function membersOf(kubeconfig: string, count: number): Promise<readonly Member[]> {
  const clusters: { items: ClusterItem[] } = JSON.parse(await kubectlOk(kubeconfig, ['get', 'clusters', '-o', 'json']))
  const ready = clusters.items.filter((cluster) =>
    cluster.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True'),
  )
  expect(ready.length).toBeGreaterThanOrEqual(count)
  return ready.map((cluster) => ({
    name: cluster.metadata.name,
    provider: cluster.spec.provider ?? '',
    region: cluster.spec.region ?? '',
  }))
}
interface ClusterItem {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly provider?: string; readonly region?: string }
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

/** `count` members, no two in one region, and the last of a provider that the others do not have. */
export function distinctRegions(members: readonly Member[], count: number): readonly Member[] {
  const chosen: Member[] = []
  for (const member of members) {
    const fresh = chosen.every((other) => other.region !== member.region && other.provider !== member.provider)
    if (fresh) chosen.push(member)
    if (chosen.length === count) break
  }
  expect(chosen).toHaveLength(count)
  return chosen
}

export interface DeploymentView {
  readonly name: string
  readonly replicas: number
  readonly ready: number
  readonly images: readonly string[]
}

export async function deploymentsIn(kubeconfig: string, namespace: string): Promise<readonly DeploymentView[]> {
  const list: { items: DeploymentItem[] } = JSON.parse(
    await kubectlOk(kubeconfig, ['get', 'deployments', '-n', namespace, '-o', 'json']),
  )
  return list.items.map((item) => ({
    name: item.metadata.name,
    replicas: item.spec.replicas,
    ready: item.status?.readyReplicas ?? 0,
    images: item.spec.template.spec.containers.map((container) => container.image),
  }))
}
interface DeploymentItem {
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly replicas: number
    readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } }
  }
  readonly status?: { readonly readyReplicas?: number }
}
