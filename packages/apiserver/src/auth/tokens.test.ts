import { generateKeyPairSync } from 'node:crypto'
import { ApiError } from '@kairship/apimachinery'
import type { Operation, Reply, UserInfo } from '@kairship/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, startTestServer } from '../testing/index.ts'
import type { TestServer } from '../testing/index.ts'
import { TokenSigner } from './jwt.ts'

const hour = 3_600_000

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

function admin(operation: Operation): Promise<Reply> {
  return server.connection.request(operation)
}
function as(username: string, groups: readonly string[] = []): (operation: Operation) => Promise<Reply> {
  const user: UserInfo = { username, groups: [...groups, 'system:authenticated'] }
  return (operation) => server.plane.connect(user).request(operation)
}
function message(reply: Reply): string {
  const { message: text } = reply.body
  return typeof text === 'string' ? text : ''
}

describe('tokens', () => {
  it.each([
    ['RS256', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
    ['ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey],
  ] as const)('are signed with %s, and nothing else is believed', (algorithm, key) => {
    const signer = new TokenSigner(key.export({ type: 'pkcs8', format: 'pem' }).toString())
    const token = signer.sign({ sub: 'x' })
    expect(signer.open(token)).toEqual({ sub: 'x' })
    const [head = '', , signature = ''] = token.split('.')
    const forged = Buffer.from(JSON.stringify({ sub: 'y' })).toString('base64url')
    expect(signer.open(`${head}.${forged}.${signature}`)).toBeUndefined()
    const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url')
    expect(signer.open(`${none}.${forged}.`)).toBeUndefined()
    expect(JSON.parse(signer.jwks())).toMatchObject({ keys: [{ alg: algorithm, kid: signer.keyId, use: 'sig' }] })
  })

  const accounts = { group: '', version: 'v1', resource: 'serviceaccounts', namespace: 'default' } as const
  const requestToken = (name: string, spec: object = {}): Promise<Reply> =>
    admin({ ...accounts, verb: 'create', name, subresource: 'token', body: { spec } as never })

  it('of a ServiceAccount prove it until the account is gone', async () => {
    await admin({ ...accounts, verb: 'create', body: { metadata: { name: 'robot' } } })
    const reply = await requestToken('robot')
    expect(reply.status).toBe(201)
    expect(reply.body).toMatchObject({ kind: 'TokenRequest', spec: { expirationSeconds: 3600 } })
    const { token } = reply.body['status'] as unknown as { token: string }
    const user = await server.plane.authenticate({ bearerToken: token })
    expect(user).toMatchObject({
      username: 'system:serviceaccount:default:robot',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
    })
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as object
    expect(claims).toMatchObject({
      iss: 'https://127.0.0.1',
      aud: ['https://127.0.0.1'],
      sub: 'system:serviceaccount:default:robot',
      'kubernetes.io': { namespace: 'default', serviceaccount: { name: 'robot' } },
    })
    await admin({ ...accounts, verb: 'delete', name: 'robot' })
    await admin({ ...accounts, verb: 'create', body: { metadata: { name: 'robot' } } })
    await expect(server.plane.authenticate({ bearerToken: token })).rejects.toMatchObject({ code: 401 })
  })

  it('live at least ten minutes, and die with the object they are bound to', async () => {
    await admin({ ...accounts, verb: 'create', body: { metadata: { name: 'bound' } } })
    expect(message(await requestToken('bound', { expirationSeconds: 60 }))).toContain(
      'spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes',
    )
    const secrets = { ...accounts, resource: 'secrets' } as const
    await admin({ ...secrets, verb: 'create', body: { metadata: { name: 'anchor' } } })
    const reply = await requestToken('bound', { boundObjectRef: { kind: 'Secret', apiVersion: 'v1', name: 'anchor' } })
    const { token } = reply.body['status'] as unknown as { token: string }
    expect(await server.plane.authenticate({ bearerToken: token })).toBeDefined()
    await admin({ ...secrets, verb: 'delete', name: 'anchor' })
    await expect(server.plane.authenticate({ bearerToken: token })).rejects.toMatchObject({ code: 401 })
  })

  it('are filled into Secrets of the old type, which go away with the account', async () => {
    await admin({ ...accounts, verb: 'create', body: { metadata: { name: 'legacy' } } })
    const secrets = { ...accounts, resource: 'secrets' } as const
    const annotations = { 'kubernetes.io/service-account.name': 'legacy' }
    const type = 'kubernetes.io/service-account-token'
    await admin({ ...secrets, verb: 'create', body: { metadata: { name: 'legacy-token', annotations }, type } })
    const data = await eventually(async () => {
      const { body } = await admin({ ...secrets, verb: 'get', name: 'legacy-token' })
      const filled = body['data'] as { token: string; namespace: string } | undefined
      if (filled === undefined) throw new Error('not yet')
      return filled
    })
    expect(Buffer.from(data.namespace, 'base64').toString()).toBe('default')
    const bearerToken = Buffer.from(data.token, 'base64').toString()
    expect((await server.plane.authenticate({ bearerToken }))?.username).toBe('system:serviceaccount:default:legacy')
    await admin({ ...accounts, verb: 'delete', name: 'legacy' })
    await eventually(async () => {
      expect((await admin({ ...secrets, verb: 'get', name: 'legacy-token' })).status).toBe(404)
    })
  })

  it('are reviewed, and so is who one is', async () => {
    const reviews = { group: 'authentication.k8s.io', version: 'v1', verb: 'create' } as const
    const token = await server.plane.issueServiceAccountToken('default', 'default', hour)
    const good = await admin({ ...reviews, resource: 'tokenreviews', body: { spec: { token } } })
    expect(good).toMatchObject({
      status: 201,
      body: { status: { authenticated: true, user: { username: 'system:serviceaccount:default:default' } } },
    })
    const bad = await admin({ ...reviews, resource: 'tokenreviews', body: { spec: { token: 'x' } } })
    expect(bad.body['status']).toMatchObject({ error: 'invalid bearer token' })
    const self = await as('bob', ['dev'])({ ...reviews, resource: 'selfsubjectreviews', body: {} })
    expect(self.body['status']).toEqual({ userInfo: { username: 'bob', groups: ['dev', 'system:authenticated'] } })
  })

  it('for bootstrapping are found in kube-system', async () => {
    const data = { 'token-id': 'abcdef', 'token-secret': '0123456789abcdef', 'usage-bootstrap-authentication': 'true' }
    const body = {
      metadata: { name: 'bootstrap-token-abcdef' },
      type: 'bootstrap.kubernetes.io/token',
      stringData: data,
    }
    await admin({ group: '', version: 'v1', resource: 'secrets', namespace: 'kube-system', verb: 'create', body })
    const user = await server.plane.authenticate({ bearerToken: 'abcdef.0123456789abcdef' })
    expect(user?.username).toBe('system:bootstrap:abcdef')
    await expect(server.plane.authenticate({ bearerToken: 'abcdef.0123456789abcdee' })).rejects.toBeInstanceOf(ApiError)
  })
})
