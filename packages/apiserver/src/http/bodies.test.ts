import type { JsonObject } from '@kairship/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configMap, configMaps, createNamespace, deployment, http, ok } from '../testing/calls.ts'
import { startTestServer, type TestServer } from '../testing/test-server.ts'

const namespace = '/api/v1/namespaces/test'
const collection = `${namespace}/configmaps`

describe('bodies over HTTP', () => {
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
})
