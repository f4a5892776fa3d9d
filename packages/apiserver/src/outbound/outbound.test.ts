import type { Unstructured } from '@kairship/apimachinery'
import { systemClock } from '@kairship/runtime'
import { describe, expect, it } from 'vitest'
import { httpsServer } from '../testing/https-server.ts'
import { Outbound } from './outbound.ts'
import { locateService } from './targets.ts'

const call = { method: 'GET', path: '/', headers: {}, timeoutMs: 5000, maxBytes: 1000 }

describe('calls to the outside', () => {
  it('use connections again', async () => {
    const ports = new Set<number | undefined>()
    await using server = await httpsServer((request, response) => {
      ports.add(request.socket.remotePort)
      response.end('hello')
    })
    using outbound = new Outbound(systemClock())
    const ca = Buffer.from(server.caBundle, 'base64').toString()
    const endpoint = { hostname: '127.0.0.1', port: server.port, ca }
    for (let round = 0; round < 3; round++) expect((await outbound.call(endpoint, call)).body.toString()).toBe('hello')
    expect(ports.size).toBe(1)
  })

  it('do not take answers beyond their limit', async () => {
    await using server = await httpsServer((_request, response) => response.end('x'.repeat(2000)))
    using outbound = new Outbound(systemClock())
    const endpoint = { hostname: '127.0.0.1', port: server.port, insecure: true }
    await expect(outbound.call(endpoint, call)).rejects.toThrow('the response is larger than 1000 bytes')
  })

  it.each(['127.0.0.1', 'localhost'])('to %s are not made when the policy forbids its address', async (hostname) => {
    let asked = 0
    await using server = await httpsServer((_request, response) => {
      asked++
      response.end()
    })
    using outbound = new Outbound(systemClock(), { permits: (address) => !/^127\.|^::1$/.test(address) })
    const endpoint = { hostname, port: server.port, insecure: true }
    await expect(outbound.call(endpoint, call)).rejects.toThrow(/are not allowed$/)
    expect(asked).toBe(0)
  })
})

describe('a Service of the plane', () => {
  const service = {
    kind: 'Service',
    metadata: { name: 's', namespace: 'n' },
    spec: { ports: [{ name: 'https', port: 443 }] },
  }
  const ports = [
    { name: 'metrics', port: 1 },
    { name: 'https', port: 8443 },
  ]
  const plane = (slices: Unstructured[], endpoints?: Unstructured): Parameters<typeof locateService>[1] => ({
    get: (_group, resource) => (resource === 'services' ? service : resource === 'endpoints' ? endpoints : undefined),
    list: () => slices,
  })
  const reference = { namespace: 'n', name: 's', port: 443 }

  it('leads to a ready address of its EndpointSlices, with the certificate of the Service', () => {
    const slice = {
      metadata: { name: 's-1', labels: { 'kubernetes.io/service-name': 's' } },
      ports,
      endpoints: [
        { addresses: ['10.0.0.1'], conditions: { ready: false } },
        { addresses: ['10.0.0.2'], conditions: { ready: true } },
      ],
    }
    const found = { hostname: '10.0.0.2', port: 8443, servername: 's.n.svc' }
    expect(locateService(reference, plane([slice]))).toEqual(found)
  })

  it('leads to its Endpoints when it has no slices', () => {
    const endpoints = { metadata: { name: 's' }, subsets: [{ addresses: [{ ip: '10.0.0.3' }], ports }] }
    expect(locateService(reference, plane([], endpoints))).toMatchObject({ hostname: '10.0.0.3', port: 8443 })
  })

  it('has only the ports it lists', () => {
    expect(() => locateService({ ...reference, port: 80 }, plane([]))).toThrow('service "s" has no port 80')
  })
})
