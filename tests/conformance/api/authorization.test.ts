import type { JsonObject } from '@kairship/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configMap, fooCrd, install } from './objects.ts'
import { at, eventually, list, startWorld, text, type World } from './support.ts'

const rbac = '/apis/rbac.authorization.k8s.io/v1'
const apiVersion = 'rbac.authorization.k8s.io/v1'
const apiGroup = 'rbac.authorization.k8s.io'

describe('Authorization', () => {
  let world: World
  let core: string
  beforeAll(async () => {
    world = await startWorld()
    core = await world.namespace('test')
    await install(world, fooCrd())
    await world.ok('POST', `${core}/configmaps`, { body: configMap('a') })
    await world.ok('POST', `${core}/configmaps`, { body: configMap('b') })
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const as = (user: string, ...groups: string[]): { headers: { [name: string]: string } } => ({
    headers: { 'impersonate-user': user, ...(groups[0] === undefined ? {} : { 'impersonate-group': groups[0] }) },
  })
  /** A role in namespace test with these rules, bound to a new user; answers how to call as that user. */
  const withRules = async (user: string, rules: readonly JsonObject[]): Promise<ReturnType<typeof as>> => {
    await world.ok('POST', `${rbac}/namespaces/test/roles`, {
      body: { apiVersion, kind: 'Role', metadata: { name: user }, rules: [...rules] },
    })
    await world.ok('POST', `${rbac}/namespaces/test/rolebindings`, {
      body: {
        apiVersion,
        kind: 'RoleBinding',
        metadata: { name: user },
        subjects: [{ kind: 'User', name: user, apiGroup }],
        roleRef: { kind: 'Role', name: user, apiGroup },
      },
    })
    return as(user)
  }
  const code = async (method: string, path: string, user: ReturnType<typeof as>, body?: JsonObject): Promise<number> =>
    (await world.call(method, path, { ...user, ...(body === undefined ? {} : { body }) })).code

  it('refuses with who cannot do what where', async () => {
    const bob = as('bob')
    const inNamespace = 'in API group "" in the namespace "test"'
    expect(await world.refused('GET', `${core}/pods`, bob)).toEqual({
      code: 403,
      reason: 'Forbidden',
      message: `pods is forbidden: User "bob" cannot list resource "pods" ${inNamespace}`,
      details: { kind: 'pods' },
    })
    expect(await world.refused('GET', `${core}/pods/x`, bob)).toMatchObject({
      message: `pods "x" is forbidden: User "bob" cannot get resource "pods" ${inNamespace}`,
      details: { name: 'x', kind: 'pods' },
    })
    expect((await world.refused('GET', '/api/v1/nodes', bob)).message).toBe(
      'nodes is forbidden: User "bob" cannot list resource "nodes" in API group "" at the cluster scope',
    )
    expect((await world.refused('GET', `${core}/pods/x/log`, bob)).message).toBe(
      `pods "x" is forbidden: User "bob" cannot get resource "pods/log" ${inNamespace}`,
    )
    expect(await world.refused('DELETE', '/apis/ex.io/v1/namespaces/test/foos', bob)).toMatchObject({
      message:
        'foos.ex.io is forbidden: User "bob" cannot deletecollection resource "foos" in API group "ex.io" in the namespace "test"',
      details: { group: 'ex.io', kind: 'foos' },
    })
    expect((await world.refused('GET', '/metrics', bob)).message).toBe(
      'forbidden: User "bob" cannot get path "/metrics"',
    )
  })

  it('allows by verb, group and resource, where * stands for all', async () => {
    const reader = await withRules('reader', [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] }])
    expect(await code('GET', `${core}/configmaps/a`, reader)).toBe(200)
    expect(await code('GET', `${core}/configmaps`, reader)).toBe(200)
    expect(await code('GET', `${core}/configmaps?watch=1`, reader)).toBe(403)
    expect(await code('GET', `${core}/secrets`, reader)).toBe(403)
    expect(await code('GET', '/api/v1/configmaps', reader)).toBe(403)
    expect(await code('DELETE', `${core}/configmaps/a`, reader)).toBe(403)
    const all = await withRules('all', [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }])
    expect(await code('GET', '/apis/ex.io/v1/namespaces/test/foos', all)).toBe(200)
    expect(await code('GET', '/api/v1/namespaces/default/configmaps', all)).toBe(403)
  })

  it('holds subresources apart: pods is not pods/status, */status is the status of all', async () => {
    const plain = await withRules('plain', [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['*'] }])
    const status = await withRules('status', [{ apiGroups: ['apps'], resources: ['*/status'], verbs: ['*'] }])
    const path = '/apis/apps/v1/namespaces/test/deployments/none'
    expect(await code('GET', path, plain)).toBe(404)
    expect(await code('GET', `${path}/status`, plain)).toBe(403)
    expect(await code('GET', `${path}/status`, status)).toBe(404)
    expect(await code('GET', path, status)).toBe(403)
  })

  it('limits to names, also lists and watches that select one; never creations', async () => {
    const rule = { apiGroups: [''], resources: ['configmaps'], resourceNames: ['a'], verbs: ['*'] }
    const named = await withRules('named', [rule])
    expect(await code('GET', `${core}/configmaps/a`, named)).toBe(200)
    expect(await code('GET', `${core}/configmaps/b`, named)).toBe(403)
    expect(await code('GET', `${core}/configmaps`, named)).toBe(403)
    expect(await code('GET', `${core}/configmaps?fieldSelector=metadata.name%3Da`, named)).toBe(200)
    expect(await code('POST', `${core}/configmaps`, named, configMap('a'))).toBe(403)
    expect(await code('DELETE', `${core}/configmaps`, named)).toBe(403)
  })

  it('lets a RoleBinding give the rules of a ClusterRole in its namespace', async () => {
    await world.ok('POST', `${rbac}/namespaces/test/rolebindings`, {
      body: {
        apiVersion,
        kind: 'RoleBinding',
        metadata: { name: 'viewers' },
        subjects: [{ kind: 'Group', name: 'viewers', apiGroup }],
        roleRef: { kind: 'ClusterRole', name: 'view', apiGroup },
      },
    })
    const viewer = as('vera', 'viewers')
    expect(await code('GET', `${core}/configmaps`, viewer)).toBe(200)
    expect(await code('GET', `${core}/secrets`, viewer)).toBe(403)
    expect(await code('GET', '/api/v1/namespaces/default/configmaps', viewer)).toBe(403)
  })

  it('allows paths outside the API by nonResourceURLs with a trailing *', async () => {
    await world.ok('POST', `${rbac}/clusterroles`, {
      body: {
        apiVersion,
        kind: 'ClusterRole',
        metadata: { name: 'paths' },
        rules: [{ nonResourceURLs: ['/metr*'], verbs: ['get'] }],
      },
    })
    await world.ok('POST', `${rbac}/clusterrolebindings`, {
      body: {
        apiVersion,
        kind: 'ClusterRoleBinding',
        metadata: { name: 'paths' },
        subjects: [{ kind: 'User', name: 'pat', apiGroup }],
        roleRef: { kind: 'ClusterRole', name: 'paths', apiGroup },
      },
    })
    expect(await code('GET', '/metrics', as('pat'))).toBe(200)
    expect(await code('GET', '/metrics', as('bob'))).toBe(403)
    for (const path of ['/api', '/apis', '/openapi/v3', '/version'])
      expect(await code('GET', path, as('bob'))).toBe(200)
  })

  it('refuses to grant what one does not hold: 403 with the missing rules', async () => {
    const everything = { apiGroups: [apiGroup], resources: ['roles', 'rolebindings'], verbs: ['create', 'update'] }
    const granter = await withRules('granter', [everything, { apiGroups: [''], resources: ['pods'], verbs: ['list'] }])
    const role = (rules: JsonObject): JsonObject => ({
      apiVersion,
      kind: 'Role',
      metadata: { name: 'esc' },
      rules: [rules],
    })
    const path = `${rbac}/namespaces/test/roles`
    const body = role({ apiGroups: [''], resources: ['pods'], verbs: ['get'] })
    const refused = await world.refused('POST', path, { body, ...granter })
    expect([refused.code, refused.reason]).toEqual([403, 'Forbidden'])
    expect(refused.message).toBe(
      'roles.rbac.authorization.k8s.io "esc" is forbidden: user "granter" (groups=["system:authenticated"]) is ' +
        'attempting to grant RBAC permissions not currently held:\n' +
        '{APIGroups:[""], Resources:["pods"], Verbs:["get"]}',
    )
    const held = role({ apiGroups: [''], resources: ['pods'], verbs: ['list'] })
    expect(await code('POST', path, granter, held)).toBe(201)
    const binding = {
      apiVersion,
      kind: 'RoleBinding',
      metadata: { name: 'esc' },
      subjects: [{ kind: 'User', name: 'granter', apiGroup }],
      roleRef: { kind: 'ClusterRole', name: 'admin', apiGroup },
    }
    expect(await code('POST', `${rbac}/namespaces/test/rolebindings`, granter, binding)).toBe(403)
  })

  it('keeps roleRef as it is: 422', async () => {
    await withRules('fixed', [])
    const path = `${rbac}/namespaces/test/rolebindings/fixed`
    const found = await world.ok('GET', path)
    const roleRef = { kind: 'ClusterRole', name: 'view', apiGroup }
    const refused = await world.refused('PUT', path, { body: { ...found, roleRef } })
    expect(refused.code).toBe(422)
    expect(refused.message).toMatch(/roleRef: Invalid value: \{.*\}: cannot change roleRef$/)
  })

  it('has upstream’s roles and bindings from the start', async () => {
    for (const name of [
      'cluster-admin',
      'admin',
      'edit',
      'view',
      'system:discovery',
      'system:basic-user',
      'system:public-info-viewer',
      'system:service-account-issuer-discovery',
      'system:auth-delegator',
      'system:kube-aggregator',
      'system:kube-controller-manager',
      'system:kube-scheduler',
      'system:certificates.k8s.io:certificatesigningrequests:nodeclient',
    ]) {
      const role = await world.ok('GET', `${rbac}/clusterroles/${name}`)
      expect(role['metadata']).toMatchObject({
        labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
        annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
      })
    }
    for (const [name, subject] of [
      ['cluster-admin', 'system:masters'],
      ['system:discovery', 'system:authenticated'],
      ['system:basic-user', 'system:authenticated'],
    ]) {
      const binding = await world.ok('GET', `${rbac}/clusterrolebindings/${name}`)
      expect(list(binding, 'subjects').map((each) => text(each, 'name'))).toContain(subject)
    }
  })

  it('adds the rules of labelled roles to those that aggregate them', async () => {
    const labels = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' }
    const rules = [{ apiGroups: ['ex.io'], resources: ['foos'], verbs: ['get'] }]
    await world.ok('POST', `${rbac}/clusterroles`, {
      body: { apiVersion, kind: 'ClusterRole', metadata: { name: 'more', labels }, rules },
    })
    for (const name of ['view', 'edit', 'admin']) {
      await eventually(async () =>
        expect(list(await world.ok('GET', `${rbac}/clusterroles/${name}`), 'rules')).toContainEqual(rules[0]),
      )
    }
  })

  it('answers reviews of access: 201 with allowed and why', async () => {
    const review = async (kind: string, path: string, spec: JsonObject, user = as('reader')): Promise<unknown> => {
      const body = { apiVersion: 'authorization.k8s.io/v1', kind, spec }
      const answer = await world.call('POST', `/apis/authorization.k8s.io/v1/${path}`, { body, ...user })
      expect([answer.code, answer.json['kind']]).toEqual([201, kind])
      return answer.json['status']
    }
    const resourceAttributes = { verb: 'get', resource: 'configmaps', namespace: 'test' }
    const self = 'SelfSubjectAccessReview'
    expect(await review(self, 'selfsubjectaccessreviews', { resourceAttributes })).toMatchObject({
      allowed: true,
      reason: expect.stringContaining('RBAC: allowed by RoleBinding "reader/test" of Role "reader" to User "reader"'),
    })
    const denied = await review(self, 'selfsubjectaccessreviews', {
      resourceAttributes: { ...resourceAttributes, verb: 'delete' },
    })
    expect(at(denied, 'allowed')).toBe(false)
    const admin = { headers: {} }
    const asked = { user: 'reader', resourceAttributes }
    expect(await review('SubjectAccessReview', 'subjectaccessreviews', asked, admin)).toMatchObject({ allowed: true })
    expect(
      await review('LocalSubjectAccessReview', 'namespaces/test/localsubjectaccessreviews', asked, admin),
    ).toMatchObject({ allowed: true })
    const nonResourceAttributes = { path: '/metrics', verb: 'get' }
    expect(
      await review('SubjectAccessReview', 'subjectaccessreviews', { user: 'pat', nonResourceAttributes }, admin),
    ).toMatchObject({ allowed: true })
    const rules = await review('SelfSubjectRulesReview', 'selfsubjectrulesreviews', { namespace: 'test' })
    expect(rules).toMatchObject({ incomplete: false, nonResourceRules: expect.any(Array) })
    expect(list(rules, 'resourceRules')).toContainEqual({
      apiGroups: [''],
      resources: ['configmaps'],
      verbs: ['get', 'list'],
    })
  })

  it('refuses reviews that ask nothing or two things: 422', async () => {
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
    const review = (spec: JsonObject): Promise<unknown> =>
      world.refused('POST', path, {
        body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec },
      })
    const head = 'SelfSubjectAccessReview.authorization.k8s.io "" is invalid: '
    expect(await review({})).toMatchObject({
      code: 422,
      message:
        `${head}spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or ` +
        'resourceAttributes must be specified',
    })
    const both = { resourceAttributes: { verb: 'get' }, nonResourceAttributes: { path: '/x', verb: 'get' } }
    expect(await review(both)).toMatchObject({
      message: expect.stringContaining('spec.nonResourceAttributes: Invalid value: '),
    })
  })

  it('takes the create that hides in an update for what it is', async () => {
    const verbs = ['update', 'patch']
    const user = await withRules('updater', [{ apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs }])
    const path = '/apis/coordination.k8s.io/v1/namespaces/test/leases/new'
    const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'new' }, spec: {} }
    expect(await code('PUT', path, user, body)).toBe(403)
  })

  it.todo('P0: roles system:controller:* and of signers (controllers of a plane act as the plane itself and need none)')
})
