import { ClusterRoleBindings, ClusterRoles, Namespaces, Secrets, ServiceAccounts } from '@kairship/api/builtin'
import { Clusters, karmadaCrds } from '@kairship/api/karmada'
import { ConnectionError, type Connection, type UserInfo } from '@kairship/apimachinery'
import { type Client, createClient } from '@kairship/client'
import { JoinError, type JoinErrorCode, type JoinOptions, joinCluster, unjoinCluster } from '@kairship/instances'
import { systemClock } from '@kairship/runtime'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MemoryHosting } from '../test/hosting.ts'

const admin: UserInfo = { username: 'admin', groups: ['system:masters'] }
const never = new AbortController().signal

describe('joining a cluster', () => {
  let hosting: MemoryHosting
  let instance: Client
  let member: Client

  beforeEach(async () => {
    hosting = new MemoryHosting()
    const plane = await hosting.open('instances', 'demo', { builtinCrds: karmadaCrds() })
    instance = createClient(plane.connect(admin))
    member = createClient((await hosting.open('clusters', 'one', { version: '1.33' })).connect(admin))
  })
  afterEach(async () => {
    await hosting[Symbol.asyncDispose]()
  })

  const options = (more: Partial<JoinOptions> = {}): JoinOptions => ({
    instance,
    member,
    endpoint: hosting.url('clusters', 'one'),
    caBundle: '-----BEGIN CERTIFICATE-----\nca\n-----END CERTIFICATE-----\n',
    name: 'one',
    place: { provider: 'aws', region: 'eu-west-1', zones: ['a', 'b'] },
    clock: systemClock(),
    signal: never,
    ...more,
  })
  /** Everything that joining could have left, in both places. */
  const traces = async (): Promise<readonly string[]> => {
    const names = async (
      list: Promise<{ items: readonly { metadata: { readonly name?: string } }[] }>,
    ): Promise<string[]> => (await list).items.map((item) => item.metadata.name ?? '')
    const found = [
      ...(await names(instance.of(Clusters).list())),
      ...(await names(instance.of(Secrets, 'karmada-cluster').list())),
      ...(await names(member.of(Namespaces).list())),
      ...(await names(member.of(ClusterRoles).list())),
      ...(await names(member.of(ClusterRoleBindings).list())),
    ]
    return found.filter((name) => name === 'one' || name.includes('karmada') || name.includes('impersonator'))
  }
  const refused = async (join: Promise<unknown>): Promise<JoinErrorCode> => {
    const error = await join.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    if (!(error instanceof JoinError)) throw new Error('expected a JoinError', { cause: error })
    expect(error.next).not.toBe('')
    return error.code
  }

  it('refuses the instance itself, which would propagate what it has just written', async () => {
    expect(await refused(joinCluster(options({ member: instance })))).toBe('NO_WORKLOAD_CLUSTER')
    expect(await traces()).toEqual([])
  })

  it('creates what Karmada creates, with a token that the member accepts', async () => {
    const { cluster } = await joinCluster(options())
    const system = await member.of(Namespaces).get('kube-system')
    expect(cluster.spec).toMatchObject({
      id: system.metadata.uid,
      syncMode: 'Push',
      apiEndpoint: hosting.url('clusters', 'one'),
      provider: 'aws',
      region: 'eu-west-1',
      zones: ['a', 'b'],
      secretRef: { namespace: 'karmada-cluster', name: 'one' },
      impersonatorSecretRef: { namespace: 'karmada-cluster', name: 'one-impersonator' },
    })
    const secret = await instance.of(Secrets, 'karmada-cluster').get('one')
    expect(secret.metadata.ownerReferences?.[0]).toMatchObject({ kind: 'Cluster', name: 'one', controller: true })
    const token = Buffer.from(secret.data?.['token'] ?? '', 'base64').toString()
    expect(await hosting.find('clusters', 'one')?.authenticate({ bearerToken: token })).toMatchObject({
      username: 'system:serviceaccount:karmada-cluster:karmada-one',
    })
    expect(await member.of(ServiceAccounts, 'karmada-cluster').find('karmada-impersonator')).toBeDefined()
    const role = await member.of(ClusterRoles).get('karmada-controller-manager:karmada-one')
    expect(role.rules).toContainEqual({ apiGroups: ['*'], resources: ['*'], verbs: ['*'] })
  })

  it('refuses a name that is taken', async () => {
    await joinCluster(options())
    expect(await refused(joinCluster(options()))).toBe('NAME_TAKEN')
  })

  it('refuses a cluster that is a member under another name', async () => {
    await joinCluster(options())
    expect(await refused(joinCluster(options({ name: 'two' })))).toBe('ALREADY_JOINED')
  })

  it('refuses a cluster that another control plane has joined, unless asked to share it', async () => {
    await joinCluster(options())
    const other = createClient(
      (await hosting.open('instances', 'other', { builtinCrds: karmadaCrds() })).connect(admin),
    )
    expect(await refused(joinCluster(options({ instance: other })))).toBe('JOINED_ELSEWHERE')
    expect((await other.of(Clusters).list()).items).toEqual([])
    await joinCluster(options({ instance: other, shared: true }))
    expect((await other.of(Clusters).list()).items).toHaveLength(1)
  })

  it.each(['One', 'a_b', '-a', 'a'.repeat(49), ''])('refuses the name %j before asking anybody', async (name) => {
    expect(await refused(joinCluster(options({ name })))).toBe('INVALID_NAME')
    expect(await traces()).toEqual([])
  })

  it('says that a member cannot be reached, and changes nothing', async () => {
    const unreachable = createClient(failing(() => new ConnectionError('connect ECONNREFUSED 10.0.0.1:6443')))
    expect(await refused(joinCluster(options({ member: unreachable })))).toBe('MEMBER_UNREACHABLE')
    expect(await traces()).toEqual([])
  })

  it('says that credentials may not administer the member, and changes nothing', async () => {
    const plane = hosting.find('clusters', 'one')
    if (plane === undefined) throw new Error('not open')
    const weak = createClient(plane.connect({ username: 'weak', groups: ['system:authenticated'] }))
    expect(await refused(joinCluster(options({ member: weak })))).toBe('MEMBER_RIGHTS')
    expect(await traces()).toEqual([])
  })

  it('undoes what it created when a later step fails', async () => {
    const plane = hosting.find('instances', 'demo')
    if (plane === undefined) throw new Error('not open')
    const inner = plane.connect(admin)
    const flaky: Connection = {
      watch: (...call) => inner.watch(...call),
      raw: (...call) => inner.raw(...call),
      request: async (operation, signal) => {
        if (operation.verb === 'create' && operation.resource === 'secrets') throw new ConnectionError('cable pulled')
        return inner.request(operation, signal)
      },
    }
    expect(await refused(joinCluster(options({ instance: createClient(flaky) })))).toBe('INSTANCE_UNREACHABLE')
    await expect.poll(traces).toEqual([])
  })

  it('completes what an interrupted attempt began', async () => {
    await joinCluster(options())
    await instance.of(Clusters).delete('one')
    await expect.poll(async () => (await instance.of(Clusters).list()).items).toEqual([])
    await joinCluster(options())
    expect((await instance.of(Clusters).list()).items).toHaveLength(1)
  })

  it('leaves nothing in the member when it is let go', async () => {
    await joinCluster(options())
    const { remaining } = await unjoinCluster({
      instance,
      name: 'one',
      timeoutMs: 10_000,
      clock: systemClock(),
      signal: never,
      connectMember: () => member,
    })
    expect(remaining).toEqual([])
    await expect.poll(traces, { timeout: 5000 }).toEqual([])
  })

  it('says when there is no member of that name', async () => {
    const leaving = unjoinCluster({ instance, name: 'x', timeoutMs: 1, clock: systemClock(), signal: never })
    expect(await refused(leaving)).toBe('NOT_A_MEMBER')
  })
})

function failing(error: () => Error): Connection {
  return {
    request: async () => Promise.reject(error()),
    raw: async () => Promise.reject(error()),
    // oxlint-disable-next-line require-yield
    async *watch() {
      throw error()
    },
  }
}
