import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { promisify } from 'node:util'
import type { JsonObject } from '@kairship/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createNamespace, http, httpWatch, ok } from '../testing/calls.ts'
import { eventually } from '../testing/eventually.ts'
import { type HttpsServer, httpsServer } from '../testing/https-server.ts'
import { selfSigned } from '../testing/keys.ts'
import { startTestServer, testKeys, type TestServer } from '../testing/test-server.ts'

const group = 'apiregistration.k8s.io'
const apiServices = { group, version: 'v1', resource: 'apiservices' } as const
const services = { group: '', version: 'v1', resource: 'services', namespace: 'test' } as const

const resourceList = {
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: 'sample.io/v1',
  resources: [
    {
      name: 'flunders',
      singularName: 'flunder',
      namespaced: true,
      kind: 'Flunder',
      verbs: ['get', 'list'],
      shortNames: ['fl'],
    },
    { name: 'flunders/status', singularName: '', namespaced: true, kind: 'Flunder', verbs: ['get'] },
  ],
}
const flunder = { apiVersion: 'sample.io/v1', kind: 'Flunder', metadata: { name: 'f', namespace: 'test' } }

const hasKubectl = spawnSync('kubectl', ['version', '--client']).error === undefined

interface Seen {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

describe('an APIService of another server', () => {
  let plane: TestServer
  let sample: HttpsServer
  let broken = false
  const seen: Seen[] = []
  const finish: (() => void)[] = []
  const last = (): Seen | undefined => seen.at(-1)

  beforeAll(async () => {
    const requestHeaderCa = await selfSigned('request-header-ca')
    const user = {
      username: 'bob',
      uid: '7',
      groups: ['dev', 'system:authenticated'],
      extra: { 'Scopes/x': ['a', 'b'] },
    }
    plane = await startTestServer(
      { plane: { requestHeaderCa, staticTokens: [{ token: 'bob', user }] } },
      await testKeys(),
    )
    await createNamespace(plane.connection, 'test')
    sample = await httpsServer(
      (request, response, body) => {
        const path = (request.url ?? '').split('?')[0]
        if (path !== '/apis/sample.io/v1')
          seen.push({ method: request.method, url: request.url, headers: request.headers, body })
        if (broken) return void response.writeHead(500).end()
        response.setHeader('content-type', 'application/json')
        if (request.url?.includes('watch=true') === true) {
          response.write(`${JSON.stringify({ type: 'ADDED', object: flunder })}\n`)
          finish.push(() => response.end())
        } else if (path === '/apis/sample.io/v1') response.end(JSON.stringify(resourceList))
        else if (request.method === 'GET' && path?.endsWith('/flunders') === true) {
          response.end(
            JSON.stringify({ kind: 'FlunderList', apiVersion: 'sample.io/v1', metadata: {}, items: [flunder] }),
          )
        } else response.setHeader('x-sample', 'yes').writeHead(201).end(JSON.stringify(flunder))
      },
      {
        hosts: ['sample.test.svc'],
        clientCa: requestHeaderCa.certificate,
        onUpgrade: (request, socket) => {
          socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\nX-User: ')
          socket.write(`${String(request.headers['x-remote-user'])}\r\n\r\n`)
          socket.pipe(socket)
        },
      },
    )
    const service = { namespace: 'test', name: 'sample', port: sample.port }
    const body = {
      apiVersion: `${group}/v1`,
      kind: 'APIService',
      metadata: { name: 'v1.sample.io' },
      spec: {
        group: 'sample.io',
        version: 'v1',
        groupPriorityMinimum: 1000,
        versionPriority: 15,
        service,
        caBundle: sample.caBundle,
      },
    }
    await ok(plane.connection, { ...apiServices, verb: 'create', body })
  })
  afterAll(async () => {
    await plane[Symbol.asyncDispose]()
    await sample[Symbol.asyncDispose]()
  })

  const condition = async (name = 'v1.sample.io'): Promise<JsonObject> => {
    const { status } = await ok(plane.connection, { ...apiServices, verb: 'get', name })
    return (status as { conditions: JsonObject[] } | undefined)?.conditions[0] ?? {}
  }
  const create = (spec: JsonObject): Promise<JsonObject> =>
    ok(plane.connection, {
      ...services,
      verb: 'create',
      body: { apiVersion: 'v1', kind: 'Service', metadata: { name: 'sample' }, spec },
    })
  const path = '/apis/sample.io/v1/namespaces/test/flunders'

  it('is not available before its Service and endpoints are there, and says why', async () => {
    await eventually(async () => {
      expect(await condition()).toMatchObject({
        type: 'Available',
        status: 'False',
        reason: 'ServiceNotFound',
        message: 'service/sample in "test" is not present',
      })
    })
    expect(await http(plane, path)).toMatchObject({
      status: 503,
      json: { kind: 'Status', reason: 'ServiceUnavailable', message: 'service unavailable', code: 503 },
    })
    await create({ ports: [{ port: 1 }] })
    await eventually(async () => expect((await condition())['reason']).toBe('ServicePortError'))
    await ok(plane.connection, { ...services, verb: 'delete', name: 'sample' })
    await create({ ports: [{ port: sample.port }] })
    await eventually(async () => expect((await condition())['reason']).toBe('EndpointsNotFound'))
    const endpoints = { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'sample' }, subsets: [] }
    await ok(plane.connection, { ...services, resource: 'endpoints', verb: 'create', body: endpoints })
    await eventually(async () => expect((await condition())['reason']).toBe('MissingEndpoints'))
    const stale = await http(plane, '/apis', { headers: { accept: aggregated } })
    expect(groupIn(stale.json)).toMatchObject({ versions: [{ version: 'v1', resources: [], freshness: 'Stale' }] })
    await ok(plane.connection, { ...services, verb: 'delete', name: 'sample' })
    await create({ type: 'ExternalName', externalName: 'localhost' })
    await eventually(async () => {
      expect(await condition()).toMatchObject({ status: 'True', reason: 'Passed', message: 'all checks passed' })
    })
  })

  it('is in discovery', async () => {
    const { json } = await http(plane, '/apis', { headers: { accept: aggregated } })
    expect(groupIn(json)).toMatchObject({
      versions: [
        {
          version: 'v1',
          freshness: 'Current',
          resources: [
            {
              resource: 'flunders',
              responseKind: { group: 'sample.io', version: 'v1', kind: 'Flunder' },
              scope: 'Namespaced',
              singularResource: 'flunder',
              verbs: ['get', 'list'],
              shortNames: ['fl'],
              subresources: [{ subresource: 'status', verbs: ['get'] }],
            },
          ],
        },
      ],
    })
    expect((await http(plane, '/apis/sample.io')).json).toMatchObject({
      preferredVersion: { groupVersion: 'sample.io/v1' },
    })
    expect((await http(plane, '/apis/sample.io/v1')).json).toEqual(resourceList)
  })

  it('gets requests with the user in headers, and never the client’s own credentials', async () => {
    await grant(plane, 'bob')
    const headers = { 'x-remote-user': 'admin', 'x-remote-group': 'system:masters', 'x-custom': '1' }
    const answer = await http(plane, `${path}?limit=5&labelSelector=a%3Db`, { token: 'bob', headers })
    expect(answer).toMatchObject({ status: 200, json: { kind: 'FlunderList' } })
    expect(last()?.url).toBe(`${path}?limit=5&labelSelector=a%3Db`)
    expect(last()?.headers).toMatchObject({
      'x-remote-user': 'bob',
      'x-remote-uid': '7',
      'x-remote-group': 'dev, system:authenticated',
      'x-remote-extra-scopes%2fx': 'a, b',
      'x-custom': '1',
    })
    expect(last()?.headers).not.toHaveProperty('authorization')
    const posted = await http(plane, path, { method: 'POST', body: flunder })
    expect(posted).toMatchObject({ status: 201, json: flunder, headers: { 'x-sample': 'yes' } })
    expect(JSON.parse(last()?.body ?? '')).toEqual(flunder)
  })

  it('gets only what the user may do', async () => {
    const before = seen.length
    const answer = await http(plane, path, { method: 'POST', body: flunder, token: 'bob' })
    expect(answer).toMatchObject({ status: 403, json: { reason: 'Forbidden' } })
    expect(answer.json['message']).toContain('flunders.sample.io is forbidden: User "bob" cannot create resource')
    expect(seen).toHaveLength(before)
  })

  it('is watched as its events come', async () => {
    using watch = await httpWatch(plane, `${path}?watch=true`)
    expect(await watch.next()).toEqual({ type: 'ADDED', object: flunder })
    for (const end of finish.splice(0)) end()
    expect(await watch.next()).toBeUndefined()
  })

  it('gets upgraded connections byte for byte', async () => {
    const { response, socket } = await upgrade(plane, `${path}/f/connect`)
    expect(response.headers).toMatchObject({ upgrade: 'echo', 'x-user': 'admin' })
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256))
    const echoed: Buffer[] = []
    let size = 0
    socket.write(bytes)
    for await (const chunk of socket) {
      echoed.push(chunk)
      size += chunk.length
      if (size === bytes.length) break
    }
    expect(Buffer.concat(echoed).equals(bytes)).toBe(true)
  })

  it.skipIf(!hasKubectl)('is reached by kubectl', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'aggregation-'))
    try {
      const kubeconfig = join(folder, 'config')
      await writeFile(kubeconfig, plane.kubeconfig)
      const args = ['--kubeconfig', kubeconfig, '--cache-dir', folder, '-n', 'test', 'get', 'fl', '-o', 'name']
      const { stdout } = await promisify(execFile)('kubectl', args)
      expect(stdout).toBe('flunder.sample.io/f\n')
      // Go's clients speak HTTP/2 to the plane.
      const file = join(folder, 'flunder.json')
      await writeFile(file, JSON.stringify(flunder))
      const create = ['--kubeconfig', kubeconfig, 'create', '--raw', path, '-f', file]
      expect(JSON.parse((await promisify(execFile)('kubectl', create)).stdout)).toEqual(flunder)
      expect(JSON.parse(last()?.body ?? '')).toEqual(flunder)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('that fails discovery is not asked any more, and is shown as stale', async () => {
    broken = true
    const labels = { again: 'yes' }
    await ok(plane.connection, {
      ...services,
      verb: 'patch',
      name: 'sample',
      patchType: 'merge',
      body: { metadata: { labels } },
    })
    await eventually(async () => {
      expect(await condition()).toMatchObject({ status: 'False', reason: 'FailedDiscoveryCheck' })
    })
    expect((await condition())['message']).toMatch(
      /^failing or missing response from https:\/\/.*: bad status from .*: 500$/,
    )
    expect((await http(plane, path)).status).toBe(503)
    const { json } = await http(plane, '/apis', { headers: { accept: aggregated } })
    expect(groupIn(json)).toMatchObject({ versions: [{ freshness: 'Stale', resources: [{ resource: 'flunders' }] }] })
  })

  it('is gone with its object', async () => {
    await ok(plane.connection, { ...apiServices, verb: 'delete', name: 'v1.sample.io' })
    expect((await http(plane, path)).status).toBe(404)
    const { json } = await http(plane, '/apis', { headers: { accept: aggregated } })
    expect(groupIn(json)).toBeUndefined()
  })
})

