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

describe('Secrets and ConfigMaps', () => {
  const secrets = on('', 'secrets')
  const maps = on('', 'configmaps')

  it('fold stringData into data and are Opaque unless said otherwise', async () => {
    const { body } = await secrets.create('folded', { stringData: { a: 'hello' }, data: { b: 'eA==' } })
    expect(body).toMatchObject({ type: 'Opaque', data: { a: 'aGVsbG8=', b: 'eA==' } })
    expect(body['stringData']).toBeUndefined()
  })

  it('check what their type requires, and keep their type', async () => {
    expect(message(await secrets.create('tls', { type: 'kubernetes.io/tls' }))).toBe(
      'Secret "tls" is invalid: [data[tls.crt]: Required value, data[tls.key]: Required value]',
    )
    await secrets.create('typed')
    expect(message(await secrets.patch('typed', { type: 'ex.io/other' }))).toBe(
      'Secret "typed" is invalid: type: Invalid value: "ex.io/other": field is immutable',
    )
  })

  it('that are immutable stay so', async () => {
    await maps.create('fixed', { data: { a: '1' }, immutable: true })
    expect(message(await maps.patch('fixed', { data: { a: '2' } }))).toBe(
      'ConfigMap "fixed" is invalid: data: Forbidden: field is immutable when `immutable` is set',
    )
    expect((await maps.patch('fixed', { immutable: null })).status).toBe(422)
    expect((await maps.patch('fixed', { metadata: { labels: { a: 'b' } } })).status).toBe(200)
  })

  it('have keys that can be file names', async () => {
    expect(message(await maps.create('keys', { data: { 'a/b': '1' } }))).toContain(
      'data[a/b]: Invalid value: "a/b": a valid config key must consist of',
    )
  })
})

describe('a Service', () => {
  const services = on('', 'services')
  const ports = [{ port: 80 }]
  const specOf = (reply: Reply): { clusterIP: string; clusterIPs: string[]; ports: { nodePort?: number }[] } =>
    reply.body['spec'] as never

  it('gets an address, and all that is left out', async () => {
    const reply = await services.create('web', { spec: { ports, selector: { app: 'web' } } })
    const { clusterIP } = specOf(reply)
    expect(clusterIP).toMatch(/^10\.(9[6-9]|1[01]\d)\.\d+\.\d+$/)
    expect(reply.body).toMatchObject({
      spec: {
        clusterIPs: [clusterIP],
        type: 'ClusterIP',
        sessionAffinity: 'None',
        ipFamilies: ['IPv4'],
        ipFamilyPolicy: 'SingleStack',
        internalTrafficPolicy: 'Cluster',
        ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
      },
      status: { loadBalancer: {} },
    })
  })

  it('may choose a free address in the range, which then is taken', async () => {
    expect((await services.create('chosen', { spec: { ports, clusterIP: '10.96.0.50' } })).status).toBe(201)
    expect(message(await services.create('again', { spec: { ports, clusterIP: '10.96.0.50' } }))).toBe(
      'Service "again" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.50"]: failed to allocate IP 10.96.0.50: provided IP is already allocated',
    )
    await services.delete('chosen')
    expect((await services.create('again', { spec: { ports, clusterIP: '10.96.0.50' } })).status).toBe(201)
    expect(message(await services.create('far', { spec: { ports, clusterIP: '192.168.1.1' } }))).toContain(
      'the provided IP (192.168.1.1) is not in the valid range. The range of valid IPs is 10.96.0.0/12',
    )
  })

  it('without an address stays headless', async () => {
    const reply = await services.create('headless', { spec: { ports, clusterIP: 'None' } })
    expect(specOf(reply)).toMatchObject({ clusterIP: 'None', clusterIPs: ['None'] })
  })

  it('keeps its address and node port when a client leaves them out, and may not change the address', async () => {
    const created = await services.create('kept', { spec: { ports, type: 'NodePort' } })
    const {
      clusterIP,
      ports: [port],
    } = specOf(created)
    expect(port?.nodePort).toBeGreaterThanOrEqual(30000)
    const body = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'kept' }, spec: { ports, type: 'NodePort' } }
    const updated = await services.update('kept', body)
    expect(specOf(updated)).toMatchObject({ clusterIP, ports: [{ nodePort: port?.nodePort }] })
    expect(
      message(await services.patch('kept', { spec: { clusterIP: '10.96.0.77', clusterIPs: ['10.96.0.77'] } })),
    ).toBe('Service "kept" is invalid: spec.clusterIPs[0]: Invalid value: "10.96.0.77": may not change once set')
    const plain = await services.patch('kept', { spec: { type: 'ClusterIP' } })
    expect(specOf(plain).ports[0]?.nodePort).toBeUndefined()
  })

  it('needs names for several ports and refuses repeated ones', async () => {
    expect(message(await services.create('many', { spec: { ports: [{ port: 80 }, { port: 80 }] } }))).toBe(
      'Service "many" is invalid: [spec.ports[0].name: Required value, spec.ports[1].name: Required value, spec.ports[1]: Duplicate value: {"protocol":"TCP","port":80}]',
    )
    expect(message(await services.create('none', { spec: {} }))).toContain('spec.ports: Required value')
    expect(message(await services.create('1st', { spec: { ports } }))).toContain('a DNS-1035 label must consist of')
  })
})

