import type { JsonObject } from '@kairship/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { http } from '../testing/calls.ts'
import { startTestServer, type TestServer } from '../testing/test-server.ts'

type Index = { readonly paths: { readonly [path: string]: { readonly serverRelativeURL: string } } }
type Document = {
  readonly paths: { readonly [path: string]: { readonly [method: string]: JsonObject } }
  readonly components: { readonly schemas: { readonly [name: string]: JsonObject } }
}

describe('OpenAPI', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const document = async (path: string): Promise<Document> => (await http(server, path)).json as never as Document

  it('lists one document per group version, under a name that changes with its content', async () => {
    const index = JSON.parse((await http(server, '/openapi/v3')).text) as Index
    const { serverRelativeURL } = index.paths['apis/apps/v1'] ?? { serverRelativeURL: '' }
    expect(serverRelativeURL).toMatch(/^\/openapi\/v3\/apis\/apps\/v1\?hash=[0-9A-F]{128}$/)
    const current = await http(server, serverRelativeURL)
    expect(current.status).toBe(200)
    expect(current.headers['cache-control']).toBe('public, immutable')
    const wrong = await http(server, '/openapi/v3/apis/apps/v1?hash=00')
    expect([wrong.status, wrong.headers.location]).toEqual([301, serverRelativeURL])
    const etag = current.headers.etag ?? ''
    expect((await http(server, '/openapi/v3/apis/apps/v1', { headers: { 'if-none-match': etag } })).status).toBe(304)
  })

  it('says for every kind that can be patched that the server validates fields', async () => {
    const { paths } = await document('/openapi/v3/apis/apps/v1')
    const patch = paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}']?.['patch']
    expect(patch).toMatchObject({
      'x-kubernetes-group-version-kind': { group: 'apps', version: 'v1', kind: 'Deployment' },
    })
    const names = ((patch?.['parameters'] ?? []) as { name: string; in: string }[]).map(
      (each) => `${each.in} ${each.name}`,
    )
    expect(names).toEqual(expect.arrayContaining(['query fieldValidation', 'query dryRun']))
  })

  it('carries the merge facts and resolves every reference', async () => {
    const { components } = await document('/openapi/v3/apis/apps/v1')
    const podSpec = components.schemas['io.k8s.api.core.v1.PodSpec']?.['properties'] as { [name: string]: JsonObject }
    expect(podSpec['containers']).toMatchObject({
      'x-kubernetes-patch-strategy': 'merge',
      'x-kubernetes-patch-merge-key': 'name',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    })
    expect(components.schemas['io.k8s.api.apps.v1.Deployment']).toMatchObject({
      'x-kubernetes-group-version-kind': [{ group: 'apps', version: 'v1', kind: 'Deployment' }],
    })
    const references = JSON.stringify(components).matchAll(/"#\/components\/schemas\/([^"]+)"/g)
    for (const [, name = ''] of references) expect(components.schemas).toHaveProperty([name])
  })

  it('is there in v2, in JSON and in the protobuf that old clients want (trap 4)', async () => {
    const json = await http(server, '/openapi/v2')
    expect(json.json).toMatchObject({ swagger: '2.0' })
    expect(json.json['definitions']).toHaveProperty(['io.k8s.api.apps.v1.Deployment'])
    const accept = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'
    const protobuf = await http(server, '/openapi/v2', { headers: { accept } })
    expect(protobuf.headers['content-type']).toBe('application/com.github.proto-openapi.spec.v2.v1.0+protobuf')
    expect(protobuf.text.startsWith('\n\x032.0')).toBe(true)
  })
})
