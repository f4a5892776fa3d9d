import { ConfigMaps, Deployments, Services } from '@kairship/api/builtin'
import { ResourceBindings, Works } from '@kairship/api/karmada'
import { afterEach, describe, expect, it } from 'vitest'
import { createDeployment, createNamespace, createPolicy, deployment, policy, quiet, replicasIn } from './objects.ts'
import { createWorld, eventually } from './world.ts'
import type { World } from './world.ts'

describe('an engine that starts again', () => {
  let world: World
  const writes: string[] = []
  afterEach(() => world[Symbol.asyncDispose]())

  const start = async (): Promise<void> => {
    world = await createWorld({
      members: [{ name: 'member1' }, { name: 'member2' }],
      onWrite: (plane, { verb, resource, subresource = '', namespace = '', name = '' }) => {
        writes.push(`${plane} ${verb} ${resource}/${subresource} ${namespace}/${name}`)
      },
    })
  }

  async function settled(): Promise<void> {
    let before = ''
    await eventually(async () => {
      const now = (await Promise.all(['control', 'member1', 'member2'].map((name) => world.revision(name)))).join()
      const same = now === before
      before = now
      await quiet(300)
      if (!same) throw new Error('still busy')
    }, 20_000)
  }

  it('writes nothing when nothing has changed', async () => {
    await start()
    await createNamespace(world, 'still')
    await createPolicy(
      world,
      policy('still', 'p', {
        resourceSelectors: [
          { apiVersion: 'apps/v1', kind: 'Deployment' },
          { apiVersion: 'v1', kind: 'ConfigMap' },
          { apiVersion: 'v1', kind: 'Service' },
        ],
        placement: { replicaScheduling: { replicaSchedulingType: 'Divided' } },
      }),
    )
    for (let index = 0; index < 5; index++) await createDeployment(world, deployment('still', `app-${index}`))
    await world.client.of(ConfigMaps, 'still').create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: 'still' },
      data: { a: 'b' },
    })
    await world.client.of(Services, 'still').create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'app', namespace: 'still' },
      spec: { selector: { app: 'app-0' }, ports: [{ port: 80 }] },
    })
    await eventually(async () => {
      const { items } = await world.client.of(Deployments, 'still').list()
      expect(items.filter(({ status }) => status?.readyReplicas === 3)).toHaveLength(5)
    }, 20_000)
    await settled()
    await world.stop()
    writes.length = 0
    const before = await Promise.all(['control', 'member1', 'member2'].map((name) => world.revision(name)))
    world.start()
    await quiet(2_500)
    expect(await Promise.all(['control', 'member1', 'member2'].map((name) => world.revision(name)))).toEqual(before)
    // Requests that change nothing are allowed only where a member's defaults differ from the manifest (Services).
    expect(writes.filter((write) => !write.includes('update services'))).toEqual([])
  })

  it('catches up with what happened while it was away', async () => {
    await start()
    await createNamespace(world, 'away')
    await createPolicy(world, policy('away', 'p'))
    for (const name of ['changed', 'deleted', 'drifted']) await createDeployment(world, deployment('away', name))
    await eventually(async () => {
      for (const name of ['changed', 'deleted', 'drifted']) {
        expect(await replicasIn(world, 'away', name)).toEqual({ member1: 3, member2: 3 })
      }
    })
    await world.stop()
    await world.client.of(Deployments, 'away').patch('changed', 'merge', {
      metadata: { labels: { new: 'label' } },
      spec: { replicas: 5 },
    })
    await world.client.of(Deployments, 'away').delete('deleted')
    await world
      .member('member1')
      .client.of(Deployments, 'away')
      .patch('drifted', 'merge', { spec: { replicas: 1 } })
    await world.member('member2').client.of(Deployments, 'away').delete('drifted')
    await createDeployment(world, deployment('away', 'created'))
    await quiet(100)
    world.start()
    await eventually(async () => {
      expect(await replicasIn(world, 'away', 'changed')).toEqual({ member1: 5, member2: 5 })
      expect(await replicasIn(world, 'away', 'deleted')).toEqual({})
      expect(await replicasIn(world, 'away', 'drifted')).toEqual({ member1: 3, member2: 3 })
      expect(await replicasIn(world, 'away', 'created')).toEqual({ member1: 3, member2: 3 })
      const object = await world.member('member1').client.of(Deployments, 'away').get('changed')
      expect(object.metadata.labels).toMatchObject({ new: 'label' })
    })
  })

  it('converges wherever it is stopped', async () => {
    await start()
    await createNamespace(world, 'stops')
    await createPolicy(world, policy('stops', 'p'))
    const names = Array.from({ length: 40 }, (_, index) => `app-${index}`)
    for (const [index, name] of names.entries()) {
      await createDeployment(world, deployment('stops', name, { replicas: 1 }))
      if (index % 8 === 7) {
        await world.stop()
        world.start()
      }
    }
    await eventually(async () => {
      for (const member of ['member1', 'member2']) {
        const { items } = await world.member(member).client.of(Deployments, 'stops').list()
        expect(items).toHaveLength(names.length)
      }
      const { items } = await world.client.of(Deployments, 'stops').list()
      expect(items.filter(({ status }) => status?.readyReplicas === 2)).toHaveLength(names.length)
    }, 30_000)
    for (const name of names) await world.client.of(Deployments, 'stops').delete(name)
    await quiet(20)
    await world.stop()
    world.start()
    await eventually(async () => {
      expect((await world.client.of(ResourceBindings, 'stops').list()).items).toEqual([])
      const { items } = await world.client.of(Works).list()
      expect(items.filter(({ metadata }) => metadata.name?.startsWith('app-'))).toEqual([])
      for (const member of ['member1', 'member2']) {
        expect((await world.member(member).client.of(Deployments, 'stops').list()).items).toEqual([])
      }
    }, 30_000)
  })
})