describe('a scale', () => {
  it('is held to the rules of the object it belongs to', async () => {
    const deployments = on('apps', 'deployments')
    const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'x' }] } }
    const created = await deployments.create('d', { spec: { selector: { matchLabels: { a: 'b' } }, template } })
    expect(created.status).toBe(201)
    expect((await deployments.patch('d', { spec: { replicas: 3 } }, 'scale')).status).toBe(200)
    const refused = await deployments.patch('d', { spec: { replicas: -1 } }, 'scale')
    expect(message(refused)).toContain('spec.replicas: Invalid value: -1: must be greater than or equal to 0')
  })
})

describe('pods on their way', () => {
  const pods = on('', 'pods')
  const spec = { containers: [{ name: 'c', image: 'nginx' }] }

  it('are bound to a node once', async () => {
    await pods.create('bound', { spec })
    const binding = { metadata: { name: 'bound' }, target: { kind: 'Node', name: 'n1' } }
    expect((await pods.post('bound', 'binding', binding)).status).toBe(201)
    const { body } = await pods.get('bound')
    expect(body).toMatchObject({
      spec: { nodeName: 'n1' },
      status: { conditions: [{ type: 'PodScheduled', status: 'True' }] },
    })
    expect(message(await pods.post('bound', 'binding', binding))).toContain('is already assigned to node "n1"')
  })

  it('are evicted only as far as a disruption budget allows', async () => {
    const budgets = on('policy', 'poddisruptionbudgets')
    await pods.create('guarded', { spec, metadata: { name: 'guarded', labels: { app: 'guarded' } } })
    await budgets.create('guard', { spec: { minAvailable: 1, selector: { matchLabels: { app: 'guarded' } } } })
    const refused = await pods.post('guarded', 'eviction', { metadata: { name: 'guarded' } })
    expect(refused).toMatchObject({
      status: 429,
      body: {
        message: "Cannot evict pod as it would violate the pod's disruption budget.",
        details: { causes: [{ reason: 'DisruptionBudget' }] },
      },
    })
    await budgets.patch('guard', { status: { observedGeneration: 1, disruptionsAllowed: 1 } }, 'status')
    expect((await pods.post('guarded', 'eviction', { metadata: { name: 'guarded' } })).status).toBe(201)
    expect((await pods.get('guarded')).status).toBe(404)
    const { body } = await budgets.get('guard')
    expect(body['status']).toMatchObject({ disruptionsAllowed: 0, disruptedPods: { guarded: expect.any(String) } })
  })
})

describe('storage', () => {
  const claims = on('', 'persistentvolumeclaims')
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }

  it('claims are pending at first and cannot change but grow', async () => {
    const created = await claims.create('c', { spec })
    expect(created.body).toMatchObject({ spec: { volumeMode: 'Filesystem' }, status: { phase: 'Pending' } })
    expect(message(await claims.patch('c', { spec: { accessModes: ['ReadOnlyMany'] } }))).toContain(
      'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
    )
    expect(message(await claims.create('bare', { spec: {} }))).toContain(
      'spec.accessModes: Required value: at least 1 access mode is required',
    )
  })

  it('classes keep their parameters', async () => {
    const classes = on('storage.k8s.io', 'storageclasses', 'v1', '')
    const created = await classes.create('fast', { provisioner: 'ex.io/disk', parameters: { a: '1' } })
    expect(created.body).toMatchObject({ reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' })
    expect(message(await classes.patch('fast', { parameters: { a: '2' } }))).toContain(
      'parameters: Forbidden: updates to parameters are forbidden.',
    )
  })
})
