import { ConnectionError } from '@kairship/apimachinery'
import type { Connection, RawReply, Reply } from '@kairship/apimachinery'
import { Deployments, Namespaces } from '@kairship/api/builtin'
import { Clusters, PropagationPolicies, Works } from '@kairship/api/karmada'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  bindingOf,
  createDeployment,
  createNamespace,
  createPolicy,
  deployment,
  divided,
  inMember,
  policy,
  quiet,
  replicasIn,
} from './objects.ts'
import { createWorld, eventually, gone, untilReady } from './world.ts'
import type { World } from './world.ts'

/** A member that can be made to hang or to vanish. */
class Fault {
  mode: 'none' | 'hangs' | 'refuses' | 'unhealthy' = 'none'

  wrap(inner: Connection): Connection {
    const broken = async (signal?: AbortSignal): Promise<void> => {
      if (this.mode === 'refuses') throw new ConnectionError('connection refused')
      if (this.mode !== 'hangs') return
      await new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
    }
    return {
      request: async (operation, signal): Promise<Reply> => {
        await broken(signal)
        return inner.request(operation, signal)
      },
      watch: (operation, signal) => inner.watch(operation, signal),
      raw: async (path, options): Promise<RawReply> => {
        await broken(options?.signal)
        const reply = await inner.raw(path, options)
        return this.mode === 'unhealthy' && path === '/readyz' ? { ...reply, status: 500 } : reply
      },
    }
  }
}

