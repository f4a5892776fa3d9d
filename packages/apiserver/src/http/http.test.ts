import type { JsonObject } from '@kairship/apimachinery'
import { gunzipSync } from 'node:zlib'
import { connect } from 'node:http2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configMap, configMaps, createNamespace, deployment, http, httpWatch, ok } from '../testing/calls.ts'
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

  it('sends the headers of a watch before there is anything to tell (trap 3)', async () => {
    using watch = await httpWatch(server, `${collection}?watch=1&labelSelector=nothing&timeoutSeconds=30`)
    expect(watch.status).toBe(200)
    expect(watch.headers['content-type']).toBe('application/json')
  })

  it('tells events line by line, with kind and apiVersion in the object', async () => {
    using watch = await httpWatch(server, `${collection}?watch=true&labelSelector=http`)
    expect(await watch.next()).toMatchObject({ type: 'ADDED', object: { kind: 'ConfigMap', apiVersion: 'v1' } })
    await http(server, `${collection}/first`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: '{"data":{"changed":"yes"}}',
    })
    expect(await watch.next()).toMatchObject({ type: 'MODIFIED', object: { data: { changed: 'yes' } } })
  })

  it('ends a watch in silence when there is nothing to tell, also from a revision that is not there yet', async () => {
    const { metadata } = (await http(server, collection)).json as { metadata: { resourceVersion: string } }
    const now = Number(metadata.resourceVersion)
    for (const revision of [now, now + 1000]) {
      const watch = await http(server, `${collection}?watch=1&resourceVersion=${revision}&timeoutSeconds=1`)
      expect([watch.status, watch.text]).toEqual([200, ''])
    }
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

  it('reads and writes YAML, with words that look like booleans in quotes (trap 7)', async () => {
    const refused = await http(server, collection, {
      method: 'POST',
      headers: { 'content-type': 'application/yaml' },
      body: 'metadata: {name: y}\n',
    })
    expect(refused.status).toBe(400)
    expect(refused.json['message']).toContain(
      'cannot unmarshal bool into Go struct field ObjectMeta.metadata.name of type string',
    )
    const created = await http(server, collection, {
      method: 'POST',
      headers: { 'content-type': 'application/yaml', accept: 'application/yaml' },
      body: 'metadata:\n  name: yaml\ndata:\n  answer: "yes"\n',
    })
    expect(created.headers['content-type']).toBe('application/yaml')
    expect(created.text).toMatch(/answer: ["']yes["']/)
  })

  it('keeps integers that JavaScript cannot hold, and sees keys that occur twice (trap 5)', async () => {
    const body = '{"metadata":{"name":"twice"},"data":{"a":"1","a":"2"}}'
    const headers = { 'content-type': 'application/json' }
    const warned = await http(server, collection, { method: 'POST', headers, body })
    expect(warned.headers['warning']).toBe('299 - "duplicate field \\"data.a\\""')
    expect(warned.json['data']).toEqual({ a: '2' })
    const strict = await http(server, `${collection}?fieldValidation=Strict`, { method: 'POST', headers, body })
    expect(strict.json).toMatchObject({ code: 400, reason: 'BadRequest' })
    expect(strict.json['message']).toContain('strict decoding error: duplicate field "data.a"')
    const large = { metadata: { name: 'large' }, spec: {} }
    const text = JSON.stringify({ ...large, ...deployment('large') }).replace(
      '"replicas":1',
      '"replicas":1,"paused":false',
    )
    const created = await http(server, '/apis/apps/v1/namespaces/test/deployments', {
      method: 'POST',
      headers,
      body: text,
    })
    expect(created.status).toBe(201)
  })

  it('warns about unknown fields, and refuses them when asked to be strict', async () => {
    const body = { metadata: { name: 'unknown', foo: 'x' }, unk: 1 } as JsonObject
    const warned = await http(server, collection, { method: 'POST', body })
    expect(warned.status).toBe(201)
    expect(warned.headers['warning']).toBe('299 - "unknown field \\"metadata.foo\\"", 299 - "unknown field \\"unk\\""')
    const strict = await http(server, `${collection}?fieldValidation=Strict`, { method: 'POST', body })
    expect(strict.json['message']).toBe(
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "metadata.foo", unknown field "unk"',
    )
  })

  it.each<[string, string, string, number, RegExp | string]>([
    [
      'POST',
      'text/plain',
      'x',
      415,
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    ],
    [
      'POST',
      'application/json',
      '{"a":',
      400,
      /^the object provided is unrecognized \(must be of type ConfigMap\): couldn't get version\/kind; json parse error: /,
    ],
    ['POST', 'application/vnd.kubernetes.protobuf', 'nonsense', 400, /unrecognized/],
  ])('refuses a %s of %s', async (method, type, body, code, message) => {
    const { json } = await http(server, collection, { method, headers: { 'content-type': type }, body })
    expect(json['code']).toBe(code)
    if (typeof message === 'string') expect(json['message']).toBe(message)
    else expect(json['message']).toMatch(message)
  })

  it('refuses plain JSON as a patch', async () => {
    const headers = { 'content-type': 'application/json' }
    const { status } = await http(server, `${collection}/first`, { method: 'PATCH', headers, body: '{}' })
    expect(status).toBe(415)
  })

  it('refuses a body of more than three MiB and changes nothing', async () => {
    const { json } = await http(server, collection, {
      method: 'POST',
      body: configMap('huge', { data: { a: 'x'.repeat(3 << 20) } }),
    })
    expect(json).toMatchObject({
      code: 413,
      reason: 'RequestEntityTooLarge',
      message: 'Request entity too large: limit is 3145728',
    })
    expect((await http(server, `${collection}/huge`)).status).toBe(404)
  })

  it('lists all wrong options of a write at once', async () => {
    const { json } = await http(server, `${collection}?dryRun=Bar&fieldValidation=Foo`, {
      method: 'POST',
      body: configMap('x'),
    })
    expect([json['code'], json['message']]).toEqual([
      422,
      'CreateOptions.meta.k8s.io "" is invalid: [dryRun: Unsupported value: ["Bar"]: supported values: "All", fieldValidation: Unsupported value: "Foo": supported values: "", "Ignore", "Strict", "Warn"]',
    ])
  })

  it('refuses a timeout that is no duration', async () => {
    const { json } = await http(server, `${collection}?timeout=abc`)
    expect([json['code'], json['message']]).toEqual([
      400,
      'invalid timeout specified in the request URL - time: invalid duration "abc"',
    ])
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
    expect(row?.['cells']).toEqual(['first', 2, expect.stringMatching(/^\d+s$/)])
    expect(row?.['object']).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'first' } })
  })

  it('repeats the columns of a table watch only once', async () => {
    await ok(server.connection, {
      verb: 'create',
      ...configMaps,
      body: configMap('second', { metadata: { name: 'second', labels: { http: 'yes' } } }),
    })
    using watch = await httpWatch(server, `${collection}?watch=1&labelSelector=http`, { headers: { accept: table } })
    const events = [await watch.next(), await watch.next()]
    const columns = events.map(
      (event) => (event as never as { object: { columnDefinitions: [] } }).object.columnDefinitions.length,
    )
    expect(columns).toEqual([3, 0])
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
