import type { Operation, Reply, UserInfo } from '@kairship/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, startTestServer } from '../../testing/index.ts'
import type { TestServer } from '../../testing/index.ts'
import { impersonate } from '../impersonation.ts'
import { RbacAuthorizer } from './authorizer.ts'

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
