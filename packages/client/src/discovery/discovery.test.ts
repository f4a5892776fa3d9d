import { describe, expect, it } from 'vitest'
import type { Connection } from '@kairship/apimachinery'
import { ConnectionError } from '@kairship/apimachinery'
import { discover } from './discovery.ts'
import { discoveredResources, findKind, findResource } from './find.ts'

/** A server that only answers documents; unknown paths are 404, null is an answer that is no Kubernetes. */
function foreign(documents: { [path: string]: unknown }, contentType = 'application/json'): Connection {
  return {
    request: () => Promise.reject(new Error('not asked')),
    watch: () => {
      throw new Error('not asked')
    },
    async raw(path) {
      const document = documents[path]
      const text =
        document === null ? '<html>' : JSON.stringify(document ?? { kind: 'Status', status: 'Failure', code: 404 })
      return { status: document === undefined ? 404 : 200, contentType, body: new TextEncoder().encode(text) }
    },
  }
}
const version = { major: '1', minor: '19', gitVersion: 'v1.19.0', platform: 'linux/amd64' }
const resource = (name: string, kind: string, more: object = {}) => ({
  name,
  kind,
  namespaced: true,
  verbs: ['get', 'list'],
  ...more,
})

describe('discovery', () => {
  it('reads servers that know nothing of aggregation, group by group', async () => {
    const discovery = await discover(
      foreign({
        '/version': version,
        '/api': { versions: ['v1'] },
        '/api/v1': {
          resources: [resource('pods', 'Pod', { singularName: '', shortNames: ['po'] }), resource('pods/log', 'Pod')],
        },
        '/apis': {
          groups: [
            {
              name: 'extensions',
              versions: [{ version: 'v1beta1' }],
              preferredVersion: { version: 'v1beta1' },
            },
            {
              name: 'apps',
              versions: [{ version: 'v1beta1' }, { version: 'v1' }],
              preferredVersion: { version: 'v1' },
            },
            { name: 'metrics.k8s.io', versions: [{ version: 'v1beta1' }] },
          ],
        },
        '/apis/extensions/v1beta1': { resources: [resource('ingresses', 'Ingress', { singularName: 'ingress' })] },
        '/apis/apps/v1': {
          resources: [
            resource('deployments', 'Deployment', { singularName: 'deployment', shortNames: ['deploy'] }),
            resource('deployments/scale', 'Scale'),
          ],
        },
        '/apis/apps/v1beta1': { resources: [resource('deployments', 'Deployment', { singularName: 'deployment' })] },
      }),
    )
    expect(discovery.serverVersion).toBe('v1.19.0')
    expect(findResource(discovery, 'po')).toMatchObject({ resource: 'pods', singular: 'pod', subresources: ['log'] })
    expect(findResource(discovery, 'deploy')).toMatchObject({ version: 'v1', subresources: ['scale'] })
    expect(findResource(discovery, 'deployments.apps')).toMatchObject({ group: 'apps', version: 'v1' })
    expect(findResource(discovery, 'ingress.apps')).toBeUndefined()
    expect(findKind(discovery, { group: 'apps', version: 'v1beta1', kind: 'Deployment' })?.version).toBe('v1beta1')
    expect(discoveredResources(discovery)).toHaveLength(4)
    expect(discoveredResources(discovery, { preferred: true })).toHaveLength(3)
    // One API that is down is reported and costs the others nothing.
    expect(discovery.failures.map(({ groupVersion }) => groupVersion)).toEqual(['metrics.k8s.io/v1beta1'])
  })

  it('reads aggregated documents and reports what is stale', async () => {
    const aggregated = (items: unknown[]): object => ({ kind: 'APIGroupDiscoveryList', items })
    const connection = foreign(
      {
        '/version': version,
        '/api': aggregated([]),
        '/apis': aggregated([
          {
            metadata: { name: 'shop.io' },
            versions: [
              {
                version: 'v1',
                freshness: 'Stale',
                resources: [
                  {
                    resource: 'carts',
                    responseKind: { kind: 'Cart' },
                    scope: 'Cluster',
                    singularResource: 'cart',
                    verbs: ['get'],
                    subresources: [{ subresource: 'status' }],
                  },
                ],
              },
            ],
          },
        ]),
      },
      'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
    )
    const discovery = await discover(connection)
    expect(findResource(discovery, 'Cart')).toMatchObject({
      group: 'shop.io',
      namespaced: false,
      subresources: ['status'],
    })
    expect(discovery.failures).toEqual([{ groupVersion: 'shop.io/v1', error: undefined }])
  })

  it('says so when the answer is not Kubernetes', async () => {
    await expect(discover(foreign({ '/version': null, '/api': null, '/apis': null }))).rejects.toThrow(ConnectionError)
    await expect(discover(foreign({}))).rejects.toMatchObject({ code: 404 })
  })
})
