import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DaemonSet, Node, StatefulSet } from '@kairship/api/builtin'
import {
  ControllerRevisions,
  DaemonSets,
  Nodes,
  PersistentVolumeClaims,
  PersistentVolumes,
  Pods,
  StatefulSets,
} from '@kairship/api/builtin'
import { edit } from '@kairship/client'
import type { TestCluster } from './test/cluster.ts'
import { eventually, podsWith, template, testCluster } from './test/cluster.ts'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await testCluster({ zones: ['x-1', 'x-2'], region: 'x', provider: 'acme' })
})
afterAll(() => cluster[Symbol.asyncDispose]())
const client = () => cluster.client

describe('simulated nodes', () => {
  it('say where they are and what they have', async () => {
    const nodes = await eventually(
      async () => (await client().of(Nodes).list()).items,
      (items) => items.length === 3 && items.every((node) => node.status?.conditions !== undefined),
    )
    expect(nodes.map((node) => node.metadata.labels?.['topology.kubernetes.io/zone'])).toEqual(['x-1', 'x-2', 'x-1'])
    expect(nodes[0]).toMatchObject({
      metadata: { labels: { 'topology.kubernetes.io/region': 'x', 'kubernetes.io/hostname': 'member-node-1' } },
      spec: { providerID: 'acme:///x-1/member-node-1' },
      status: { allocatable: { cpu: '8', memory: '32Gi', pods: '110' }, nodeInfo: { kubeletVersion: 'v1.36.2' } },
    })
    expect(nodes[0]?.status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True')
  })
})

describe('a simulated StatefulSet', () => {
  const set = (name: string, spec: Partial<StatefulSet['spec']> = {}): StatefulSet => ({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name, namespace: 'default' },
    spec: {
      replicas: 3,
      serviceName: name,
      selector: { matchLabels: { app: name } },
      template: template(name),
      ...spec,
    },
  })
  const get = (name: string) => client().of(StatefulSets, 'default').get(name)

  it('starts pods one after the other, each with its own volume, and keeps the volumes', async () => {
    const claim = {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce' as const], resources: { requests: { storage: '2Gi' } } },
    }
    await client()
      .of(StatefulSets, 'default')
      .create(set('db', { volumeClaimTemplates: [claim] }))
    const done = await eventually(
      () => get('db'),
      (object) => object.status?.availableReplicas === 3,
    )
    expect(done.status).toMatchObject({
      replicas: 3,
      readyReplicas: 3,
      currentReplicas: 3,
      updatedReplicas: 3,
      observedGeneration: 1,
    })
    expect(done.status?.currentRevision).toBe(done.status?.updateRevision)
    const pods = await podsWith(client(), 'app=db')
    expect(pods.map((pod) => pod.metadata.name)).toEqual(['db-0', 'db-1', 'db-2'])
    const versions = pods.map((pod) => pod.metadata.labels?.['apps.kubernetes.io/pod-index'])
    expect(versions).toEqual(['0', '1', '2'])
    const claims = await eventually(
      async () => (await client().of(PersistentVolumeClaims, 'default').list()).items,
      (items) => items.length === 3 && items.every((item) => item.status?.phase === 'Bound'),
    )
    expect(claims.map((item) => item.metadata.name)).toEqual(['data-db-0', 'data-db-1', 'data-db-2'])
    expect(claims[0]?.status?.capacity).toEqual({ storage: '2Gi' })

    const draft = edit<StatefulSet>(done)
    if (draft.spec !== undefined) draft.spec.replicas = 1
    await client().of(StatefulSets, 'default').update(draft)
    await eventually(
      () => podsWith(client(), 'app=db'),
      (list) => list.length === 1 && list[0]?.metadata.name === 'db-0',
    )
    expect((await client().of(PersistentVolumeClaims, 'default').list()).items).toHaveLength(3)
  })

  it('replaces pods from the last to the first when the template changes', async () => {
    await client().of(StatefulSets, 'default').create(set('ring'))
    const before = await eventually(
      () => get('ring'),
      (object) => object.status?.availableReplicas === 3,
    )
    const draft = edit<StatefulSet>(before)
    if (draft.spec !== undefined) draft.spec.template = template('ring', { terminationGracePeriodSeconds: 7 })
    await client().of(StatefulSets, 'default').update(draft)
    const done = await eventually(
      () => get('ring'),
      ({ status, metadata }) =>
        status?.observedGeneration === metadata.generation &&
        status?.updatedReplicas === 3 &&
        status.currentRevision === status.updateRevision,
    )
    expect(done.status?.currentRevision).not.toBe(before.status?.currentRevision)
    const pods = await podsWith(client(), 'app=ring')
    expect(pods.map((pod) => pod.spec?.terminationGracePeriodSeconds)).toEqual([7, 7, 7])
    const revisions = await client().of(ControllerRevisions, 'default').list({ labelSelector: 'app=ring' })
    expect(revisions.items.map(({ revision }) => revision).toSorted((a, b) => a - b)).toEqual([1, 2])
  })
})

