import type { JsonObject, Operation, Reply } from '@kairship/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer } from '../../testing/index.ts'
import type { TestServer } from '../../testing/index.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

function request(operation: Operation): Promise<Reply> {
  return server.connection.request(operation)
}
function message(reply: Reply): string {
  const { message: text } = reply.body
  return typeof text === 'string' ? text : ''
}
/** Requests on one resource in namespace `default` (or cluster-wide). */
function on(group: string, resource: string, version = 'v1', namespace: string | undefined = 'default') {
  const at = { group, version, resource, ...(namespace === undefined || namespace === '' ? {} : { namespace }) }
  return {
    create: (name: string, fields: object = {}) =>
      request({ ...at, verb: 'create', body: { metadata: { name }, ...fields } as JsonObject }),
    update: (name: string, body: object) => request({ ...at, verb: 'update', name, body: body as JsonObject }),
    patch: (name: string, body: object, subresource?: string) =>
      request({
        ...at,
        verb: 'patch',
        patchType: 'merge',
        name,
        body: body as JsonObject,
        ...(subresource === undefined ? {} : { subresource }),
      }),
    post: (name: string, subresource: string, body: object) =>
      request({ ...at, verb: 'create', name, subresource, body: body as JsonObject }),
    get: (name: string) => request({ ...at, verb: 'get', name }),
    delete: (name: string) => request({ ...at, verb: 'delete', name }),
  }
}

describe('networking', () => {
  it('asks an Ingress for path types and backends', async () => {
    const ingresses = on('networking.k8s.io', 'ingresses')
    const backend = { service: { name: 's', port: { number: 80 } } }
    const rules = (path: object): object => ({ spec: { rules: [{ host: 'a.ex.io', http: { paths: [path] } }] } })
    expect((await ingresses.create('i', rules({ path: '/', pathType: 'Prefix', backend }))).status).toBe(201)
    expect(message(await ingresses.create('j', rules({ path: '/', backend })))).toContain(
      'spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified',
    )
    expect(message(await ingresses.create('k', rules({ path: 'x', pathType: 'Exact', backend })))).toContain(
      'spec.rules[0].http.paths[0].path: Invalid value: "x": must be an absolute path',
    )
    expect(message(await ingresses.create('l', { spec: {} }))).toContain(
      'either `defaultBackend` or `rules` must be specified',
    )
  })

  it('infers the types of a NetworkPolicy', async () => {
    const policies = on('networking.k8s.io', 'networkpolicies')
    const created = await policies.create('p', { spec: { podSelector: {}, egress: [{ ports: [{ port: 53 }] }] } })
    expect(created.body).toMatchObject({
      spec: { policyTypes: ['Ingress', 'Egress'], egress: [{ ports: [{ port: 53, protocol: 'TCP' }] }] },
    })
  })
})

describe('two views of one object', () => {
  it('an autoscaler in v1 and v2', async () => {
    const v1 = on('autoscaling', 'horizontalpodautoscalers', 'v1')
    const v2 = on('autoscaling', 'horizontalpodautoscalers', 'v2')
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
    await v1.create('h', { spec: { scaleTargetRef, maxReplicas: 5, targetCPUUtilizationPercentage: 60 } })
    const target = { type: 'Utilization', averageUtilization: 60 }
    expect((await v2.get('h')).body['spec']).toEqual({
      scaleTargetRef,
      minReplicas: 1,
      maxReplicas: 5,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }],
    })
    const memory = {
      type: 'Resource',
      resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } },
    }
    await v2.patch('h', { spec: { metrics: [memory] } })
    const back = await v1.get('h')
    expect(back.body).toMatchObject({
      apiVersion: 'autoscaling/v1',
      metadata: { annotations: { 'autoscaling.alpha.kubernetes.io/metrics': expect.stringContaining('"memory"') } },
    })
    expect((await v2.get('h')).body['spec']).toMatchObject({ metrics: [memory] })
    expect(message(await v2.create('bad', { spec: { scaleTargetRef, minReplicas: 3, maxReplicas: 2 } }))).toContain(
      'spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`',
    )
  })

  it('an event in core and in events.k8s.io', async () => {
    const involvedObject = { kind: 'Pod', namespace: 'default', name: 'p' }
    await on('', 'events').create('e', { involvedObject, message: 'hello', reason: 'Why', type: 'Normal', count: 2 })
    const { body } = await on('events.k8s.io', 'events').get('e')
    expect(body).toMatchObject({
      apiVersion: 'events.k8s.io/v1',
      regarding: involvedObject,
      note: 'hello',
      reason: 'Why',
      deprecatedCount: 2,
    })
    expect(
      message(await on('', 'events').create('f', { involvedObject: { ...involvedObject, namespace: 'x' } })),
    ).toContain('involvedObject.namespace: Invalid value: "x": does not match event.namespace')
  })
})

