import type { JsonObject, Unstructured } from '@kairship/apimachinery'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { text } from '../builtin/fields.ts'
import { createNamespace, http, httpWatch, ok, refused } from '../testing/calls.ts'
import { type ReviewServer, reviewServer } from '../testing/https-server.ts'
import { startTestServer, type TestServer } from '../testing/test-server.ts'

const definitions = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' } as const
const v1 = { group: 'ex.io', version: 'v1', resource: 'hosts', namespace: 'test' } as const
const v2 = { ...v1, version: 'v2' } as const

type Host = Unstructured & { spec: { hostPort?: string; host?: string; port?: string } }

/** v1 has `hostPort`, v2 has `host` and `port`. */
function converted(object: Host, apiVersion: string): JsonObject {
  const { spec, ...rest } = object
  if (object.apiVersion === apiVersion) return object as unknown as JsonObject
  const [host = '', port = ''] = (spec.hostPort ?? '').split(':')
  const next = apiVersion === 'ex.io/v2' ? { host, port } : { hostPort: `${spec.host ?? ''}:${spec.port ?? ''}` }
  return { ...rest, apiVersion, spec: next } as unknown as JsonObject
}

describe('a CRD with a conversion webhook', () => {
  let server: TestServer
  let webhook: ReviewServer

  beforeEach(async () => {
    server = await startTestServer()
    webhook = await reviewServer()
    await createNamespace(server.connection, 'test')
    webhook.answers['/convert'] = (request) => ({
      result: { status: 'Success' },
      convertedObjects: (request['objects'] as unknown as Host[]).map((object) =>
        converted(object, text(request, 'desiredAPIVersion')),
      ),
    })
    const schema = {
      openAPIV3Schema: {
        type: 'object',
        properties: { spec: { type: 'object', additionalProperties: { type: 'string' } } },
      },
    }
    await ok(server.connection, {
      ...definitions,
      verb: 'create',
      body: {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: 'hosts.ex.io' },
        spec: {
          group: 'ex.io',
          scope: 'Namespaced',
          names: { plural: 'hosts', kind: 'Host' },
          versions: [
            { name: 'v1', served: true, storage: true, schema },
            { name: 'v2', served: true, storage: false, schema },
          ],
          conversion: {
            strategy: 'Webhook',
            webhook: {
              clientConfig: { url: `${webhook.url}/convert`, caBundle: webhook.caBundle },
              conversionReviewVersions: ['v1'],
            },
          },
        },
      },
    })
  })
  afterEach(async () => {
    await server[Symbol.asyncDispose]()
    await webhook[Symbol.asyncDispose]()
  })

  const create = (name: string, hostPort: string): Promise<JsonObject> =>
    ok(server.connection, {
      ...v1,
      verb: 'create',
      body: { apiVersion: 'ex.io/v1', kind: 'Host', metadata: { name }, spec: { hostPort } },
    })

  it('shows an object in every version, and asks once for a revision', async () => {
    await create('a', 'example.com:80')
    for (let round = 0; round < 3; round++) {
      expect(await ok(server.connection, { ...v2, verb: 'get', name: 'a' })).toMatchObject({
        apiVersion: 'ex.io/v2',
        metadata: { name: 'a', uid: expect.any(String), resourceVersion: expect.any(String) },
        spec: { host: 'example.com', port: '80' },
      })
    }
    expect(webhook.asked).toHaveLength(1)
    expect(webhook.asked[0]?.request).toMatchObject({
      desiredAPIVersion: 'ex.io/v2',
      objects: [{ apiVersion: 'ex.io/v1', spec: { hostPort: 'example.com:80' } }],
    })
    expect(await ok(server.connection, { ...v1, verb: 'get', name: 'a' })).toMatchObject({
      spec: { hostPort: 'example.com:80' },
    })
  })

  it('stores what is written in another version in the storage version', async () => {
    const spec = { host: 'example.com', port: '81' }
    const body = { apiVersion: 'ex.io/v2', kind: 'Host', metadata: { name: 'b' }, spec }
    expect(await ok(server.connection, { ...v2, verb: 'create', body })).toMatchObject({ apiVersion: 'ex.io/v2', spec })
    const stored = await ok(server.connection, { ...v1, verb: 'get', name: 'b' })
    expect(stored).toMatchObject({ apiVersion: 'ex.io/v1', spec: { hostPort: 'example.com:81' } })
    const patch = { spec: { port: '82' } }
    const patched = await ok(server.connection, { ...v2, verb: 'patch', name: 'b', patchType: 'merge', body: patch })
    expect(patched).toMatchObject({ apiVersion: 'ex.io/v2', spec: { host: 'example.com', port: '82' } })
    expect(await ok(server.connection, { ...v1, verb: 'get', name: 'b' })).toMatchObject({
      spec: { hostPort: 'example.com:82' },
    })
    await ok(server.connection, { ...v2, verb: 'delete', name: 'b' })
  })

  it('lists what is missing in one call, page by page when pages are asked for', async () => {
    for (const name of ['a', 'b', 'c']) await create(name, `${name}:1`)
    const all = await ok(server.connection, { ...v2, verb: 'list' })
    expect((all['items'] as unknown as Host[]).map(({ spec }) => spec.host)).toEqual(['a', 'b', 'c'])
    expect(webhook.asked).toHaveLength(1)
    await create('d', 'd:1')
    const page = await http(server, '/apis/ex.io/v2/namespaces/test/hosts?limit=2')
    expect(page.json['items']).toHaveLength(2)
    expect(webhook.asked).toHaveLength(1)
  })

  it('is watched in every version', async () => {
    await create('a', 'a:1')
    using watch = await httpWatch(server, '/apis/ex.io/v2/namespaces/test/hosts?watch=true&resourceVersion=0')
    expect(await watch.next()).toMatchObject({ type: 'ADDED', object: { apiVersion: 'ex.io/v2', spec: { host: 'a' } } })
    await create('b', 'b:1')
    expect(await watch.next()).toMatchObject({ type: 'ADDED', object: { apiVersion: 'ex.io/v2', spec: { host: 'b' } } })
    const body = { spec: { hostPort: 'b:2' } }
    await ok(server.connection, { ...v1, verb: 'patch', name: 'b', patchType: 'merge', body })
    expect(await watch.next()).toMatchObject({ type: 'MODIFIED', object: { spec: { host: 'b', port: '2' } } })
    await ok(server.connection, { ...v1, verb: 'delete', name: 'b' })
    expect(await watch.next()).toMatchObject({
      type: 'DELETED',
      object: { apiVersion: 'ex.io/v2', spec: { port: '2' } },
    })
  })

  it.each([
    ['fails', () => ({ result: { status: 'Failed', message: 'no way' } }), 'failed: no way'],
    ['says nothing', () => ({}), "failed: response.result.status was '', not 'Success'"],
    ['loses objects', () => ({ result: { status: 'Success' } }), 'returned 0 objects, expected 1'],
  ])('answers 500 when its webhook %s', async (_what, answer, text) => {
    await create('a', 'a:1')
    webhook.answers['/convert'] = answer
    expect(await refused(server.connection, { ...v2, verb: 'get', name: 'a' })).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: `conversion webhook for ex.io/v1, Kind=Host ${text}`,
      code: 500,
    })
    expect((await server.connection.request({ ...v2, verb: 'list' })).status).toBe(500)
    // The storage version needs no conversion.
    await ok(server.connection, { ...v1, verb: 'get', name: 'a' })
  })

  it('lets its webhook change labels and annotations, and nothing else of the metadata', async () => {
    await create('a', 'a:1')
    const answer = (metadata: JsonObject) => (request: JsonObject) => ({
      result: { status: 'Success' },
      convertedObjects: (request['objects'] as unknown as Host[]).map((object) => ({
        ...converted(object, 'ex.io/v2'),
        metadata: { ...object.metadata, ...metadata } as JsonObject,
      })),
    })
    webhook.answers['/convert'] = answer({ name: 'other' })
    expect((await refused(server.connection, { ...v2, verb: 'get', name: 'a' }))['message']).toBe(
      'conversion webhook for ex.io/v1, Kind=Host returned invalid converted object at index 0: ' +
        'must have the same name: a != other',
    )
    webhook.answers['/convert'] = answer({
      labels: { l: '1' },
      annotations: { a: '1' },
      finalizers: ['x/y'],
      generation: 9,
    })
    const shown = await ok(server.connection, { ...v2, verb: 'get', name: 'a' })
    expect(shown).toMatchObject({ metadata: { labels: { l: '1' }, annotations: { a: '1' }, generation: 1 } })
    expect(shown['metadata']).not.toHaveProperty('finalizers')
  })
})
