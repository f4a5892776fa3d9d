import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Deployment, Ingress, Pod, PodDisruptionBudget, Service } from '@kairship/api/builtin'
import {
  Deployments,
  EndpointSlices,
  EndpointsRef,
  Ingresses,
  Nodes,
  PodDisruptionBudgets,
  Pods,
  Services,
} from '@kairship/api/builtin'
import { edit } from '@kairship/client'
import type { TestCluster } from './test/cluster.ts'
import { eventually, podsWith, template, testCluster } from './test/cluster.ts'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await testCluster({ nodes: 2, nodeCpu: '2', nodeMemory: '4Gi' })
})
afterAll(() => cluster[Symbol.asyncDispose]())
const client = () => cluster.client

function deployment(name: string, replicas: number): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: template(name) },
  }
}
function service(name: string, spec: Service['spec'] = {}): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default', labels: { team: 'red' } },
    spec: { selector: { app: name }, ports: [{ name: 'web', port: 80, targetPort: 'http' }], ...spec },
  }
}
const slicesOf = async (name: string) =>
  (
    await client()
      .of(EndpointSlices, 'default')
      .list({ labelSelector: `kubernetes.io/service-name=${name}` })
  ).items

describe('a simulated Service', () => {
  it('leads to the ready pods it selects, in Endpoints and in slices', async () => {
    await client().of(Services, 'default').create(service('shop'))
    await client().of(Deployments, 'default').create(deployment('shop', 2))
    const [slice] = await eventually(
      () => slicesOf('shop'),
      (items) => items[0]?.endpoints?.filter(({ conditions }) => conditions?.ready).length === 2,
    )
    const pods = await podsWith(client(), 'app=shop')
    expect(slice).toMatchObject({
      addressType: 'IPv4',
      metadata: {
        labels: { team: 'red', 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' },
        ownerReferences: [{ kind: 'Service', name: 'shop' }],
      },
      ports: [{ name: 'web', port: 8080, protocol: 'TCP' }],
    })
    expect(slice?.endpoints?.map(({ addresses }) => addresses[0])).toEqual(pods.map((pod) => pod.status?.podIP))
    expect(slice?.endpoints?.[0]).toMatchObject({
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: pods[0]?.spec?.nodeName,
      zone: 'local-a',
      targetRef: { kind: 'Pod', name: pods[0]?.metadata.name, uid: pods[0]?.metadata.uid },
    })
    const endpoints = await eventually(
      () => client().of(EndpointsRef, 'default').get('shop'),
      (object) => object.subsets?.[0]?.addresses?.length === 2,
    )
    expect(endpoints.subsets?.[0]?.ports).toEqual([{ name: 'web', port: 8080, protocol: 'TCP' }])

    await client().of(Deployments, 'default').delete('shop')
    await eventually(
      () => slicesOf('shop'),
      (items) => items.length === 1 && (items[0]?.endpoints ?? []).length === 0,
    )
    await client().of(Services, 'default').delete('shop')
    await eventually(
      () => client().of(EndpointsRef, 'default').find('shop'),
      (object) => object === undefined,
    )
    await eventually(
      () => slicesOf('shop'),
      (items) => items.length === 0,
    )
  })

  it('keeps pods that are not ready apart', async () => {
    const unready = deployment('slow', 1)
    if (unready.spec?.template.metadata !== undefined) {
      unready.spec.template.metadata.annotations = { 'simulation.kairship.io/outcome': 'unready' }
    }
    await client().of(Deployments, 'default').create(unready)
    await client().of(Services, 'default').create(service('slow'))
    const endpoints = await eventually(
      () => client().of(EndpointsRef, 'default').find('slow'),
      (object) => object?.subsets?.[0]?.notReadyAddresses?.length === 1,
    )
    expect(endpoints?.subsets?.[0]).not.toHaveProperty('addresses')
  })

  it('gets an address from the load balancer, and gives it back', async () => {
    const services = client().of(Services, 'default')
    await services.create(service('front', { type: 'LoadBalancer', selector: { app: 'front' }, ports: [{ port: 80 }] }))
    const balanced = await eventually(
      () => services.get('front'),
      (object) => object.status?.loadBalancer?.ingress !== undefined,
    )
    expect(balanced.status?.loadBalancer?.ingress?.[0]?.ip).toMatch(/^198\.1[89]\./)
    const draft = edit<Service>(balanced)
    if (draft.spec !== undefined) draft.spec.type = 'ClusterIP'
    await services.update(draft)
    await eventually(
      () => services.get('front'),
      (object) => (object.status?.loadBalancer?.ingress ?? []).length === 0,
    )
  })

  it('is reached through ingresses at the address of the gateway', async () => {
    const ingress: Ingress = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'site', namespace: 'default' },
      spec: { defaultBackend: { service: { name: 'front', port: { number: 80 } } } },
    }
    await client().of(Ingresses, 'default').create(ingress)
    await eventually(
      () => client().of(Ingresses, 'default').get('site'),
      (object) => object.status?.loadBalancer?.ingress?.[0]?.ip !== undefined,
    )
  })
})

