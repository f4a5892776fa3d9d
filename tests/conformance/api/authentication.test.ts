import { request } from 'node:https'
import type { JsonObject } from '@kairship/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { at, eventually, list, startWorld, text, type World } from './support.ts'

describe('Authentication', () => {
  let world: World
  let core: string
  beforeAll(async () => {
    world = await startWorld()
    core = await world.namespace('test')
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const whoAmI = async (token: string, headers: { readonly [name: string]: string } = {}): Promise<unknown> => {
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
    return at(await world.ok('POST', path, { body, token, headers }), 'status.userInfo')
  }
  const account = async (name: string): Promise<JsonObject> =>
    world.ok('POST', `${core}/serviceaccounts`, {
      body: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } },
    })
  const tokenOf = (name: string, spec: JsonObject = {}): Promise<JsonObject> =>
    world.ok('POST', `${core}/serviceaccounts/${name}/token`, {
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec },
    })
  const claims = (token: string): unknown => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

  it('takes static bearer tokens; everybody known is in system:authenticated', async () => {
    expect(await whoAmI(world.server.token)).toMatchObject({
      username: 'admin',
      groups: ['system:masters', 'system:authenticated'],
    })
  })

  it('takes client certificates: CN is the user, O the groups', async () => {
    const { certificate, key } = await world.server.plane.issueCertificate(
      { username: 'carol', groups: ['dev'] },
      60_000,
    )
    const body = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' })
    const options = { method: 'POST', ca: world.server.ca, cert: certificate, key, agent: false } as const
    const headers = { 'content-type': 'application/json' }
    const url = `${world.server.url}/apis/authentication.k8s.io/v1/selfsubjectreviews`
    const answer = await new Promise<string>((resolve, reject) => {
      const call = request(url, { ...options, headers }, (response) => {
        let out = ''
        response.setEncoding('utf8').on('data', (chunk: string) => {
          out += chunk
        })
        response.on('end', () => resolve(out))
      })
      call.on('error', reject)
      call.end(body)
    })
    expect(at(JSON.parse(answer), 'status.userInfo')).toMatchObject({
      username: 'carol',
      groups: ['dev', 'system:authenticated'],
    })
  })

  it('refuses bad credentials with 401, even where strangers may go', async () => {
    for (const path of ['/version', `${core}/configmaps`, '/healthz']) {
      expect(await world.refused('GET', path, { token: 'wrong' })).toEqual({
        code: 401,
        reason: 'Unauthorized',
        message: 'Unauthorized',
        details: undefined,
      })
    }
  })

  it('calls strangers system:anonymous', async () => {
    const refused = await world.refused('GET', '/apis', { token: '' })
    expect(refused).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      message: 'forbidden: User "system:anonymous" cannot get path "/apis"',
    })
  })

  it('issues tokens for service accounts: 201, an hour, for its own issuer', async () => {
    const { metadata } = await account('robot')
    const { code, json } = await world.call('POST', `${core}/serviceaccounts/robot/token`, {
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
    })
    expect(code).toBe(201)
    const issuer = text(await world.ok('GET', '/.well-known/openid-configuration'), 'issuer')
    expect(json).toMatchObject({ kind: 'TokenRequest', spec: { audiences: [issuer], expirationSeconds: 3600 } })
    const token = text(json, 'status.token')
    expect(JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())).toEqual({
      alg: 'RS256',
      kid: expect.any(String),
    })
    const said = claims(token)
    expect(said).toMatchObject({
      aud: [issuer],
      iss: issuer,
      sub: 'system:serviceaccount:test:robot',
      jti: expect.any(String),
      nbf: expect.any(Number),
      'kubernetes.io': { namespace: 'test', serviceaccount: { name: 'robot', uid: at(metadata, 'uid') } },
    })
    expect(Number(at(said, 'exp')) - Number(at(said, 'iat'))).toBe(3600)
    expect(text(json, 'status.expirationTimestamp')).toMatch(/Z$/)
  })

  it('refuses tokens of less than ten minutes: 422', async () => {
    await account('short')
    const refused = await world.refused('POST', `${core}/serviceaccounts/short/token`, {
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 60 } },
    })
    expect([refused.code, refused.reason]).toEqual([422, 'Invalid'])
    expect(refused.message).toContain(
      'spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 10',
    )
  })

  it('knows service accounts by their name and groups', async () => {
    await account('known')
    const token = text(await tokenOf('known'), 'status.token')
    expect(await whoAmI(token)).toMatchObject({
      username: 'system:serviceaccount:test:known',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:test', 'system:authenticated'],
    })
  })

  it('refuses the token when its service account or bound object is gone, or is another of the same name', async () => {
    await account('mortal')
    const token = text(await tokenOf('mortal'), 'status.token')
    await world.ok('DELETE', `${core}/serviceaccounts/mortal`)
    expect((await world.refused('GET', '/version', { token })).code).toBe(401)
    await account('mortal')
    expect((await world.refused('GET', '/version', { token })).code).toBe(401)
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'bond' } }
    const uid = at(await world.ok('POST', `${core}/secrets`, { body: secret }), 'metadata.uid') as string
    const boundObjectRef = { kind: 'Secret', apiVersion: 'v1', name: 'bond', uid }
    const bound = text(await tokenOf('mortal', { boundObjectRef }), 'status.token')
    expect(claims(bound)).toMatchObject({ 'kubernetes.io': { secret: { name: 'bond', uid } } })
    expect((await world.call('GET', '/version', { token: bound })).code).toBe(200)
    await world.ok('DELETE', `${core}/secrets/bond`)
    expect((await world.refused('GET', '/version', { token: bound })).code).toBe(401)
  })

  it('reviews tokens', async () => {
    await account('reviewed')
    const token = text(await tokenOf('reviewed'), 'status.token')
    const review = async (given: string, more: JsonObject = {}): Promise<unknown> => {
      const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: given, ...more } }
      return (await world.ok('POST', '/apis/authentication.k8s.io/v1/tokenreviews', { body }))['status']
    }
    expect(await review(token)).toMatchObject({
      authenticated: true,
      user: { username: 'system:serviceaccount:test:reviewed', uid: expect.any(String), groups: expect.any(Array) },
      audiences: [expect.any(String)],
    })
    expect(await review('wrong')).toMatchObject({ error: expect.any(String) })
    expect(at(await review('wrong'), 'authenticated')).not.toBe(true)
    expect(at(await review(token, { audiences: ['elsewhere'] }), 'authenticated')).not.toBe(true)
  })

  it('fills secrets of type service-account-token', async () => {
    await account('legacy')
    const annotations = { 'kubernetes.io/service-account.name': 'legacy' }
    await world.ok('POST', `${core}/secrets`, {
      body: {
        apiVersion: 'v1',
        kind: 'Secret',
        type: 'kubernetes.io/service-account-token',
        metadata: { name: 'legacy', annotations },
      },
    })
    const data = await eventually(async () => {
      const found = at(await world.ok('GET', `${core}/secrets/legacy`), 'data')
      expect(Object.keys(found as object).toSorted()).toEqual(['ca.crt', 'namespace', 'token'])
      return found as Record<string, string>
    })
    const token = Buffer.from(data['token'] ?? '', 'base64').toString()
    expect(await whoAmI(token)).toMatchObject({ username: 'system:serviceaccount:test:legacy' })
    await world.ok('DELETE', `${core}/serviceaccounts/legacy`)
    await eventually(async () => expect((await world.call('GET', `${core}/secrets/legacy`)).code).toBe(404))
  })

  it('takes bootstrap tokens while they hold', async () => {
    const secret = (id: string, more: JsonObject): JsonObject => ({
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'bootstrap.kubernetes.io/token',
      metadata: { name: `bootstrap-token-${id}` },
      stringData: {
        'token-id': id,
        'token-secret': '0123456789abcdef',
        'usage-bootstrap-authentication': 'true',
        'auth-extra-groups': 'system:bootstrappers:mine',
        ...more,
      },
    })
    const secrets = '/api/v1/namespaces/kube-system/secrets'
    await world.ok('POST', secrets, { body: secret('abcdef', {}) })
    expect(await whoAmI('abcdef.0123456789abcdef')).toMatchObject({
      username: 'system:bootstrap:abcdef',
      groups: ['system:bootstrappers', 'system:bootstrappers:mine', 'system:authenticated'],
    })
    await world.ok('POST', secrets, { body: secret('expire', { expiration: '2001-01-01T00:00:00Z' }) })
    for (const token of ['abcdef.0123456789abcdeX', 'expire.0123456789abcdef', 'nobody.0123456789abcdef']) {
      expect((await world.refused('GET', '/version', { token })).code).toBe(401)
    }
  })

  it('lets those impersonate who may', async () => {
    const headers = { 'impersonate-user': 'bob', 'impersonate-group': 'dev', 'impersonate-extra-scopes': 'view' }
    expect(await whoAmI(world.server.token, headers)).toMatchObject({
      username: 'bob',
      groups: ['dev', 'system:authenticated'],
      extra: { scopes: ['view'] },
    })
    expect(await whoAmI(world.server.token, { 'impersonate-user': 'system:serviceaccount:test:known' })).toMatchObject({
      groups: expect.arrayContaining(['system:serviceaccounts', 'system:serviceaccounts:test']),
    })
    await account('nobody')
    const token = text(await tokenOf('nobody'), 'status.token')
    const refused = await world.refused('GET', '/version', { token, headers: { 'impersonate-user': 'bob' } })
    expect([refused.code, refused.reason]).toEqual([403, 'Forbidden'])
    expect(refused.message).toMatch(/cannot impersonate/)
    expect((await world.refused('GET', '/version', { headers: { 'impersonate-group': 'dev' } })).code).toBe(400)
  })

  it('approves certificate requests and signs them', async () => {
    const path = '/apis/certificates.k8s.io/v1/certificatesigningrequests'
    const body = { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: { name: 'x' } }
    const spec = { request: 'eA==', signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] }
    const refused = await world.refused('POST', path, { body: { ...body, spec } })
    expect([refused.code, refused.reason]).toEqual([422, 'Invalid'])
    expect(refused.message).toContain('spec.request: Invalid value: ')
    expect(list(await world.ok('GET', path), 'items')).toEqual([])
  })

  it.todo('P1: OIDC tokens')
})
