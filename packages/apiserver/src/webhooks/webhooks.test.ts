import { createServer } from 'node:net'
import type { JsonObject } from '@kairship/apimachinery'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AuditEvent } from '../plane.ts'
import { configMap, configMaps, createNamespace, deployment, http, ok, refused } from '../testing/calls.ts'
import { eventually } from '../testing/eventually.ts'
import { httpsServer, jsonPatch, type ReviewServer, reviewServer } from '../testing/https-server.ts'
import { startTestServer, type TestServer } from '../testing/test-server.ts'

const group = 'admissionregistration.k8s.io'
const everything = { operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['configmaps'] }

describe('admission webhooks', () => {
  let server: TestServer
  let hooks: ReviewServer
  const audited: AuditEvent[] = []
  const configured: [resource: string, name: string][] = []

  beforeAll(async () => {
    server = await startTestServer({ plane: { audit: (event) => audited.push(event) } })
    await createNamespace(server.connection, 'test')
  })
  afterAll(() => server[Symbol.asyncDispose]())
  beforeEach(async () => void (hooks = await reviewServer()))
  afterEach(async () => {
    for (const [resource, name] of configured.splice(0)) {
      await ok(server.connection, { verb: 'delete', group, version: 'v1', resource, name })
    }
    await ok(server.connection, { ...configMaps, verb: 'deletecollection' })
    await hooks[Symbol.asyncDispose]()
  })

  const webhook = (path: string, more: JsonObject = {}): JsonObject => ({
    name: `${path}.x.io`,
    clientConfig: { url: `${hooks.url}/${path}`, caBundle: hooks.caBundle },
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    rules: [everything],
    ...more,
  })
  const configure = async (type: 'Mutating' | 'Validating', name: string, webhooks: JsonObject[]): Promise<void> => {
    const resource = `${type.toLowerCase()}webhookconfigurations`
    const body = { apiVersion: `${group}/v1`, kind: `${type}WebhookConfiguration`, metadata: { name }, webhooks }
    await ok(server.connection, { verb: 'create', group, version: 'v1', resource, body })
    configured.push([resource, name])
  }
  const create = (name: string, more: JsonObject = {}): Promise<JsonObject> =>
    ok(server.connection, { ...configMaps, verb: 'create', body: configMap(name, more) })
  const refusedCreate = (name: string): Promise<JsonObject> =>
    refused(server.connection, { ...configMaps, verb: 'create', body: configMap(name) })

  it('are sent an AdmissionReview with the object as it is to be, and what kind of request it was', async () => {
    await configure('Validating', 'all', [webhook('v')])
    await create('a', { data: { k: 'v' } })
    const { request, headers } = hooks.asked[0] ?? { request: {}, headers: {} }
    expect(headers).toMatchObject({
      'user-agent': 'kube-apiserver-admission',
      accept: 'application/json, */*',
      'content-type': 'application/json',
    })
    expect(request).toMatchObject({
      uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      kind: { group: '', version: 'v1', kind: 'ConfigMap' },
      resource: { group: '', version: 'v1', resource: 'configmaps' },
      requestKind: { group: '', version: 'v1', kind: 'ConfigMap' },
      requestResource: { group: '', version: 'v1', resource: 'configmaps' },
      name: 'a',
      namespace: 'test',
      operation: 'CREATE',
      userInfo: { username: 'admin', groups: ['system:masters', 'system:authenticated'] },
      object: { kind: 'ConfigMap', apiVersion: 'v1', data: { k: 'v' } },
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    })
    const body = [{ op: 'replace', path: '/data/k', value: 'w' }]
    await ok(server.connection, { ...configMaps, verb: 'patch', name: 'a', patchType: 'json', body })
    expect(hooks.asked[1]?.request).toMatchObject({
      operation: 'UPDATE',
      object: { data: { k: 'w' } },
      oldObject: { data: { k: 'v' } },
      options: { kind: 'UpdateOptions' },
    })
    await ok(server.connection, { ...configMaps, verb: 'delete', name: 'a' })
    expect(hooks.asked[2]?.request).toMatchObject({
      operation: 'DELETE',
      object: null,
      oldObject: { data: { k: 'w' } },
      options: { kind: 'DeleteOptions' },
    })
  })

  it('that mutate see managed fields but no uid on create', async () => {
    await configure('Mutating', 'all', [webhook('m')])
    await create('a', { data: { k: 'v' } })
    const object = hooks.asked[0]?.request['object'] as { metadata: JsonObject }
    expect(object.metadata['managedFields']).toHaveLength(1)
    expect(Object.keys(object.metadata)).not.toContain('uid')
    expect(Object.keys(object.metadata)).not.toContain('creationTimestamp')
  })

  it('refuse with their own code, reason and text', async () => {
    await configure('Validating', 'all', [webhook('v')])
    hooks.answers['/v'] = () => ({ allowed: false, status: { message: 'nope' } })
    expect(await refusedCreate('a')).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'admission webhook "v.x.io" denied the request: nope',
      code: 403,
    })
    hooks.answers['/v'] = () => ({ allowed: false, status: { code: 422, reason: 'Invalid' } })
    expect(await refusedCreate('a')).toMatchObject({
      message: 'admission webhook "v.x.io" denied the request: Invalid',
      reason: 'Invalid',
      code: 422,
    })
    hooks.answers['/v'] = () => ({ allowed: false })
    expect(await refusedCreate('a')).toMatchObject({
      message: 'admission webhook "v.x.io" denied the request without explanation',
      code: 403,
    })
  })

  it('patch objects, which are defaulted again, and whose fields the writer owns', async () => {
    const rules = [{ ...everything, operations: ['CREATE'], resources: ['deployments'] }]
    await configure('Mutating', 'all', [webhook('m', { rules })])
    hooks.answers['/m'] = () =>
      jsonPatch([
        { op: 'add', path: '/metadata/labels', value: { patched: 'yes' } },
        { op: 'remove', path: '/spec/revisionHistoryLimit' },
        { op: 'add', path: '/spec/nonsense', value: 1 },
      ])
    const where = { group: 'apps', version: 'v1', resource: 'deployments', namespace: 'test' } as const
    const body = deployment('d', { revisionHistoryLimit: 3 })
    const created = await ok(server.connection, { ...where, verb: 'create', body })
    expect(created).toMatchObject({ metadata: { labels: { patched: 'yes' } }, spec: { revisionHistoryLimit: 10 } })
    expect(created['spec']).not.toHaveProperty('nonsense')
    await ok(server.connection, { ...where, verb: 'delete', name: 'd' })
  })

  it.each([
    [
      'no response',
      {},
      /^Internal error occurred: failed calling webhook "b\.x\.io": received invalid webhook response: webhook response was absent$/,
    ],
    [
      'a response to something else',
      { kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', response: { uid: 'x', allowed: true } },
      /: received invalid webhook response: expected response\.uid="[0-9a-f-]+", got "x"$/,
    ],
  ])('that answer %s have failed', async (_what, answer, text) => {
    await using odd = await httpsServer((_request, response) => response.end(JSON.stringify(answer)))
    const clientConfig = { url: odd.url, caBundle: odd.caBundle }
    await configure('Validating', 'all', [webhook('b', { clientConfig })])
    expect(await refusedCreate('a')).toMatchObject({
      code: 500,
      reason: 'InternalError',
      message: expect.stringMatching(text),
    })
  })

  it.each([
    [
      'a patch without its type',
      { allowed: true, patch: 'W10=' },
      'webhook returned response.patch but not response.patchType',
    ],
    [
      'a type without a patch',
      { allowed: true, patchType: 'JSONPatch' },
      'webhook returned response.patchType but not response.patch',
    ],
  ])('that mutate and answer %s have failed', async (_what, answer, text) => {
    await configure('Mutating', 'all', [webhook('m')])
    hooks.answers['/m'] = () => answer
    const wanted = `Internal error occurred: failed calling webhook "m.x.io": received invalid webhook response: ${text}`
    expect(await refusedCreate('a')).toMatchObject({ code: 500, message: wanted })
  })

  it('that cannot be reached fail the request, or are ignored', async () => {
    const port = await freePort()
    const clientConfig = { url: `https://127.0.0.1:${port}/hook`, caBundle: hooks.caBundle }
    await configure('Validating', 'ignored', [webhook('i', { clientConfig, failurePolicy: 'Ignore' })])
    await create('a')
    await configure('Validating', 'needed', [webhook('n', { clientConfig })])
    const wanted =
      'Internal error occurred: failed calling webhook "n.x.io": failed to call webhook: ' +
      `Post "https://127.0.0.1:${port}/hook?timeout=10s": dial tcp 127.0.0.1:${port}: connect: connection refused`
    expect(await refusedCreate('b')).toMatchObject({ code: 500, message: wanted })
  })

  it('are called only with a certificate that their CA bundle vouches for', async () => {
    await using other = await httpsServer((_request, response) => response.end('{}'))
    const clientConfig = { url: other.url, caBundle: hooks.caBundle }
    await configure('Validating', 'all', [webhook('c', { clientConfig })])
    const { message } = await refusedCreate('a')
    expect(message).toContain('tls: failed to verify certificate: x509: certificate signed by unknown authority')
  })

  it('are not followed to where they redirect', async () => {
    await using other = await httpsServer((_request, response) =>
      response.writeHead(302, { location: `${hooks.url}/elsewhere` }).end(),
    )
    const clientConfig = { url: other.url, caBundle: other.caBundle }
    await configure('Validating', 'all', [webhook('r', { clientConfig })])
    expect((await refusedCreate('a'))['message']).toContain('the server responded with the status code 302')
    expect(hooks.asked).toEqual([])
  })

  it('that hang are given up after their time, and hold up nobody else', async () => {
    await configure('Validating', 'all', [webhook('h', { timeoutSeconds: 1 })])
    hooks.answers['/h'] = 'hang'
    const hanging = refusedCreate('a')
    await server.connection.request({ ...configMaps, verb: 'list' })
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } }
    const secrets = { group: '', version: 'v1', resource: 'secrets', namespace: 'test' } as const
    await ok(server.connection, { ...secrets, verb: 'create', body: secret })
    expect(hooks.asked.length).toBeLessThanOrEqual(1)
    expect((await hanging)['message']).toBe(
      'Internal error occurred: failed calling webhook "h.x.io": failed to call webhook: ' +
        `Post "${hooks.url}/h?timeout=1s": context deadline exceeded`,
    )
  })

  it('may write the object they are asked about', async () => {
    await create('a', { data: { n: '0' } })
    const rules = [{ ...everything, operations: ['UPDATE'] }]
    await configure('Validating', 'all', [webhook('w', { rules, objectSelector: { matchLabels: { ask: 'yes' } } })])
    await using writer = await httpsServer((_request, response, body) => {
      const { request } = JSON.parse(body)
      const patch = { data: { inner: request.uid } }
      const answer = {
        kind: 'AdmissionReview',
        apiVersion: 'admission.k8s.io/v1',
        response: { uid: request.uid, allowed: true },
      }
      const done = (): unknown => response.end(JSON.stringify(answer))
      const { inner } = request.oldObject.data
      if (inner !== undefined) return void done()
      void server.connection
        .request({
          ...configMaps,
          verb: 'patch',
          name: 'a',
          patchType: 'merge',
          body: patch,
          query: { fieldManager: 'w' },
        })
        .then(done)
    })
    const clientConfig = { url: writer.url, caBundle: writer.caBundle }
    const objectSelector = { matchLabels: { once: 'yes' } }
    await configure('Validating', 'writer', [webhook('x', { rules, clientConfig, objectSelector, timeoutSeconds: 3 })])
    const body = { metadata: { labels: { once: 'yes' } } }
    const patched = await ok(server.connection, { ...configMaps, verb: 'patch', name: 'a', patchType: 'merge', body })
    expect(patched).toMatchObject({ metadata: { labels: { once: 'yes' } }, data: { inner: expect.any(String) } })
  })

  it('that mutate are called by configuration name and position, and again when they ask to', async () => {
    const add = (label: string) => (request: JsonObject) => {
      const { labels } = (request['object'] as { metadata: { labels?: { [key: string]: string } } }).metadata
      return labels?.[label] === undefined
        ? jsonPatch([{ op: 'add', path: '/metadata/labels', value: { ...labels, [label]: '1' } }])
        : { allowed: true }
    }
    await configure('Mutating', 'b', [webhook('third')])
    await configure('Mutating', 'a', [webhook('first', { reinvocationPolicy: 'IfNeeded' }), webhook('second')])
    hooks.answers['/first'] = add('first')
    hooks.answers['/second'] = () => ({ allowed: true })
    hooks.answers['/third'] = add('third')
    const created = await create('a')
    expect(created).toMatchObject({ metadata: { labels: { first: '1', third: '1' } } })
    expect(hooks.asked.map(({ path }) => path)).toEqual(['/first', '/second', '/third', '/first'])
  })

  it('may not patch what is being deleted', async () => {
    await create('a')
    await configure('Mutating', 'all', [webhook('m')])
    hooks.answers['/m'] = () => jsonPatch([{ op: 'add', path: '/metadata/labels', value: {} }])
    expect(await refused(server.connection, { ...configMaps, verb: 'delete', name: 'a' })).toMatchObject({
      code: 500,
      message:
        'Internal error occurred: admission webhook "m.x.io" attempted to modify the object, which is not supported for this operation',
    })
    hooks.answers['/m'] = () => ({ allowed: true })
  })

  it('see only what their selectors and rules choose', async () => {
    const label = (selector: string, value: string): JsonObject => ({ [selector]: { matchLabels: { team: value } } })
    await configure('Validating', 'all', [
      webhook('object', label('objectSelector', 'a')),
      webhook('namespace', label('namespaceSelector', 'a')),
      webhook('named', { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'test' } } }),
      webhook('cluster', { rules: [{ ...everything, scope: 'Cluster' }] }),
      webhook('updates', { rules: [{ ...everything, operations: ['UPDATE'] }] }),
      webhook('secrets', { rules: [{ ...everything, resources: ['secrets'] }] }),
    ])
    await create('a')
    await ok(server.connection, {
      ...configMaps,
      verb: 'create',
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b', labels: { team: 'a' } } },
    })
    expect(hooks.asked.map(({ path, request }) => `${path} ${JSON.stringify(request['name'])}`).toSorted()).toEqual([
      '/named "a"',
      '/named "b"',
      '/object "b"',
    ])
  })

  it('are asked about a request in the version their rules name, whichever the client used', async () => {
    const v1 = {
      operations: ['CREATE'],
      apiGroups: ['autoscaling'],
      apiVersions: ['v1'],
      resources: ['horizontalpodautoscalers'],
    }
    await configure('Mutating', 'all', [
      webhook('equivalent', { rules: [v1] }),
      webhook('exact', { rules: [v1], matchPolicy: 'Exact' }),
    ])
    hooks.answers['/equivalent'] = () => jsonPatch([{ op: 'add', path: '/metadata/labels', value: { seen: 'yes' } }])
    const where = {
      group: 'autoscaling',
      version: 'v2',
      resource: 'horizontalpodautoscalers',
      namespace: 'test',
    } as const
    const created = await ok(server.connection, {
      ...where,
      verb: 'create',
      body: {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'h' },
        spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' } },
      },
    })
    expect(created).toMatchObject({ apiVersion: 'autoscaling/v2', metadata: { labels: { seen: 'yes' } } })
    expect(hooks.asked).toHaveLength(1)
    expect(hooks.asked[0]?.request).toMatchObject({
      kind: { version: 'v1' },
      requestKind: { version: 'v2' },
      object: { apiVersion: 'autoscaling/v1', spec: { maxReplicas: 3 } },
    })
    await ok(server.connection, { ...where, verb: 'delete', name: 'h' })
  })

  it('are asked only when their match conditions hold', async () => {
    const when = (expression: string): JsonObject => ({ matchConditions: [{ name: 'c', expression }] })
    await configure('Validating', 'all', [
      webhook('yes', when("request.userInfo.username == 'admin' && object.data.k == 'v' && oldObject == null")),
      webhook('no', when("request.operation == 'DELETE'")),
      webhook('ignored', { ...when('object.data.missing == 1'), failurePolicy: 'Ignore' }),
    ])
    await create('a', { data: { k: 'v' } })
    expect(hooks.asked.map(({ path }) => path)).toEqual(['/yes'])
    await configure('Validating', 'broken', [webhook('broken', when('object.data.missing == 1'))])
    const body = configMap('b', { data: { k: 'v' } })
    expect(await refused(server.connection, { ...configMaps, verb: 'create', body })).toMatchObject({
      code: 403,
      message: expect.stringMatching(
        /^configmaps "b" is forbidden: .*expression 'object\.data\.missing == 1' resulted in error: no such key: missing$/,
      ),
    })
  })

  it('are told of dry runs, and warn clients', async () => {
    await configure('Validating', 'all', [webhook('v')])
    hooks.answers['/v'] = () => ({ allowed: true, warnings: ['careful'] })
    const path = '/api/v1/namespaces/test/configmaps?dryRun=All'
    const answer = await http(server, path, { method: 'POST', body: configMap('a') })
    expect(answer.status).toBe(201)
    expect(answer.headers['warning']).toContain('299 - "careful"')
    expect(hooks.asked[0]?.request).toMatchObject({ dryRun: true, options: { dryRun: ['All'] } })
    expect((await server.connection.request({ ...configMaps, verb: 'get', name: 'a' })).status).toBe(404)
  })

  it('leave notes in the audit record', async () => {
    await configure('Mutating', 'all', [webhook('m')])
    hooks.answers['/m'] = () => ({ allowed: true, auditAnnotations: { seen: 'yes' } })
    await create('a')
    expect(audited.at(-1)?.annotations).toEqual({
      'm.x.io/seen': 'yes',
      'mutation.webhook.admission.k8s.io/round_0_index_0': '{"configuration":"all","webhook":"m.x.io","mutated":false}',
    })
  })

  it('are asked before a subresource does something', async () => {
    const rules = [{ ...everything, resources: ['serviceaccounts/token'] }]
    await configure('Mutating', 'shorter', [webhook('m', { rules })])
    hooks.answers['/m'] = () => jsonPatch([{ op: 'replace', path: '/spec/expirationSeconds', value: 700 }])
    await configure('Validating', 'none', [webhook('v', { rules })])
    const where = { group: '', version: 'v1', resource: 'serviceaccounts', namespace: 'test', name: 'default' } as const
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } }
    const token = { ...where, subresource: 'token', verb: 'create', body: request } as const
    await eventually(() => ok(server.connection, { ...where, verb: 'get' }))
    expect(await ok(server.connection, token)).toMatchObject({ spec: { expirationSeconds: 700 } })
    expect(hooks.asked.at(-1)?.request).toMatchObject({
      operation: 'CREATE',
      resource: { group: '', version: 'v1', resource: 'serviceaccounts' },
      subResource: 'token',
      kind: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
      name: 'default',
      object: { spec: { expirationSeconds: 700 } },
    })
    hooks.answers['/v'] = () => ({ allowed: false, status: { message: 'no tokens' } })
    expect(await refused(server.connection, token)).toMatchObject({
      code: 403,
      message: 'admission webhook "v.x.io" denied the request: no tokens',
    })
  })

  it('cannot lock out who repairs them', async () => {
    const rules = [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }]
    await configure('Validating', 'all', [webhook('deny', { rules })])
    hooks.answers['/deny'] = () => ({ allowed: false })
    expect((await refusedCreate('a'))['code']).toBe(403)
    const review = { group: 'authorization.k8s.io', version: 'v1', resource: 'selfsubjectaccessreviews' }
    const body = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { nonResourceAttributes: { path: '/', verb: 'get' } },
    }
    await ok(server.connection, { ...review, verb: 'create', body })
    for (const [resource, name] of configured.splice(0)) {
      await ok(server.connection, { verb: 'delete', group, version: 'v1', resource, name })
    }
    await create('a')
  })

  it('with a Service are found through it', async () => {
    await using own = await reviewServer({ hosts: ['hook.test.svc'] })
    own.answers['/x'] = () => ({ allowed: false, status: { message: 'found' } })
    const services = { group: '', version: 'v1', resource: 'services', namespace: 'test' } as const
    const reference = { namespace: 'test', name: 'hook', path: '/x', port: own.port }
    await configure('Validating', 'all', [
      webhook('s', { clientConfig: { service: reference, caBundle: own.caBundle } }),
    ])
    const post = `Post "https://hook.test.svc:${own.port}/x?timeout=10s"`
    expect((await refusedCreate('a'))['message']).toContain(`${post}: service "hook" not found`)
    const metadata = { name: 'hook' }
    const ports = [{ name: 'https', port: own.port }]
    const service = { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports } }
    await ok(server.connection, { ...services, verb: 'create', body: service })
    expect((await refusedCreate('a'))['message']).toContain(`${post}: no endpoints available for service "hook"`)
    await ok(server.connection, { ...services, verb: 'delete', name: 'hook' })
    const spec = { type: 'ExternalName', externalName: 'localhost' }
    await ok(server.connection, { ...services, verb: 'create', body: { ...service, spec } })
    expect((await refusedCreate('a'))['message']).toContain('denied the request: found')
    await ok(server.connection, { ...services, verb: 'delete', name: 'hook' })
  })
})

/** A port on which nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