describe('a simulated scheduler', () => {
  const pod = (name: string, cpu: string, extra: Partial<Pod['spec']> = {}): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: { app: 'bare' } },
    spec: { containers: [{ name: 'main', image: 'a:1', resources: { requests: { cpu } } }], ...extra },
  })
  const pods = () => client().of(Pods, 'default')

  it('binds pods to nodes, and leaves those that do not fit waiting until there is room', async () => {
    await pods().create(pod('first', '1500m'))
    await pods().create(pod('second', '1500m'))
    for (const name of ['first', 'second']) {
      await eventually(
        () => pods().get(name),
        (object) => object.status?.phase === 'Running',
      )
    }
    await pods().create(pod('third', '1500m'))
    const waiting = await eventually(
      () => pods().get('third'),
      (object) => object.status?.conditions?.[0]?.reason === 'Unschedulable',
    )
    expect(waiting.status).toMatchObject({
      phase: 'Pending',
      conditions: [{ type: 'PodScheduled', status: 'False', message: '0/2 nodes are available: 2 Insufficient cpu.' }],
    })
    await pods().delete('first')
    await eventually(
      () => pods().find('first'),
      (object) => object === undefined,
    )
    const placed = await eventually(
      () => pods().get('third'),
      (object) => object.status?.phase === 'Running',
    )
    expect(placed.status?.conditions?.filter(({ type }) => type === 'PodScheduled')).toMatchObject([{ status: 'True' }])
    await Promise.all(['second', 'third'].map((name) => pods().delete(name)))
  })

  it('respects cordoned nodes, taints and node selectors', async () => {
    const nodes = client().of(Nodes)
    const set = async (
      name: string,
      alter: (spec: { unschedulable?: boolean; taints?: { key: string; effect: 'NoSchedule' }[] }) => void,
    ) => {
      const node = await nodes.get(name)
      const spec = { ...node.spec } as { unschedulable?: boolean; taints?: { key: string; effect: 'NoSchedule' }[] }
      alter(spec)
      await nodes.update({ ...node, spec })
    }
    await set('member-node-1', (spec) => (spec.unschedulable = true))
    await set('member-node-2', (spec) => (spec.taints = [{ key: 'gpu', effect: 'NoSchedule' }]))
    await pods().create(pod('nowhere', '10m'))
    await pods().create(pod('gpu', '10m', { tolerations: [{ key: 'gpu', operator: 'Exists' }] }))
    expect(
      (
        await eventually(
          () => pods().get('gpu'),
          (object) => object.status?.phase === 'Running',
        )
      ).spec?.nodeName,
    ).toBe('member-node-2')
    await eventually(
      () => pods().get('nowhere'),
      (object) => object.status?.conditions?.[0]?.reason === 'Unschedulable',
    )
    await set('member-node-1', (spec) => delete spec.unschedulable)
    expect(
      (
        await eventually(
          () => pods().get('nowhere'),
          (object) => object.status?.phase === 'Running',
        )
      ).spec?.nodeName,
    ).toBe('member-node-1')
    await pods().create(pod('picky', '10m', { nodeSelector: { 'kubernetes.io/hostname': 'member-node-1' } }))
    expect(
      (
        await eventually(
          () => pods().get('picky'),
          (object) => object.status?.phase === 'Running',
        )
      ).spec?.nodeName,
    ).toBe('member-node-1')
  })

  it('lets deleted pods go after they were stopped', async () => {
    await pods().create(pod('brief', '10m'))
    await eventually(
      () => pods().get('brief'),
      (object) => object.status?.phase === 'Running',
    )
    await pods().delete('brief')
    await eventually(
      () => pods().find('brief'),
      (object) => object === undefined,
    )
  })
})

describe('a simulated disruption budget', () => {
  it('allows as many evictions as it can spare', async () => {
    const budgets = client().of(PodDisruptionBudgets, 'default')
    const budget: PodDisruptionBudget = {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'guard', namespace: 'default' },
      spec: { minAvailable: '50%', selector: { matchLabels: { app: 'guarded' } } },
    }
    await budgets.create(budget)
    await client().of(Deployments, 'default').create(deployment('guarded', 3))
    const counted = await eventually(
      () => budgets.get('guard'),
      (object) => object.status?.currentHealthy === 3,
    )
    expect(counted.status).toMatchObject({
      desiredHealthy: 2,
      expectedPods: 3,
      disruptionsAllowed: 1,
      conditions: [{ type: 'DisruptionAllowed', status: 'True', reason: 'SufficientPods' }],
    })
  })
})