describe('a simulated DaemonSet', () => {
  it('has one pod on every node, also on nodes that come later', async () => {
    const set: DaemonSet = {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'agent', namespace: 'default' },
      spec: { selector: { matchLabels: { app: 'agent' } }, template: template('agent') },
    }
    const daemons = client().of(DaemonSets, 'default')
    await daemons.create(set)
    const done = await eventually(
      () => daemons.get('agent'),
      (object) => object.status?.numberAvailable === 3,
    )
    expect(done.status).toEqual({
      currentNumberScheduled: 3,
      desiredNumberScheduled: 3,
      numberMisscheduled: 0,
      numberReady: 3,
      numberAvailable: 3,
      updatedNumberScheduled: 3,
      observedGeneration: 1,
    })
    const node: Node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'late' } }
    const created = await client().of(Nodes).create(node)
    await client()
      .of(Nodes)
      .updateStatus({ ...created, status: { allocatable: { cpu: '1', memory: '1Gi', pods: '10' } } })
    await eventually(
      () => daemons.get('agent'),
      (object) => object.status?.numberAvailable === 4,
    )
    const draft = edit<DaemonSet>(await daemons.get('agent'))
    if (draft.spec !== undefined) draft.spec.template = template('agent', { terminationGracePeriodSeconds: 7 })
    await daemons.update(draft)
    await eventually(
      () => daemons.get('agent'),
      ({ status, metadata }) =>
        status?.observedGeneration === metadata.generation &&
        status?.updatedNumberScheduled === 4 &&
        status.numberAvailable === 4,
    )
    await client().of(Nodes).delete('late')
    await eventually(
      () => daemons.get('agent'),
      (object) => object.status?.currentNumberScheduled === 3,
    )
    await eventually(
      () => podsWith(client(), 'app=agent'),
      (pods) => pods.length === 3,
    )
  })
})

describe('a simulated claim', () => {
  it('gets a volume of its own, which goes with it', async () => {
    const claims = client().of(PersistentVolumeClaims, 'default')
    await claims.create({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'disk', namespace: 'default' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '5Gi' } } },
    })
    const bound = await eventually(
      () => claims.get('disk'),
      (object) => object.status?.phase === 'Bound',
    )
    const volumes = client().of(PersistentVolumes)
    const volume = await volumes.get(bound.spec?.volumeName ?? '')
    expect(volume).toMatchObject({
      spec: { capacity: { storage: '5Gi' }, claimRef: { name: 'disk', uid: bound.metadata.uid } },
      status: { phase: 'Bound' },
    })
    await claims.delete('disk')
    await eventually(
      () => volumes.find(volume.metadata.name ?? ''),
      (object) => object === undefined,
    )
  })
})

describe('a simulation that is started again', () => {
  it('goes on where the last one stopped', async () => {
    const set: StatefulSet = {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'again', namespace: 'default' },
      spec: {
        replicas: 2,
        serviceName: 'again',
        selector: { matchLabels: { app: 'again' } },
        template: template('again'),
      },
    }
    await client().of(StatefulSets, 'default').create(set)
    await cluster.restart()
    await eventually(
      () => client().of(StatefulSets, 'default').get('again'),
      (object) => object.status?.readyReplicas === 2,
    )
    const before = (await podsWith(client(), 'app=again')).map((pod) => pod.metadata.uid)
    await cluster.restart()
    const pod = await client().of(Pods, 'default').get('again-1')
    await client().of(Pods, 'default').delete('again-1')
    await eventually(
      () => podsWith(client(), 'app=again'),
      (pods) =>
        pods.length === 2 &&
        pods.every((item) => item.status?.phase === 'Running' && item.metadata.uid !== pod.metadata.uid),
    )
    const after = (await podsWith(client(), 'app=again')).map((item) => item.metadata.uid)
    expect(after[0]).toBe(before[0])
  })
})
