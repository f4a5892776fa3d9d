import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { karmadaCrds, Clusters } from '@kairship/api/karmada'
import { Deployments, Namespaces, Secrets } from '@kairship/api/builtin'
import { startTestServer, testKeys } from '@kairship/apiserver/testing'
import type { TestServer } from '@kairship/apiserver/testing'
import { createClient } from '@kairship/client'
import type { Client } from '@kairship/client'
import { createEngine, karmadaAdmission } from '@kairship/federation'
import { silentLogger, systemClock, systemRandom, taskGroup } from '@kairship/runtime'
import { createScheduler } from '@kairship/scheduler'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deployment, policy } from './objects.ts'
import { ClusterPropagationPolicies } from '@kairship/api/karmada'
import { eventually, gone, untilReady } from './world.ts'

/** Everything over HTTPS, as with clusters of any maker: no shortcut between engine and member. */
describe('members that are reached over HTTPS', () => {
  const owned = new AsyncDisposableStack()
  let control: Client
  let member: TestServer
  let memberClient: Client

  beforeAll(async () => {
    const [clock, random, log] = [systemClock(), systemRandom(), silentLogger()]
    const keys = await testKeys()
    const admission = karmadaAdmission({ clock, random })
    const plane = owned.use(await startTestServer({ plane: { builtinCrds: karmadaCrds(), admission } }, keys))
    member = owned.use(await startTestServer({}, keys))
    control = createClient(plane.connection)
    memberClient = createClient(member.connection)
    const tasks = owned.use(taskGroup({ name: 'engine', log }))
    const options = { controlPlane: plane.connection, clock, random, log }
    const settings = {
      clusterStatusPeriodMs: 200,
      clusterFailureThresholdMs: 0,
      clusterSuccessThresholdMs: 0,
      probeTimeoutMs: 500,
    }
    tasks.run('engine', (signal) => createEngine({ ...options, settings }).run(signal))
    tasks.run('scheduler', (signal) => createScheduler(options).run(signal))
    await control.of(Namespaces).create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'karmada-cluster' } })
    await control.of(ClusterPropagationPolicies).create(policy(undefined, 'all'))
  })
  afterAll(() => owned.disposeAsync())

  async function join(name: string, apiEndpoint: string, token: string): Promise<void> {
    const encode = (text: string): string => Buffer.from(text).toString('base64')
    await control.of(Secrets, 'karmada-cluster').create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: 'karmada-cluster' },
      type: 'Opaque',
      data: { token: encode(token), caBundle: encode(member.ca) },
    })
    await control.of(Clusters).create({
      apiVersion: 'cluster.karmada.io/v1alpha1',
      kind: 'Cluster',
      metadata: { name },
      spec: { syncMode: 'Push', apiEndpoint, secretRef: { namespace: 'karmada-cluster', name } },
    })
  }
  const readiness = async (name: string) =>
    (await control.of(Clusters).get(name)).status?.conditions?.find(({ type }) => type === 'Ready')

  it('says what is wrong with credentials that the member refuses, and uses better ones at once', async () => {
    await join('real', member.url, 'wrong')
    await eventually(async () => expect(await readiness('real')).toMatchObject({ status: 'False' }))
    const token = Buffer.from(member.token).toString('base64')
    await control.of(Secrets, 'karmada-cluster').patch('real', 'merge', { data: { token } })
    await untilReady(control, 'real')
    expect((await control.of(Clusters).get('real')).status?.kubernetesVersion).toMatch(/^v1\./)
  })

  it('propagates, repairs and deletes', async () => {
    await control.of(Deployments, 'default').create(deployment('default', 'web'))
    const inMember = memberClient.of(Deployments, 'default')
    await eventually(() => inMember.get('web'))
    await inMember.patch('web', 'merge', { spec: { replicas: 1 } })
    await eventually(async () => expect((await inMember.get('web')).spec?.replicas).toBe(3))
    await control.of(Deployments, 'default').patch('web', 'merge', { spec: { replicas: 6 } })
    await eventually(async () => expect((await inMember.get('web')).spec?.replicas).toBe(6))
    await control.of(Deployments, 'default').delete('web')
    await gone(memberClient, Deployments, 'web', 'default')
  })

  it('tells a server that accepts and never answers, and one that is not there, from a healthy one (I9)', async () => {
    const silent: Server = createServer(() => undefined)
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as AddressInfo
    await join('silent', `https://127.0.0.1:${port}`, 'any')
    await join('absent', 'https://127.0.0.1:1', 'any')
    for (const name of ['silent', 'absent']) {
      await eventually(async () =>
        expect(await readiness(name)).toMatchObject({ status: 'False', reason: 'ClusterNotReachable' }),
      )
    }
    const started = Date.now()
    await control.of(Deployments, 'default').create(deployment('default', 'meanwhile'))
    await eventually(() => memberClient.of(Deployments, 'default').get('meanwhile'))
    expect(Date.now() - started).toBeLessThan(2_000)
    expect(await readiness('real')).toMatchObject({ status: 'True' })
    silent.close()
  })

  it('says so when the secret is missing', async () => {
    await control.of(Clusters).create({
      apiVersion: 'cluster.karmada.io/v1alpha1',
      kind: 'Cluster',
      metadata: { name: 'nosecret' },
      spec: {
        syncMode: 'Push',
        apiEndpoint: member.url,
        secretRef: { namespace: 'karmada-cluster', name: 'nosecret' },
      },
    })
    await eventually(async () =>
      expect(await readiness('nosecret')).toMatchObject({
        status: 'False',
        reason: 'StatusCollectionFailed',
        message: expect.stringContaining('secret karmada-cluster/nosecret does not exist'),
      }),
    )
  })
})
