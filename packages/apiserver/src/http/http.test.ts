import type { JsonObject } from '@kairship/apimachinery'
import { gunzipSync } from 'node:zlib'
import { connect } from 'node:http2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configMap, configMaps, createNamespace, http, ok } from '../testing/calls.ts'
import { startTestServer, type TestServer } from '../testing/test-server.ts'

const namespace = '/api/v1/namespaces/test'
const collection = `${namespace}/configmaps`
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'

describe('the HTTP door', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer()
    await createNamespace(server.connection, 'test')
    await ok(server.connection, {
      verb: 'create',
      ...configMaps,
      body: configMap('first', { metadata: { name: 'first', labels: { http: 'yes' } }, data: { a: 'b' } }),
    })
  })
  afterAll(() => server[Symbol.asyncDispose]())

  it('answers with the headers that upstream sends', async () => {
    const { headers } = await http(server, `${collection}/first`, { headers: { 'audit-id': 'mine' } })
    expect(headers).toMatchObject({
      'audit-id': 'mine',
      'cache-control': 'no-cache, private',
      'content-type': 'application/json',
      'x-content-type-options': 'nosniff',
    })
    expect(headers['x-kubernetes-pf-flowschema-uid']).toBeTypeOf('string')
    expect(headers['content-length']).toMatch(/^\d+$/)
  })

  it('tells three kinds of 404 apart (trap 9)', async () => {
    const group = await http(server, '/apis/unknown.io/v1/things')
    expect([group.status, group.headers['content-type'], group.text]).toEqual([
      404,
      'text/plain; charset=utf-8',
      '404 page not found\n',
    ])
    const resource = await http(server, '/api/v1/namespaces/test/things')
    expect(resource.json).toMatchObject({
      reason: 'NotFound',
      message: 'the server could not find the requested resource',
      details: {},
      code: 404,
    })
    const object = await http(server, `${collection}/missing`)
    expect(object.json['message']).toBe('configmaps "missing" not found')
  })

  it('says why there are no logs and nothing to connect to', async () => {
    for (const path of ['pods/a/log', 'pods/a/exec?command=ls', 'services/a/proxy']) {
      const { status, json } = await http(server, `${namespace}/${path}`)
      expect([path, status, json['reason']]).toEqual([path, 400, 'BadRequest'])
      expect(json['message']).toContain('runs no containers')
    }
    expect((await http(server, `${collection}/first/log`)).status).toBe(404)
  })

  it.each([
    ['HEAD', `${collection}/first`],
    ['OPTIONS', collection],
    ['PUT', collection],
    ['POST', `${collection}/first`],
  ])('does not know %s on %s', async (method, path) => {
    const { status } = await http(server, path, {
      method,
      ...(method === 'HEAD' || method === 'OPTIONS' ? {} : { body: '{}' }),
    })
    expect(status).toBe(405)
  })

  it('finds the first representation it can serve', async () => {
    const unknownThenJson = 'application/json;as=Unknown;v=v9;g=x,application/vnd.kubernetes.protobuf,application/json'
    expect((await http(server, collection, { headers: { accept: unknownThenJson } })).status).toBe(200)
    expect((await http(server, collection, { headers: { accept: '*/*' } })).headers['content-type']).toBe(
      'application/json',
    )
    const protobuf = await http(server, collection, { headers: { accept: 'application/vnd.kubernetes.protobuf' } })
    expect(protobuf.json).toMatchObject({ code: 406, reason: 'NotAcceptable' })
    expect(
      (await http(server, collection, { headers: { accept: 'application/json;as=Foo;v=v1;g=meta.k8s.io' } })).status,
    ).toBe(406)
  })

  it('prints for people when curl asks, and compactly for programs', async () => {
    const pretty = await http(server, `${collection}/first`, { headers: { 'user-agent': 'curl/8' } })
    expect(pretty.text).toContain('{\n  "')
    const compact = await http(server, `${collection}/first?pretty=false`, { headers: { 'user-agent': 'curl/8' } })
    expect(compact.text).not.toContain('\n  ')
    expect(pretty.json).toEqual(compact.json)
  })

  it('leaves kind and apiVersion out of the items of built-in lists', async () => {
    const { json } = await http(server, `${collection}?labelSelector=http`)
    expect(json).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' })
    const [item] = json['items'] as JsonObject[]
    expect(Object.keys(item ?? {}).toSorted()).toEqual(['data', 'metadata'])
  })

  it('writes empty lists as lists', async () => {
    const { json } = await http(server, `${namespace}/secrets`)
    expect(json['items']).toEqual([])
  })

  it('prints tables: columns, cells and metadata', async () => {
    const { json } = await http(server, `${collection}?labelSelector=http`, { headers: { accept: table } })
    const metadata = { resourceVersion: expect.stringMatching(/^\d+$/) as unknown }
    expect(json).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata })
    const columns = json['columnDefinitions'] as JsonObject[]
    expect(columns.map(({ name }) => name)).toEqual(['Name', 'Data', 'Age'])
    expect(columns[0]).toMatchObject({ type: 'string', format: 'name', priority: 0 })
    const [row] = json['rows'] as JsonObject[]
    expect(row?.['cells']).toEqual(['first', 1, expect.stringMatching(/^\d+s$/)])
    expect(row?.['object']).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'first' } })
  })

  it('gives metadata alone when that is asked', async () => {
    const accept =
      'application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'
    const { json } = await http(server, `${collection}?labelSelector=http`, { headers: { accept } })
    expect(json['kind']).toBe('PartialObjectMetadataList')
    const [item] = json['items'] as JsonObject[]
    expect(Object.keys(item ?? {}).toSorted()).toEqual(['apiVersion', 'kind', 'metadata'])
  })

  it('packs large answers', async () => {
    const data = { a: 'x'.repeat(200_000) }
    await ok(server.connection, { verb: 'create', ...configMaps, body: configMap('packed', { data }) })
    const response = await fetchRaw(server, `${collection}/packed`)
    expect(response.headers['content-encoding']).toBe('gzip')
    expect(JSON.parse(gunzipSync(response.body).toString())['data']).toEqual(data)
  })

  it('speaks HTTP/2 on the same port', async () => {
    const session = connect(server.url, { ca: server.ca })
    const stream = session.request({ ':path': `${collection}/first`, authorization: `Bearer ${server.token}` })
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk)
    session.close()
    expect(JSON.parse(Buffer.concat(chunks).toString())).toMatchObject({ metadata: { name: 'first' } })
  })

  it('refuses bad credentials, and names the anonymous in what it forbids', async () => {
    expect((await http(server, collection, { token: 'wrong' })).json).toMatchObject({
      code: 401,
      message: 'Unauthorized',
    })
    const anonymous = await http(server, collection, { token: '' })
    expect([anonymous.status, anonymous.json['message']]).toEqual([
      403,
      'configmaps is forbidden: User "system:anonymous" cannot list resource "configmaps" in API group "" in the namespace "test"',
    ])
    expect((await http(server, '/apis', { token: '' })).json['message']).toBe(
      'forbidden: User "system:anonymous" cannot get path "/apis"',
    )
    for (const path of ['/version', '/readyz', '/livez', '/healthz']) {
      expect((await http(server, path, { token: '' })).status).toBe(200)
    }
  })

  it('says how it is', async () => {
    const brief = await http(server, '/readyz')
    expect([brief.headers['content-type'], brief.text]).toEqual(['text/plain; charset=utf-8', 'ok'])
    const verbose = await http(server, '/readyz?verbose')
    expect(verbose.text).toMatch(/^\[\+\]ping ok\n[\s\S]*readyz check passed\n$/)
    expect((await http(server, '/readyz/ping')).text).toBe('ok')
    expect((await http(server, '/readyz/nothing')).status).toBe(404)
    expect((await http(server, '/version')).json).toMatchObject({
      major: '1',
      gitVersion: expect.stringMatching(/^v1\.\d+\.\d+/) as unknown,
    })
  })
})

function fetchRaw(server: TestServer, path: string): Promise<{ headers: { [name: string]: unknown }; body: Buffer }> {
  const session = connect(server.url, { ca: server.ca })
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':path': path,
      authorization: `Bearer ${server.token}`,
      'accept-encoding': 'gzip',
    })
    const chunks: Buffer[] = []
    let headers: { [name: string]: unknown } = {}
    stream.on('response', (received) => {
      headers = received
    })
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('error', reject)
    stream.on('end', () => {
      session.close()
      resolve({ headers, body: Buffer.concat(chunks) })
    })
  })
}
