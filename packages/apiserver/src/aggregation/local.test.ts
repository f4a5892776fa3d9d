import type { JsonObject } from '@kairship/apimachinery'
import { describe, expect, it } from 'vitest'
import { ok } from '../testing/calls.ts'
import { eventually } from '../testing/eventually.ts'
import { startTestServer } from '../testing/test-server.ts'

const group = 'apiregistration.k8s.io'
const apiServices = { group, version: 'v1', resource: 'apiservices' } as const

describe('what a plane serves itself', () => {
  it('has APIServices, also for CRDs while they exist', async () => {
    await using plane = await startTestServer()
    const get = (name: string): Promise<JsonObject> => ok(plane.connection, { ...apiServices, verb: 'get', name })
    await eventually(async () => {
      expect(await get('v1.apps')).toMatchObject({
        metadata: { labels: { 'kube-aggregator.kubernetes.io/automanaged': 'onstart' } },
        spec: { groupPriorityMinimum: 17_800, versionPriority: 15 },
        status: {
          conditions: [
            { type: 'Available', status: 'True', reason: 'Local', message: 'Local APIServices are always available' },
          ],
        },
      })
    })
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'foos.ex.io' },
      spec: {
        group: 'ex.io',
        scope: 'Namespaced',
        names: { plural: 'foos', kind: 'Foo' },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    }
    const definitions = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' }
    await ok(plane.connection, { ...definitions, verb: 'create', body: crd })
    await eventually(async () => {
      expect(await get('v1.ex.io')).toMatchObject({
        metadata: { labels: { 'kube-aggregator.kubernetes.io/automanaged': 'true' } },
        spec: { groupPriorityMinimum: 1000, versionPriority: 100 },
      })
    })
    await ok(plane.connection, { ...definitions, verb: 'delete', name: 'foos.ex.io' })
    await eventually(async () => {
      const reply = await plane.connection.request({ ...apiServices, verb: 'get', name: 'v1.ex.io' })
      expect(reply.status).toBe(404)
    })
  })

  it('tells aggregated servers whom to trust', async () => {
    await using plane = await startTestServer()
    const where = { group: '', version: 'v1', resource: 'configmaps', namespace: 'kube-system' } as const
    const name = 'extension-apiserver-authentication'
    const read = (): Promise<JsonObject> => ok(plane.connection, { ...where, verb: 'get', name })
    await eventually(async () => expect(await read()).toMatchObject({ data: { 'client-ca-file': expect.any(String) } }))
    const service = { namespace: 'default', name: 'none', port: 443 }
    const spec = { group: 'x.io', version: 'v1', groupPriorityMinimum: 1, versionPriority: 1, service }
    const body = { apiVersion: `${group}/v1`, kind: 'APIService', metadata: { name: 'v1.x.io' }, spec }
    await ok(plane.connection, { ...apiServices, verb: 'create', body })
    await eventually(async () => {
      expect((await read())['data']).toMatchObject({
        'requestheader-allowed-names': '["front-proxy-client"]',
        'requestheader-client-ca-file': expect.stringContaining('BEGIN CERTIFICATE'),
        'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
        'requestheader-group-headers': '["X-Remote-Group"]',
        'requestheader-username-headers': '["X-Remote-User"]',
      })
    })
  })
})
