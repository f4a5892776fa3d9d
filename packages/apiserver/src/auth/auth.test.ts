import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { ApiError } from '@kairship/apimachinery'
import type { Operation, Reply, UserInfo } from '@kairship/apimachinery'
import { manualClock } from '@kairship/runtime/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, startTestServer, testKeys } from '../testing/index.ts'
import type { TestServer } from '../testing/index.ts'
import { ClientCertificates } from './certificates.ts'
import { impersonate } from './impersonation.ts'
import { TokenSigner } from './jwt.ts'
import { RbacAuthorizer } from './rbac/authorizer.ts'

const hour = 3_600_000
const rbac = { group: 'rbac.authorization.k8s.io', version: 'v1' } as const

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
async function createRole(name: string, rules: object[], namespace?: string): Promise<Reply> {
  const resource = namespace === undefined ? 'clusterroles' : 'roles'
  const kind = namespace === undefined ? 'ClusterRole' : 'Role'
  const body = { kind, metadata: { name }, rules } as never
  return admin({ ...rbac, verb: 'create', resource, body, ...(namespace === undefined ? {} : { namespace }) })
}
async function bind(
  name: string,
  role: string,
  subjects: object[],
  namespace?: string,
  kind = 'ClusterRole',
): Promise<Reply> {
  const resource = namespace === undefined ? 'clusterrolebindings' : 'rolebindings'
  const body = { metadata: { name }, roleRef: { kind, name: role, apiGroup: rbac.group }, subjects } as never
  return admin({ ...rbac, verb: 'create', resource, body, ...(namespace === undefined ? {} : { namespace }) })
}

describe('client certificates', () => {
  it('prove the CN as user and the O as groups, within their time', async () => {
    const clock = manualClock(Date.now())
    const { ca } = await testKeys()
    const certificates = new ClientCertificates(ca, clock)
    const issued = await certificates.issue({ username: 'alice', groups: ['system:masters', 'dev, ops'] }, hour)
    const der = new X509Certificate(issued.certificate).raw
    expect(certificates.verify(der)).toEqual({ username: 'alice', groups: ['system:masters', 'dev, ops'] })
    expect(issued.key).toContain('BEGIN PRIVATE KEY')
    await clock.advance(2 * hour)
    expect(certificates.verify(der)).toBeUndefined()
  })

  it('of another CA prove nothing, and neither does a CA itself', async () => {
    const [mine, other] = [await testKeys(), await testKeys()]
    const clock = manualClock(Date.now())
    const foreign = await new ClientCertificates(other.ca, clock).issue({ username: 'mallory', groups: [] }, hour)
    const certificates = new ClientCertificates(mine.ca, clock)
    expect(certificates.verify(new X509Certificate(foreign.certificate).raw)).toBeUndefined()
    expect(certificates.verify(new X509Certificate(mine.ca.certificate).raw)).toBeUndefined()
    expect(certificates.verify(new Uint8Array([1, 2, 3]))).toBeUndefined()
  })

  it('that are bad are refused even though anonymous callers are let in', async () => {
    const { ca } = await testKeys()
    const foreign = await new ClientCertificates(ca, manualClock(Date.now())).issue({ username: 'm', groups: [] }, hour)
    const clientCertificate = new X509Certificate(foreign.certificate).raw
    await expect(server.plane.authenticate({ clientCertificate })).rejects.toMatchObject({ code: 401 })
    await expect(server.plane.authenticate({ bearerToken: 'nonsense' })).rejects.toMatchObject({ code: 401 })
    expect(await server.plane.authenticate({})).toBeUndefined()
  })
})

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