const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

function groupIn({ items }: JsonObject): JsonObject | undefined {
  return (items as { metadata: { name?: string } }[]).find(({ metadata }) => metadata.name === 'sample.io') as
    | JsonObject
    | undefined
}

/** Lets the user read the sample's resources. */
async function grant(plane: TestServer, name: string): Promise<void> {
  const rbac = { group: 'rbac.authorization.k8s.io', version: 'v1' } as const
  const apiVersion = 'rbac.authorization.k8s.io/v1'
  const metadata = { name: 'flunders' }
  const rules = [{ apiGroups: ['sample.io'], resources: ['flunders'], verbs: ['get', 'list', 'watch'] }]
  const role = { apiVersion, kind: 'ClusterRole', metadata, rules }
  await ok(plane.connection, { ...rbac, resource: 'clusterroles', verb: 'create', body: role })
  const roleRef = { apiGroup: rbac.group, kind: 'ClusterRole', name: 'flunders' }
  const subjects = [{ apiGroup: rbac.group, kind: 'User', name }]
  const binding = { apiVersion, kind: 'ClusterRoleBinding', metadata, roleRef, subjects }
  await ok(plane.connection, { ...rbac, resource: 'clusterrolebindings', verb: 'create', body: binding })
}

function upgrade(plane: TestServer, path: string): Promise<{ response: IncomingMessage; socket: Duplex }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${plane.token}`, connection: 'Upgrade', upgrade: 'echo' }
    const request = httpsRequest(plane.url + path, { method: 'POST', headers, ca: plane.ca, agent: false })
    request.on('upgrade', (response, socket) => resolve({ response, socket }))
    request.on('response', (response) => reject(new Error(`no upgrade: ${response.statusCode}`)))
    request.on('error', reject)
    request.end()
  })
}
