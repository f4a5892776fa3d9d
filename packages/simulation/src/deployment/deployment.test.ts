import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Deployment } from '@kairship/api/builtin'
import { Deployments, Pods, ReplicaSets } from '@kairship/api/builtin'
import type { DeepReadonly } from '@kairship/apimachinery'
import { edit } from '@kairship/client'
import type { TestCluster } from '../test/cluster.ts'
import { eventually, podsWith, template, testCluster } from '../test/cluster.ts'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await testCluster()
})
afterAll(() => cluster[Symbol.asyncDispose]())

function deployment(name: string, spec: Partial<Deployment['spec']> = {}): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default', annotations: { owner: 'me' } },
    spec: { replicas: 3, selector: { matchLabels: { app: name } }, template: template(name), ...spec },
  }
}

function progressing(object: DeepReadonly<Deployment>): string | undefined {
  return object.status?.conditions?.find(({ type }) => type === 'Progressing')?.reason
}

const deployments = () => cluster.client.of(Deployments, 'default')
const complete = (name: string) =>
  eventually(
    () => deployments().get(name),
    (object) =>
      progressing(object) === 'NewReplicaSetAvailable' &&
      object.status?.observedGeneration === object.metadata.generation,
  )
const change = async (name: string, alter: (draft: Deployment) => void) => {
  const draft = edit<Deployment>(await deployments().get(name))
  alter(draft)
  await deployments().update(draft)
}
const setsOf = async (name: string) =>
  (await cluster.client.of(ReplicaSets, 'default').list({ labelSelector: `app=${name}` })).items

