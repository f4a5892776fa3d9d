import { createServer } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from './testing/test-server.ts'

describe('a plane behind a listener', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  it('knows callers by the client certificates it issued', async () => {
    const { certificate, key } = await server.plane.issueCertificate({ username: 'carol', groups: ['dev'] }, 3_600_000)
    const text = await new Promise<string>((resolve, reject) => {
      const options = { ca: server.ca, cert: certificate, key, agent: false }
      const path = '/api/v1/namespaces/default/pods'
      httpsRequest(server.url + path, options, (response) => {
        let body = ''
        response.on('data', (chunk) => (body += String(chunk)))
        response.on('end', () => resolve(body))
      })
        .on('error', reject)
        .end()
    })
    expect(JSON.parse(text)).toMatchObject({
      code: 403,
      message: 'pods is forbidden: User "carol" cannot list resource "pods" in API group "" in the namespace "default"',
    })
  })

  describe('mounted below a path', () => {
    const mounted = createServer((request, response) => {
      const readOnly = request.headers['x-read-only'] === 'yes'
      void server.plane.handle(request, response, {
        prefix: '/instances/demo',
        credentials: { user: server.admin },
        readOnly,
      })
    })
    let url = ''
    beforeAll(async () => {
      await new Promise<void>((resolve) => mounted.listen(0, '127.0.0.1', resolve))
      const address = mounted.address()
      url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/instances/demo`
    })
    afterAll(() => void mounted.close())

    it('serves everything there', async () => {
      expect(await (await fetch(`${url}/readyz`)).text()).toBe('ok')
      expect(await (await fetch(`${url}/api/v1/namespaces/default`)).json()).toMatchObject({ kind: 'Namespace' })
      expect((await fetch(url)).status).toBe(200)
    })

    it('redirects within it', async () => {
      const response = await fetch(`${url}/openapi/v3/api/v1?hash=old`, { redirect: 'manual' })
      expect(response.headers.get('location')).toMatch(/^\/instances\/demo\/openapi\/v3\/api\/v1\?hash=[0-9A-F]{128}$/)
    })

    it('takes only reads where that is asked', async () => {
      const headers = { 'x-read-only': 'yes' }
      expect((await fetch(`${url}/api/v1/namespaces`, { headers })).status).toBe(200)
      const body = JSON.stringify({ metadata: { name: 'no' } })
      expect((await fetch(`${url}/api/v1/namespaces`, { method: 'POST', headers, body })).status).toBe(403)
    })

    it.each(['//', '/%zz', '/api/v1/namespaces/%ff/pods', '/apis//v1', `/api/v1/${'x'.repeat(4000)}`])(
      'answers the strange path %s like any other',
      async (path) => {
        expect((await fetch(url + path)).status).toBeLessThan(500)
      },
    )
  })

  it('knows which resources have namespaces', async () => {
    const headers = { authorization: `Bearer ${server.token}` }
    const call = (method: string, path: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const request = httpsRequest(
          server.url + path,
          { method, headers, ca: server.ca, agent: false },
          (response) => {
            response.resume()
            resolve(response.statusCode)
          },
        )
        request.on('error', reject)
        request.end(method === 'POST' ? '{}' : undefined)
      })
    expect(await call('GET', '/api/v1/configmaps')).toBe(200)
    expect(await call('POST', '/api/v1/configmaps')).toBe(405)
    expect(await call('GET', '/api/v1/configmaps/x')).toBe(404)
    expect(await call('GET', '/api/v1/namespaces/default/nodes')).toBe(404)
  })
})