describe('authorization', () => {
  const pods = { group: '', version: 'v1', resource: 'pods' } as const

  it('refuses in upstream’s words', async () => {
    const bob = as('bob')
    expect(message(await bob({ ...pods, verb: 'list', namespace: 'default' }))).toBe(
      'pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "default"',
    )
    expect(message(await bob({ ...pods, verb: 'list' }))).toBe(
      'pods is forbidden: User "bob" cannot list resource "pods" in API group "" at the cluster scope',
    )
    expect(message(await bob({ ...pods, verb: 'get', namespace: 'default', name: 'x' }))).toContain(
      'pods "x" is forbidden: User "bob" cannot get resource "pods"',
    )
  })

  it('follows roles and bindings as they come and go', async () => {
    const carol = as('carol', ['dev'])
    const get = { ...pods, verb: 'list', namespace: 'default' } as const
    await createRole('pod-reader', [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }], 'default')
    await bind('read-pods', 'pod-reader', [{ kind: 'Group', name: 'dev' }], 'default', 'Role')
    expect((await carol(get)).status).toBe(200)
    expect((await carol({ ...get, namespace: 'kube-system' })).status).toBe(403)
    await admin({ ...rbac, verb: 'delete', resource: 'rolebindings', namespace: 'default', name: 'read-pods' })
    expect((await carol(get)).status).toBe(403)
  })

  it('lets a RoleBinding grant a ClusterRole within its namespace, also to a ServiceAccount', async () => {
    await bind(
      'view-default',
      'view',
      [{ kind: 'ServiceAccount', name: 'default', namespace: 'kube-system' }],
      'default',
    )
    const robot = as('system:serviceaccount:kube-system:default', ['system:serviceaccounts'])
    await eventually(async () => {
      expect((await robot({ ...pods, verb: 'list', namespace: 'default' })).status).toBe(200)
    })
    expect((await robot({ ...pods, verb: 'list', namespace: 'kube-system' })).status).toBe(403)
  })

  it('limits a rule with resourceNames to these, and never to creations or lists without a name', async () => {
    const rule = { apiGroups: [''], resources: ['configmaps'], verbs: ['*'], resourceNames: ['mine'] }
    await createRole('one-map', [rule])
    await bind('one-map', 'one-map', [{ kind: 'User', name: 'dave' }])
    const dave = as('dave')
    const maps = { ...pods, resource: 'configmaps', namespace: 'default' } as const
    expect((await dave({ ...maps, verb: 'get', name: 'mine' })).status).toBe(404)
    expect((await dave({ ...maps, verb: 'get', name: 'other' })).status).toBe(403)
    expect((await dave({ ...maps, verb: 'create', body: { metadata: { name: 'mine' } } })).status).toBe(403)
    expect((await dave({ ...maps, verb: 'list' })).status).toBe(403)
    expect((await dave({ ...maps, verb: 'list', query: { fieldSelector: 'metadata.name=mine' } })).status).toBe(200)
  })

  it('lets nobody grant what they do not hold', async () => {
    const grant = {
      apiGroups: [rbac.group],
      resources: ['clusterroles', 'clusterrolebindings'],
      verbs: ['create', 'update'],
    }
    await createRole('role-writer', [grant])
    await bind('role-writer', 'role-writer', [{ kind: 'Group', name: 'role-writers' }])
    const eve = as('eve', ['role-writers'])
    const body = {
      metadata: { name: 'esc' },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
    } as never
    const refused = await eve({ ...rbac, verb: 'create', resource: 'clusterroles', body })
    expect(refused.status).toBe(403)
    expect(message(refused)).toBe(
      'clusterroles.rbac.authorization.k8s.io "esc" is forbidden: user "eve" (groups=["role-writers" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["get"]}',
    )
    const binding = {
      metadata: { name: 'esc' },
      roleRef: { apiGroup: rbac.group, kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'User', name: 'eve' }],
    } as never
    expect((await eve({ ...rbac, verb: 'create', resource: 'clusterrolebindings', body: binding })).status).toBe(403)
    const own = { metadata: { name: 'own' }, rules: [{ ...grant, verbs: ['create'] }] } as never
    expect((await eve({ ...rbac, verb: 'create', resource: 'clusterroles', body: own })).status).toBe(201)
  })

  it('answers access reviews', async () => {
    const reviews = { group: 'authorization.k8s.io', version: 'v1', verb: 'create' } as const
    const resourceAttributes = { verb: 'delete', resource: 'pods', namespace: 'default' }
    const own = { ...reviews, resource: 'selfsubjectaccessreviews', body: { spec: { resourceAttributes } } }
    expect((await as('frank')(own)).body['status']).toEqual({ allowed: false })
    expect((await admin(own)).body['status']).toMatchObject({ allowed: true })
    const other = { user: 'x', groups: ['system:masters'], resourceAttributes }
    const reply = await admin({ ...reviews, resource: 'subjectaccessreviews', body: { spec: other } })
    expect(reply).toMatchObject({ status: 201, body: { kind: 'SubjectAccessReview', status: { allowed: true } } })
    const local = { ...reviews, resource: 'localsubjectaccessreviews', namespace: 'kube-system' }
    expect(message(await admin({ ...local, body: { spec: other } }))).toContain('must match metadata.namespace')
    const rules = await as('frank')({
      ...reviews,
      resource: 'selfsubjectrulesreviews',
      body: { spec: { namespace: 'default' } },
    })
    expect(rules.body['status']).toMatchObject({ incomplete: false })
    expect(JSON.stringify(rules.body['status'])).toContain('selfsubjectaccessreviews')
  })

  it('does not let a binding change the role it refers to', async () => {
    await bind('fixed', 'view', [{ kind: 'User', name: 'gina' }])
    const target = { ...rbac, resource: 'clusterrolebindings', name: 'fixed' } as const
    const stored = (await admin({ ...target, verb: 'get' })).body
    const body = { ...stored, roleRef: { apiGroup: rbac.group, kind: 'ClusterRole', name: 'edit' } }
    expect(message(await admin({ ...target, verb: 'update', body }))).toContain(
      'roleRef: Invalid value: {"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"edit"}: cannot change roleRef',
    )
  })

  it('unites aggregated roles', async () => {
    const labels = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' }
    const rules = [{ apiGroups: ['ex.io'], resources: ['foos'], verbs: ['get'] }]
    const body = { metadata: { name: 'foo-view', labels }, rules } as never
    await admin({ ...rbac, verb: 'create', resource: 'clusterroles', body })
    for (const name of ['view', 'edit', 'admin']) {
      await eventually(async () => {
        const role = await admin({ ...rbac, verb: 'get', resource: 'clusterroles', name })
        expect(role.body['rules']).toContainEqual(rules[0])
      })
    }
  })

  it('lets those who may act as others', () => {
    const hugo: UserInfo = { username: 'hugo', groups: ['system:authenticated'] }
    // Not started, it knows no RBAC objects: only members of system:masters may do anything.
    const authorizer = new RbacAuthorizer({} as never)
    expect(impersonate(hugo, {}, authorizer)).toBe(hugo)
    expect(() => impersonate(hugo, { 'impersonate-group': 'dev' }, authorizer)).toThrow('without impersonating a user')
    expect(() => impersonate(hugo, { 'impersonate-user': 'ida' }, authorizer)).toThrow(
      'users "ida" is forbidden: User "hugo" cannot impersonate resource "users" in API group "" at the cluster scope',
    )
    const root: UserInfo = { username: 'root', groups: ['system:masters'] }
    const headers = { 'impersonate-user': 'ida', 'impersonate-group': ['dev', 'ops'], 'impersonate-extra-scopes': 'a' }
    expect(impersonate(root, headers, authorizer)).toEqual({
      username: 'ida',
      groups: ['dev', 'ops', 'system:authenticated'],
      extra: { scopes: ['a'] },
    })
  })
})