describe('member clusters', () => {
  let world: World
  const fault = new Fault()
  beforeAll(async () => {
    world = await createWorld({
      simulate: false,
      members: [
        { name: 'member1', provider: 'p1' },
        { name: 'member2', provider: 'p2' },
        { name: 'member3', join: false },
      ],
      settings: { memberTimeoutMs: 3_000, probeTimeoutMs: 300 },
      wrap: (name, connection) => (name === 'member2' ? fault.wrap(connection) : connection),
    })
  })
  afterAll(() => world[Symbol.asyncDispose]())

  it('tells what a member is and what it serves, and lifts its first taint', async () => {
    const { metadata, spec, status } = await world.client.of(Clusters).get('member1')
    expect(metadata.finalizers).toEqual(['karmada.io/cluster-controller'])
    expect(spec.taints ?? []).toEqual([])
    expect(status?.kubernetesVersion).toMatch(/^v1\./)
    expect(status?.conditions).toMatchObject([
      { type: 'Ready', status: 'True', reason: 'ClusterReady' },
      { type: 'CompleteAPIEnablements', status: 'True', reason: 'Complete' },
    ])
    const apps = status?.apiEnablements?.find(({ groupVersion }) => groupVersion === 'apps/v1')
    expect(apps?.resources).toContainEqual({ name: 'deployments', kind: 'Deployment' })
    expect(apps?.resources?.some(({ name }) => name.includes('/'))).toBe(false)
    const space = await world.client.of(Namespaces).get('karmada-es-member1')
    expect(space.metadata.labels).toMatchObject({ 'karmada.io/system': 'true' })
  })

  it('makes user namespaces in every member, also in one that joins later (T-23)', async () => {
    await createNamespace(world, 'everywhere')
    await world.client.of(Namespaces).create({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'nowhere', labels: { 'namespace.karmada.io/skip-auto-propagation': 'TRUE' } },
    })
    for (const name of ['member1', 'member2']) {
      const namespace = await eventually(() => world.member(name).client.of(Namespaces).get('everywhere'))
      expect(namespace.metadata.labels).toMatchObject({ 'karmada.io/managed': 'true' })
    }
    await world.join('member3')
    await untilReady(world.client, 'member3')
    await eventually(() => world.member('member3').client.of(Namespaces).get('everywhere'))
    await quiet(200)
    for (const { client } of world.members.values()) expect(await client.of(Namespaces).find('nowhere')).toBeUndefined()
  })

  it('goes on at normal speed in the others while one hangs, and catches up when it answers again (I9)', async () => {
    await createNamespace(world, 'hanging')
    await createPolicy(
      world,
      policy('hanging', 'p', { placement: { clusterAffinity: { clusterNames: ['member1', 'member2'] } } }),
    )
    await eventually(() => world.member('member2').client.of(Namespaces).get('hanging'))
    fault.mode = 'hangs'
    const started = Date.now()
    const names = Array.from({ length: 30 }, (_, index) => `app-${index}`)
    for (const name of names) await createDeployment(world, deployment('hanging', name))
    await eventually(async () => {
      const { items } = await world.member('member1').client.of(Deployments, 'hanging').list()
      expect(items).toHaveLength(names.length)
    })
    // The hanging member's requests have not even timed out by then.
    expect(Date.now() - started).toBeLessThan(2_900)
    await eventually(async () => {
      const { spec, status } = await world.client.of(Clusters).get('member2')
      expect(status?.conditions?.[0]).toMatchObject({ type: 'Ready', status: 'False', reason: 'ClusterNotReachable' })
      expect(spec.taints).toMatchObject([{ key: 'cluster.karmada.io/not-ready', effect: 'NoSchedule' }])
    })
    fault.mode = 'none'
    await untilReady(world.client, 'member2')
    await eventually(async () => {
      const { items } = await world.member('member2').client.of(Deployments, 'hanging').list()
      expect(items).toHaveLength(names.length)
    }, 20_000)
  })

  it('keeps running workloads placed on a member that is not ready, and gives it no new ones (T-28, T-34)', async () => {
    await createNamespace(world, 'notready')
    await createPolicy(world, policy('notready', 'p', { placement: divided({ member1: 1, member2: 1 }) }))
    await createDeployment(world, deployment('notready', 'old', { replicas: 2 }))
    await eventually(async () => expect(await replicasIn(world, 'notready', 'old')).toEqual({ member1: 1, member2: 1 }))
    fault.mode = 'unhealthy'
    await eventually(async () => {
      const { spec, status } = await world.client.of(Clusters).get('member2')
      expect(status?.conditions?.[0]).toMatchObject({ type: 'Ready', status: 'False', reason: 'ClusterNotReady' })
      expect(spec.taints).toHaveLength(1)
    })
    await createDeployment(world, deployment('notready', 'new', { replicas: 2 }))
    await eventually(async () => expect(await replicasIn(world, 'notready', 'new')).toEqual({ member1: 2 }))
    expect((await bindingOf(world, 'notready', 'old')).spec.clusters).toHaveLength(2)
    expect(await replicasIn(world, 'notready', 'old')).toEqual({ member1: 1, member2: 1 })
    // Nothing is written to it meanwhile.
    await world.client.of(Deployments, 'notready').patch('old', 'merge', { metadata: { labels: { later: 'yes' } } })
    await eventually(async () =>
      expect((await inMember(world, 'member1', 'notready', 'old')).metadata.labels).toMatchObject({ later: 'yes' }),
    )
    expect((await inMember(world, 'member2', 'notready', 'old')).metadata.labels).not.toHaveProperty('later')
    fault.mode = 'none'
    await untilReady(world.client, 'member2')
    await eventually(async () =>
      expect((await inMember(world, 'member2', 'notready', 'old')).metadata.labels).toMatchObject({ later: 'yes' }),
    )
  })

  it('waits with deletions for a member that cannot be reached', async () => {
    await createNamespace(world, 'offline')
    await createPolicy(
      world,
      policy('offline', 'p', { placement: { clusterAffinity: { clusterNames: ['member1', 'member2'] } } }),
    )
    await createDeployment(world, deployment('offline', 'a'))
    await eventually(async () => expect(Object.keys(await replicasIn(world, 'offline', 'a'))).toHaveLength(2))
    fault.mode = 'refuses'
    await eventually(async () =>
      expect((await world.client.of(Clusters).get('member2')).status?.conditions?.[0]?.status).toBe('False'),
    )
    await world.client.of(Deployments, 'offline').delete('a')
    await gone(world.member('member1').client, Deployments, 'a', 'offline')
    await quiet(200)
    expect(await inMember(world, 'member2', 'offline', 'a')).toBeDefined()
    fault.mode = 'none'
    await gone(world.member('member2').client, Deployments, 'a', 'offline')
  })

  it('drains a member that leaves, and then lets it go (T-44)', async () => {
    await createNamespace(world, 'leaving')
    await createPolicy(world, policy('leaving', 'p', { placement: divided({ member1: 1, member3: 1 }) }))
    await createDeployment(world, deployment('leaving', 'a', { replicas: 4 }))
    await eventually(async () => expect(await replicasIn(world, 'leaving', 'a')).toEqual({ member1: 2, member3: 2 }))
    await world.client.of(Clusters).delete('member3')
    await gone(world.client, Clusters, 'member3')
    await eventually(async () => expect(await replicasIn(world, 'leaving', 'a')).toEqual({ member1: 4 }))
    expect(await world.client.of(Namespaces).find('karmada-es-member3')).toBeUndefined()
    expect(
      (await world.client.of(Works).list()).items.some(({ metadata }) => metadata.namespace === 'karmada-es-member3'),
    ).toBe(false)
    expect(await world.member('member3').client.of(Namespaces).find('leaving')).toBeUndefined()
    await world.client.of(PropagationPolicies, 'leaving').delete('p')
  })

  it('lets a member go that only templates without a policy are on: nobody else would take them off it', async () => {
    await createNamespace(world, 'orphans')
    await world.join('member3')
    await untilReady(world.client, 'member3')
    await createPolicy(world, policy('orphans', 'p', { placement: divided({ member1: 1, member3: 1 }) }))
    await createDeployment(world, deployment('orphans', 'a', { replicas: 4 }))
    await eventually(async () => expect(await replicasIn(world, 'orphans', 'a')).toEqual({ member1: 2, member3: 2 }))
    await world.client.of(PropagationPolicies, 'orphans').delete('p')
    await gone(world.client, PropagationPolicies, 'p', 'orphans')
    await world.client.of(Clusters).delete('member3')
    await gone(world.client, Clusters, 'member3')
    // What stays, stays as it was (T-09).
    await eventually(async () => expect(await replicasIn(world, 'orphans', 'a')).toEqual({ member1: 2 }))
    expect((await bindingOf(world, 'orphans', 'a')).spec.clusters).toEqual([{ name: 'member1', replicas: 2 }])
  })
})