describe('extensions', () => {
  const configurations = on('admissionregistration.k8s.io', 'validatingwebhookconfigurations', 'v1', '')
  const webhook = (more: object): object => ({
    webhooks: [
      {
        name: 'v.ex.io',
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        clientConfig: { url: 'https://ex.io/hook' },
        rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
        ...more,
      },
    ],
  })

  it('webhooks get their defaults', async () => {
    expect((await configurations.create('a', webhook({}))).body).toMatchObject({
      webhooks: [
        {
          failurePolicy: 'Fail',
          matchPolicy: 'Equivalent',
          timeoutSeconds: 10,
          namespaceSelector: {},
          objectSelector: {},
          rules: [{ scope: '*' }],
        },
      ],
    })
  })

  it('webhooks call only plain https addresses', async () => {
    const refused = await configurations.create('b', webhook({ clientConfig: { url: 'https://ex.io/hook?x=1' } }))
    expect(message(refused)).toContain('query parameters are not permitted in the URL')
    const http = await configurations.create('c', webhook({ clientConfig: { url: 'http://ex.io/' } }))
    expect(message(http)).toContain("'https' is the only allowed URL scheme")
  })
})

describe('certificate signing requests', () => {
  const requests = on('certificates.k8s.io', 'certificatesigningrequests', 'v1', '')
  const pem = Buffer.from('-----BEGIN CERTIFICATE REQUEST-----\n').toString('base64')

  it('record who asks, and take approval only through its own door', async () => {
    const spec = {
      request: pem,
      signerName: 'kubernetes.io/kube-apiserver-client',
      usages: ['client auth'],
      username: 'forged',
    }
    const created = await requests.create('r', { spec })
    expect(created.body).toMatchObject({ spec: { username: 'admin' } })
    const conditions = [{ type: 'Approved', status: 'True', reason: 'Fine' }]
    await requests.patch('r', { status: { conditions } }, 'status')
    expect((await requests.get('r')).body['status']).not.toHaveProperty('conditions')
    await requests.patch('r', { status: { conditions } }, 'approval')
    expect((await requests.get('r')).body['status']).toMatchObject({ conditions: [{ type: 'Approved' }] })
  })
})

describe('scheduling and coordination', () => {
  it('lets nobody change what a priority class means', async () => {
    const classes = on('scheduling.k8s.io', 'priorityclasses', 'v1', '')
    expect((await classes.create('high', { value: 1000 })).body).toMatchObject({
      preemptionPolicy: 'PreemptLowerPriority',
    })
    expect(message(await classes.patch('high', { value: 1 }))).toContain(
      'value: Forbidden: may not be changed in an update.',
    )
    expect(message(await classes.create('too-high', { value: 2_000_000_000 }))).toContain('maximum allowed value')
  })

  it('keeps leases in microseconds and creates them on update', async () => {
    const leases = on('coordination.k8s.io', 'leases')
    const spec = { holderIdentity: 'me', leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00.123456Z' }
    const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'l' }, spec }
    expect((await leases.update('l', body)).status).toBe(201)
    expect((await leases.get('l')).body['spec']).toEqual(spec)
    expect(message(await leases.create('m', { spec: { leaseDurationSeconds: 0 } }))).toContain(
      'spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0',
    )
  })
})
