import { DaemonSets, Deployments, Ingresses, Jobs, Services, StatefulSets } from '@kairship/api/builtin'
import { Clusters } from '@kairship/api/karmada'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createNamespace, createPolicy, policy } from './objects.ts'
import { createWorld, eventually } from './world.ts'
import type { World } from './world.ts'

const template = (name: string, restartPolicy?: 'Never') => ({
  metadata: { labels: { app: name } },
  spec: { containers: [{ name: 'main', image: 'nginx' }], ...(restartPolicy === undefined ? {} : { restartPolicy }) },
})

describe('status of templates, from all members together', () => {
  let world: World
  const ns = 'all'
  beforeAll(async () => {
    world = await createWorld({ members: [{ name: 'member1' }, { name: 'member2' }] })
    await createNamespace(world, ns)
    const kinds = [
      ['apps/v1', 'StatefulSet'],
      ['apps/v1', 'DaemonSet'],
      ['batch/v1', 'Job'],
      ['v1', 'Service'],
      ['networking.k8s.io/v1', 'Ingress'],
    ] as const
    await createPolicy(
      world,
      policy(ns, 'everything', { resourceSelectors: kinds.map(([apiVersion, kind]) => ({ apiVersion, kind })) }),
    )
  })
  afterAll(() => world[Symbol.asyncDispose]())

  it('counts the replicas of a StatefulSet, and says that its latest generation is observed', async () => {
    await world.client.of(StatefulSets, ns).create({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db', namespace: ns },
      spec: { replicas: 2, serviceName: 'db', selector: { matchLabels: { app: 'db' } }, template: template('db') },
    })
    await eventually(async () => {
      const { status } = await world.client.of(StatefulSets, ns).get('db')
      expect(status).toMatchObject({ replicas: 4, readyReplicas: 4, availableReplicas: 4, observedGeneration: 1 })
    })
  })

  it('counts the pods of a DaemonSet on all nodes of all members', async () => {
    await world.client.of(DaemonSets, ns).create({
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'agent', namespace: ns },
      spec: { selector: { matchLabels: { app: 'agent' } }, template: template('agent') },
    })
    await eventually(async () => {
      const { status } = await world.client.of(DaemonSets, ns).get('agent')
      expect(status).toMatchObject({ desiredNumberScheduled: 6, numberReady: 6, observedGeneration: 1 })
    })
  })

  it('finishes a Job when every member has finished its part (T-43)', async () => {
    await createPolicy(
      world,
      policy(ns, 'divided-jobs', {
        resourceSelectors: [{ apiVersion: 'batch/v1', kind: 'Job', name: 'sum' }],
        placement: { replicaScheduling: { replicaSchedulingType: 'Divided' } },
      }),
    )
    await world.client.of(Jobs, ns).create({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'sum', namespace: ns },
      spec: { parallelism: 2, completions: 4, ttlSecondsAfterFinished: 600, template: template('sum', 'Never') },
    })
    await eventually(async () => {
      const object = await world.member('member1').client.of(Jobs, ns).get('sum')
      expect(object.spec).toMatchObject({ parallelism: 1, completions: 2 })
      expect(object.spec).not.toHaveProperty('ttlSecondsAfterFinished')
    })
    await eventually(async () => {
      const { status } = await world.client.of(Jobs, ns).get('sum')
      expect(status).toMatchObject({ succeeded: 4 })
      expect(status?.conditions).toContainEqual(
        expect.objectContaining({ type: 'Complete', status: 'True', reason: 'Completed', message: 'Job completed' }),
      )
      expect(status?.startTime).toBeDefined()
      expect(status?.completionTime).toBeDefined()
    }, 20_000)
  })

  it('lists the load balancer addresses of all members, of Services and Ingresses', async () => {
    await world.client.of(Services, ns).create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: ns },
      spec: { type: 'LoadBalancer', selector: { app: 'web' }, ports: [{ port: 80 }] },
    })
    await world.client.of(Ingresses, ns).create({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'web', namespace: ns },
      spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } },
    })
    const addresses = async (member: string) => {
      const { client } = world.member(member)
      const service = (await client.of(Services, ns).get('web')).status?.loadBalancer?.ingress ?? []
      const ingress = (await client.of(Ingresses, ns).get('web')).status?.loadBalancer?.ingress ?? []
      return {
        service: service.map(({ ip }) => ip ?? ''),
        ingress: ingress.map(({ ip, hostname }) => ip ?? hostname ?? ''),
      }
    }
    await eventually(async () => {
      const members = await Promise.all(['member1', 'member2'].map(addresses))
      const service = members.flatMap((member) => member.service)
      expect(service.length).toBeGreaterThan(0)
      const ofTemplate = await world.client.of(Services, ns).get('web')
      const found = (ofTemplate.status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip ?? '')
      expect(found).toEqual([...new Set(service)].toSorted())
      const ingress = members.flatMap((member) => member.ingress)
      const ingressTemplate = await world.client.of(Ingresses, ns).get('web')
      const foundIngress = (ingressTemplate.status?.loadBalancer?.ingress ?? []).map(
        ({ ip, hostname }) => ip ?? hostname ?? '',
      )
      expect(foundIngress.toSorted()).toEqual([...new Set(ingress)].toSorted())
    })
  })

  it('leaves the address of a Service to each member, also when it is changed', async () => {
    const services = world.client.of(Services, ns)
    await services.create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'inner', namespace: ns },
      spec: { selector: { app: 'a' }, ports: [{ port: 80 }] },
    })
    const inMember = () => world.member('member2').client.of(Services, ns).get('inner')
    const before = await eventually(inMember)
    await services.patch('inner', 'merge', { spec: { ports: [{ port: 8080 }] } })
    await eventually(async () => expect((await inMember()).spec?.ports?.[0]?.port).toBe(8080))
    expect((await inMember()).spec?.clusterIP).toBe(before.spec?.clusterIP)
  })

  it('sums up nodes and room of each member', async () => {
    await eventually(async () => {
      const { status } = await world.client.of(Clusters).get('member1')
      expect(status?.nodeSummary).toEqual({ totalNum: 3, readyNum: 3 })
      expect(status?.resourceSummary?.allocatable).toMatchObject({ cpu: '24', memory: '96Gi', pods: '330' })
      expect(Number(status?.resourceSummary?.allocated?.['pods'])).toBeGreaterThan(0)
    })
    expect(await world.client.of(Deployments, ns).find('none')).toBeUndefined()
  })
})
