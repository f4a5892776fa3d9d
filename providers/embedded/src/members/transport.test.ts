import { Secrets, ServiceAccounts } from '@kairship/api/builtin'
import { type Cluster, Clusters, karmadaCrds } from '@kairship/api/karmada'
import { ConnectionError, type DeepReadonly, type UserInfo } from '@kairship/apimachinery'
import { type Client, createClient } from '@kairship/client'
import type { MemberSecrets } from '@kairship/federation'
import { joinCluster } from '@kairship/instances'
import { type Clock, systemClock } from '@kairship/runtime'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { MemoryHosting } from '../test/hosting.ts'
import { embeddedTransport } from './transport.ts'

const admin: UserInfo = { username: 'admin', groups: ['system:masters'] }
const namespaces = { group: '', version: 'v1', resource: 'namespaces' } as const

let hosting: MemoryHosting
let instance: Client
let member: Client
let cluster: DeepReadonly<Cluster>
let now: number
const clock: Clock = { ...systemClock(), now: () => now }
const secrets: MemberSecrets = { get: ({ namespace, name }) => instance.of(Secrets, namespace).find(name) }

beforeEach(async () => {
  now = Date.now()
  hosting = new MemoryHosting()
  instance = createClient((await hosting.open('instances', 'demo', { builtinCrds: karmadaCrds() })).connect(admin))
  member = createClient((await hosting.open('clusters', 'one', {})).connect(admin))
  await joinCluster({
    instance,
    member,
    endpoint: hosting.url('clusters', 'one'),
    caBundle: 'ca',
    name: 'one',
    clock: systemClock(),
    signal: new AbortController().signal,
  })
  cluster = await instance.of(Clusters).get('one')
})
afterEach(async () => {
  await hosting[Symbol.asyncDispose]()
})

it('reaches a simulated cluster with the rights of the token in its Secret', async () => {
  const connection = await embeddedTransport({ hosting, clock }).connect(cluster, secrets)
  const reply = await connection.request({ verb: 'list', ...namespaces })
  expect(reply.status).toBe(200)
  const review = await connection.request({
    verb: 'create',
    group: 'authentication.k8s.io',
    version: 'v1',
    resource: 'selfsubjectreviews',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview', metadata: {} },
  })
  expect(JSON.stringify(review.body)).toContain('system:serviceaccount:karmada-cluster:karmada-one')
})

it('ends access soon after the member withdrew the token', async () => {
  const connection = await embeddedTransport({ hosting, clock }).connect(cluster, secrets)
  expect((await connection.request({ verb: 'list', ...namespaces })).status).toBe(200)
  await member.of(ServiceAccounts, 'karmada-cluster').delete('karmada-one')
  now += 1001
  expect((await connection.request({ verb: 'list', ...namespaces })).status).toBe(401)
  expect((await connection.raw('/version')).status).toBe(401)
})

it('says that a cluster is not running any more', async () => {
  const connection = await embeddedTransport({ hosting, clock }).connect(cluster, secrets)
  await hosting.close('clusters', 'one')
  await expect(connection.request({ verb: 'list', ...namespaces })).rejects.toThrow(ConnectionError)
  await expect(embeddedTransport({ hosting, clock }).connect(cluster, secrets)).rejects.toThrow(/not running/)
})

it('refuses a Cluster whose Secret has no token', async () => {
  await instance.of(Secrets, 'karmada-cluster').delete('one')
  await expect(embeddedTransport({ hosting, clock }).connect(cluster, secrets)).rejects.toThrow(/no token/)
})
