import type { JsonObject } from '@kairship/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { http } from '../testing/calls.ts'
import { startTestServer, type TestServer } from '../testing/test-server.ts'
import { compareVersions } from './groups.ts'

const v2 = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
const v2beta1 = v2.replace('v=v2', 'v=v2beta1')

describe('discovery', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  it('gives everything in one document to those who ask for it', async () => {
    const accept = `${v2},${v2beta1},application/json`
    const { json, headers } = await http(server, '/apis', { headers: { accept } })
    expect(headers).toMatchObject({ 'content-type': v2, vary: 'Accept', 'cache-control': 'public' })
    expect(headers.etag).toMatch(/^"[0-9A-F]{128}"$/)
    const apps = (json['items'] as JsonObject[]).find((item) => (item['metadata'] as JsonObject)['name'] === 'apps')
    const [version] = (apps?.['versions'] ?? []) as JsonObject[]
    expect(version).toMatchObject({ version: 'v1', freshness: 'Current' })
    const deployments = ((version?.['resources'] ?? []) as JsonObject[]).find(
      ({ resource }) => resource === 'deployments',
    )
    expect(deployments).toMatchObject({
      responseKind: { group: '', version: '', kind: 'Deployment' },
      scope: 'Namespaced',
      singularResource: 'deployment',
      shortNames: ['deploy'],
      categories: ['all'],
    })
    expect(deployments?.['subresources']).toContainEqual({
      subresource: 'scale',
      responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
      verbs: expect.arrayContaining(['get', 'patch', 'update']) as unknown,
    })
    const again = await http(server, '/apis', { headers: { accept, 'if-none-match': headers.etag ?? '' } })
    expect([again.status, again.text]).toEqual([304, ''])
  })

  it('knows the older form, and falls through clauses it does not know', async () => {
    const old = await http(server, '/api', { headers: { accept: `${v2beta1},application/json` } })
    expect(old.json).toMatchObject({ apiVersion: 'apidiscovery.k8s.io/v2beta1', items: [{ metadata: {} }] })
    const nopeer = await http(server, '/apis', { headers: { accept: `${v2};profile=nopeer,${v2}` } })
    expect(nopeer.headers['content-type']).toBe(v2)
    expect((await http(server, '/apis', { headers: { accept: `${v2};profile=nopeer` } })).status).toBe(406)
  })

  it('answers the classic documents', async () => {
    expect((await http(server, '/api')).json).toMatchObject({ kind: 'APIVersions', versions: ['v1'] })
    const groups = (await http(server, '/apis')).json['groups'] as JsonObject[]
    expect(groups.find(({ name }) => name === 'autoscaling')).toMatchObject({
      preferredVersion: { groupVersion: 'autoscaling/v2', version: 'v2' },
    })
    expect((await http(server, '/apis/apps')).json).toMatchObject({ kind: 'APIGroup', name: 'apps' })
    const { json } = await http(server, '/api/v1')
    expect(json).toMatchObject({ kind: 'APIResourceList', groupVersion: 'v1' })
    const resources = json['resources'] as JsonObject[]
    expect(resources.find(({ name }) => name === 'serviceaccounts/token')).toMatchObject({
      group: 'authentication.k8s.io',
      version: 'v1',
      kind: 'TokenRequest',
    })
    for (const { name, singularName } of resources)
      if (typeof name === 'string' && !name.includes('/')) expect(singularName).not.toBe('')
  })

  it('shows only what a Kubernetes of the plane’s version serves', async () => {
    await using old = await startTestServer({ plane: { version: '1.22' } })
    const versions = (await http(old, '/apis/autoscaling')).json['versions'] as JsonObject[]
    expect(versions.map(({ version }) => version)).not.toContain('v2')
    expect((await http(old, '/version')).json).toMatchObject({ minor: '22' })
  })

  it('prefers GA to beta to alpha, and higher numbers', () => {
    const versions = ['v1alpha1', 'v1', 'foo', 'v2beta1', 'v10', 'v2', 'v1beta2']
    expect(versions.toSorted(compareVersions)).toEqual(['v10', 'v2', 'v1', 'v2beta1', 'v1beta2', 'v1alpha1', 'foo'])
  })
})