describe('a simulated Deployment', () => {
  it('gets a ReplicaSet, pods on nodes and the status of a real one', async () => {
    await deployments().create(deployment('web'))
    const done = await complete('web')
    expect(done.status).toMatchObject({
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      observedGeneration: 1,
      conditions: [
        { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable' },
        { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' },
      ],
    })
    expect(done.status).not.toHaveProperty('unavailableReplicas')
    expect(done.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('1')
    const [set] = await setsOf('web')
    const hash = set?.metadata.labels?.['pod-template-hash'] ?? ''
    expect(hash).toMatch(/^[bcdfghjklmnpqrstvwxz2-9]+$/)
    expect(set).toMatchObject({
      metadata: {
        name: `web-${hash}`,
        annotations: {
          owner: 'me',
          'deployment.kubernetes.io/revision': '1',
          'deployment.kubernetes.io/desired-replicas': '3',
          'deployment.kubernetes.io/max-replicas': '4',
        },
        ownerReferences: [{ kind: 'Deployment', name: 'web', uid: done.metadata.uid, controller: true }],
      },
      status: { replicas: 3, fullyLabeledReplicas: 3, readyReplicas: 3, availableReplicas: 3, observedGeneration: 1 },
    })
    const pods = await podsWith(cluster.client, 'app=web')
    expect(pods).toHaveLength(3)
    expect(new Set(pods.map((pod) => pod.spec?.nodeName)).size).toBe(3)
    expect(new Set(pods.map((pod) => pod.status?.podIP)).size).toBe(3)
    for (const pod of pods) {
      expect(pod.metadata.generateName).toBe(`web-${hash}-`)
      expect(pod.metadata.ownerReferences?.[0]).toMatchObject({ kind: 'ReplicaSet', uid: set?.metadata.uid })
      expect(pod.status?.phase).toBe('Running')
    }
  })

  it('costs ten writes for two pods, and none once it is settled', async () => {
    // Pods that start at once, so that nothing has to be said twice.
    await cluster.restart({ podStartMs: 0, settleMs: 40 })
    await eventually(
      async () => (await cluster.client.of(Pods).list()).items.length,
      (count) => count === 3,
    )
    const version = async () => Number((await cluster.client.of(Pods).list()).resourceVersion)
    const settled = async () => {
      for (let last = -1, now = await version(); ; last = now, now = await version()) {
        if (last === now) return now
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
    }
    const before = await settled()
    await deployments().create(deployment('cheap', { replicas: 2 }))
    await complete('cheap')
    expect((await settled()) - before).toBeLessThanOrEqual(10)
    await cluster.restart({})
  })

  it('rolls a new template out without going below what must be available', async () => {
    await deployments().create(deployment('roll', { replicas: 4 }))
    await complete('roll')
    let lowest = 4
    let highest = 0
    const stop = new AbortController()
    const watching = (async () => {
      const { resourceVersion } = await deployments().list()
      for await (const batch of deployments().watch({
        resourceVersion,
        fieldSelector: 'metadata.name=roll',
        signal: stop.signal,
      })) {
        for (const event of batch) {
          if (event.type !== 'MODIFIED') continue
          lowest = Math.min(lowest, event.object.status?.availableReplicas ?? 0)
          highest = Math.max(highest, event.object.status?.replicas ?? 0)
        }
      }
    })()
    await change('roll', (draft) => {
      const [container] = draft.spec?.template.spec?.containers ?? []
      if (container !== undefined) container.image = 'registry.example/app:2'
    })
    const done = await complete('roll')
    stop.abort()
    await watching
    expect(lowest).toBeGreaterThanOrEqual(3)
    expect(highest).toBeLessThanOrEqual(5)
    expect(done.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2')
    const pods = await eventually(
      () => podsWith(cluster.client, 'app=roll'),
      (list) => list.length === 4,
    )
    for (const pod of pods) expect(pod.spec?.containers[0]?.image).toBe('registry.example/app:2')
    const sets = await setsOf('roll')
    expect(new Set(sets.map((set) => set.spec?.replicas))).toEqual(new Set([0, 4]))

    // Back to the first template: its ReplicaSet is used again, as the newest revision.
    await change('roll', (draft) => {
      const [container] = draft.spec?.template.spec?.containers ?? []
      if (container !== undefined) container.image = 'registry.example/app:1'
    })
    await complete('roll')
    const again = await setsOf('roll')
    expect(again).toHaveLength(2)
    const current = again.find((set) => set.spec?.replicas === 4)
    expect(current?.metadata.annotations).toMatchObject({
      'deployment.kubernetes.io/revision': '3',
      'deployment.kubernetes.io/revision-history': '1',
    })
  })

  it('scales up and down, also in the middle of a rollout', async () => {
    await deployments().create(deployment('scale', { replicas: 2 }))
    await complete('scale')
    for (const replicas of [6, 1, 0]) {
      await change('scale', (draft) => {
        if (draft.spec !== undefined) draft.spec.replicas = replicas
      })
      await eventually(
        () => podsWith(cluster.client, 'app=scale'),
        (pods) => pods.length === replicas && pods.every((pod) => pod.status?.phase === 'Running'),
      )
      const done = await eventually(
        () => deployments().get('scale'),
        (object) => (object.status?.replicas ?? 0) === replicas,
      )
      expect(done.status?.observedGeneration).toBe(done.metadata.generation)
    }
    await change('scale', (draft) => {
      if (draft.spec === undefined) return
      draft.spec.replicas = 5
      draft.spec.template = template('scale', { terminationGracePeriodSeconds: 5 })
    })
    await change('scale', (draft) => {
      if (draft.spec !== undefined) draft.spec.replicas = 8
    })
    await complete('scale')
    expect(
      (
        await eventually(
          () => podsWith(cluster.client, 'app=scale'),
          (pods) => pods.length === 8,
        )
      ).length,
    ).toBe(8)
  })

  it('with Recreate stops every old pod before the first new one', async () => {
    await deployments().create(deployment('recreate', { strategy: { type: 'Recreate' } }))
    await complete('recreate')
    const old = new Set((await podsWith(cluster.client, 'app=recreate')).map((pod) => pod.metadata.uid))
    let mixed = false
    const stop = new AbortController()
    const pods = cluster.client.of(Pods, 'default')
    const alive = new Map<string, boolean>([...old].map((uid) => [uid ?? '', true]))
    const { resourceVersion } = await pods.list()
    const watching = (async () => {
      for await (const batch of pods.watch({ resourceVersion, labelSelector: 'app=recreate', signal: stop.signal })) {
        for (const event of batch) {
          if (event.type === 'BOOKMARK') continue
          const uid = event.object.metadata.uid ?? ''
          if (event.type === 'DELETED') alive.delete(uid)
          else if (!old.has(uid) && [...alive.keys()].some((other) => old.has(other))) mixed = true
          else alive.set(uid, true)
        }
      }
    })()
    await change('recreate', (draft) => {
      if (draft.spec !== undefined) draft.spec.template = template('recreate', { terminationGracePeriodSeconds: 5 })
    })
    await complete('recreate')
    stop.abort()
    await watching
    expect(mixed).toBe(false)
  })

  it('does not move while it is paused', async () => {
    await deployments().create(deployment('paused'))
    await complete('paused')
    await change('paused', (draft) => {
      if (draft.spec === undefined) return
      draft.spec.paused = true
      draft.spec.template = template('paused', { terminationGracePeriodSeconds: 5 })
    })
    await eventually(
      () => deployments().get('paused'),
      (object) => progressing(object) === 'DeploymentPaused',
    )
    expect(await setsOf('paused')).toHaveLength(1)
    await change('paused', (draft) => {
      if (draft.spec !== undefined) draft.spec.paused = false
    })
    await complete('paused')
    expect(await setsOf('paused')).toHaveLength(2)
  })

  it('says that it is not available when its pods never get ready', async () => {
    const broken = template('broken')
    broken.metadata = { labels: { app: 'broken' }, annotations: { 'simulation.kairship.io/outcome': 'unready' } }
    await deployments().create(deployment('broken', { template: broken, progressDeadlineSeconds: 1 }))
    const failed = await eventually(
      () => deployments().get('broken'),
      (object) => progressing(object) === 'ProgressDeadlineExceeded',
    )
    expect(failed.status).toMatchObject({ replicas: 3, unavailableReplicas: 3 })
    expect(failed.status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable' }),
    )
  })

  it('leaves nothing behind when it is deleted', async () => {
    await deployments().create(deployment('gone'))
    await complete('gone')
    await deployments().delete('gone')
    await eventually(
      () => setsOf('gone'),
      (sets) => sets.length === 0,
    )
    await eventually(
      () => podsWith(cluster.client, 'app=gone'),
      (pods) => pods.length === 0,
    )
  })
})
