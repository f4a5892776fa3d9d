import type { JsonObject } from '@kairship/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createNamespace, http, httpWatch } from '../testing/calls.ts'
import { startTestServer, type TestServer } from '../testing/test-server.ts'

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const crd = (plural: string, kind: string, schema: JsonObject): JsonObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.ex.io` },
  spec: {
    group: 'ex.io',
    scope: 'Namespaced',
    names: { plural, kind },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
  },
})
const foos = crd('foos', 'Foo', {
  type: 'object',
  properties: {
    spec: { type: 'object', properties: { n: { type: 'integer', format: 'int64' }, s: { type: 'string' } } },
  },
})
const collection = '/apis/ex.io/v1/namespaces/test/foos'
const json = { 'content-type': 'application/json' }

describe('custom resources over HTTP', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer()
    await createNamespace(server.connection, 'test')
    expect((await http(server, definitions, { method: 'POST', body: foos })).status).toBe(201)
    for (let attempt = 0; (await http(server, collection)).status !== 200; attempt++) expect(attempt).toBeLessThan(100)
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const post = (body: string) => http(server, collection, { method: 'POST', headers: json, body })

  it('keeps integers that JavaScript cannot hold, and writes numbers as upstream does (trap 5)', async () => {
    const head = '{"apiVersion":"ex.io/v1","kind":"Foo","metadata":{"name":'
    await post(`${head}"large"},"spec":{"n":9007199254740993}}`)
    await post(`${head}"whole"},"spec":{"n":1.0}}`)
    await post(`${head}"power"},"spec":{"n":1e3}}`)
    const read = async (name: string): Promise<string> => (await http(server, `${collection}/${name}`)).text
    expect(await read('large')).toContain('"n":9007199254740993')
    expect(await read('whole')).toContain('"n":1}')
    expect(await read('power')).toContain('"n":1000')
    await http(server, `${collection}/large`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: '{"spec":{"s":"x"}}',
    })
    expect(await read('large')).toContain('"n":9007199254740993')
    expect((await http(server, collection)).text).toContain('"n":9007199254740993')
  })

  it('puts the kind into list items and an empty continue into the list', async () => {
    const { json: list } = await http(server, collection)
    expect(list).toMatchObject({ kind: 'FooList', apiVersion: 'ex.io/v1', metadata: { continue: '' } })
    for (const item of list['items'] as JsonObject[])
      expect(item).toMatchObject({ kind: 'Foo', apiVersion: 'ex.io/v1' })
  })

  it('wants the kind in the body, and a revision in an update', async () => {
    const unnamed = await post('{"metadata":{"name":"x"}}')
    expect([unnamed.status, unnamed.json['message']]).toEqual([
      400,
      expect.stringMatching(/^the object provided is unrecognized \(must be of type Foo\): /),
    ])
    await post('{"apiVersion":"ex.io/v1","kind":"Foo","metadata":{"name":"put"}}')
    const put = await http(server, `${collection}/put`, {
      method: 'PUT',
      body: { apiVersion: 'ex.io/v1', kind: 'Foo', metadata: { name: 'put' } },
    })
    expect([put.status, put.json['message']]).toEqual([
      422,
      'foos.ex.io "put" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
    ])
  })

  it('does not take strategic merge patches', async () => {
    const headers = { 'content-type': 'application/strategic-merge-patch+json' }
    const { json: status } = await http(server, `${collection}/put`, { method: 'PATCH', headers, body: '{}' })
    expect(status).toMatchObject({
      code: 415,
      message:
        'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
    })
  })

  it('tells what is wrong with a patch that brings in unknown fields', async () => {
    const headers = { 'content-type': 'application/merge-patch+json' }
    const path = `${collection}/put?fieldValidation=Strict`
    const { json: status } = await http(server, path, { method: 'PATCH', headers, body: '{"spec":{"foo":1}}' })
    expect(status['code']).toBe(422)
    expect(status['message']).toMatch(
      /^ "" is invalid: patch: Invalid value: "\{.*\}": strict decoding error: unknown field "spec\.foo"$/,
    )
  })

  it('appears in discovery and OpenAPI at once and disappears with its definition', async () => {
    const bars = crd('bars', 'Bar', { type: 'object', 'x-kubernetes-preserve-unknown-fields': true })
    await http(server, definitions, { method: 'POST', body: bars })
    const path = '/apis/ex.io/v1/namespaces/test/bars'
    for (let attempt = 0; (await http(server, path)).status !== 200; attempt++) expect(attempt).toBeLessThan(100)
    const names = async (): Promise<unknown[]> =>
      ((await http(server, '/apis/ex.io/v1')).json['resources'] as JsonObject[]).map(({ name }) => name)
    expect(await names()).toContain('bars')
    const document = await http(server, '/openapi/v3/apis/ex.io/v1')
    expect(document.json['components']).toHaveProperty(['schemas', 'io.ex.v1.Bar'])
    expect(document.json['paths']).toHaveProperty(['/apis/ex.io/v1/namespaces/{namespace}/bars/{name}', 'patch'])
    using watch = await httpWatch(server, `${path}?watch=1`)
    await http(server, `${definitions}/bars.ex.io`, { method: 'DELETE' })
    expect(await watch.next()).toBeUndefined()
    for (let attempt = 0; (await http(server, path)).status === 200; attempt++) expect(attempt).toBeLessThan(100)
    expect((await http(server, path)).status).toBe(404)
    expect(await names()).not.toContain('bars')
  })
})
