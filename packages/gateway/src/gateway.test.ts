import { X509Certificate } from 'node:crypto'
import { connect } from 'node:http2'
import { request } from 'node:https'
import { silentLogger, systemClock } from '@kairship/runtime'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Gateway, type ServingCertificate } from './gateway.ts'
import { selfSigned } from './test/certificates.ts'
import { EchoDoors } from './test/doors.ts'

interface Answer {
  readonly status: number
  readonly body: string
}

describe('the gateway', () => {
  let serving: ServingCertificate
  let client: ServingCertificate
  let doors: EchoDoors
  let gateway: Gateway
  let port: number

  beforeAll(async () => {
    serving = await selfSigned('kairship')
    client = await selfSigned('somebody')
  })
  beforeEach(async () => {
    doors = new EchoDoors()
    gateway = new Gateway({ doors, serving, clock: systemClock(), log: silentLogger(), drainMs: 2000 })
    port = (await gateway.listen({ host: '127.0.0.1', port: 0 })).port
  })
  afterEach(async () => {
    await gateway.stop()
  })

  const http1 = (path: string, options: { token?: string; certificate?: boolean } = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port,
          path,
          ca: serving.certificate,
          agent: false,
          headers: options.token === undefined ? {} : { authorization: `Bearer ${options.token}` },
          ...(options.certificate === true ? { cert: client.certificate, key: client.key } : {}),
        },
        (response) => {
          let body = ''
          response.setEncoding('utf8').on('data', (text: string) => (body += text))
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
          response.on('error', reject)
        },
      )
      sent.on('error', reject)
      sent.end()
    })
  const http2 = async (path: string, certificate = false): Promise<Answer> => {
    const session = connect(`https://127.0.0.1:${port}`, {
      ca: serving.certificate,
      ...(certificate ? { cert: client.certificate, key: client.key } : {}),
    })
    try {
      return await new Promise((resolve, reject) => {
        session.on('error', reject)
        const stream = session.request({ ':path': path })
        let status = 0
        let body = ''
        stream.on('response', (headers) => (status = headers[':status'] ?? 0))
        stream.setEncoding('utf8').on('data', (text: string) => (body += text))
        stream.on('end', () => resolve({ status, body }))
        stream.on('error', reject)
      })
    } finally {
      session.close()
    }
  }

  it.each(['http1', 'http2'] as const)('finds the plane by the path, over %s', async (protocol) => {
    const get = protocol === 'http1' ? http1 : http2
    expect(JSON.parse((await get('/api')).body)).toMatchObject({ door: 'hub', prefix: '' })
    expect(JSON.parse((await get('/instances/demo/api?x=1')).body)).toMatchObject({
      door: 'demo',
      prefix: '/instances/demo',
      url: '/instances/demo/api?x=1',
    })
    expect(JSON.parse((await get('/clusters/one/version')).body)).toMatchObject({
      door: 'one',
      prefix: '/clusters/one',
    })
  })

  it('takes queries as long as upstream does', async () => {
    const url = `/api?labelSelector=${'a'.repeat(500_000)}`
    const { status, body } = await http1(url)
    expect([status, JSON.parse(body).url === url]).toEqual([200, true])
  })

  it('answers an unknown instance with a Status', async () => {
    const { status, body } = await http1('/instances/nope/api')
    expect(status).toBe(404)
    expect(JSON.parse(body)).toMatchObject({ kind: 'Status', reason: 'NotFound', code: 404 })
    expect(body).toContain('nope')
  })

  it.each(['http1', 'http2'] as const)('hands over the client certificate, over %s', async (protocol) => {
    const { body } = protocol === 'http1' ? await http1('/api', { certificate: true }) : await http2('/api', true)
    const der = new X509Certificate(client.certificate).raw.toString('base64')
    expect(JSON.parse(body)).toMatchObject({ certificate: der })
  })

  it.each(['http1', 'http2'] as const)(
    'takes who shows a certificate of an instance there when the path names none, over %s',
    async (protocol) => {
      client = await selfSigned('clients of demo')
      const get = (path: string) => (protocol === 'http1' ? http1(path, { certificate: true }) : http2(path, true))
      expect(JSON.parse((await get('/api')).body)).toMatchObject({ door: 'demo', prefix: '', url: '/api' })
      expect(JSON.parse((await get('/clusters/one/api')).body)).toMatchObject({ door: 'one' })
      expect((await get('/readyz')).body).toBe('ok')
      const withToken = await http1('/api', { certificate: true, token: 'a' })
      expect(JSON.parse(withToken.body)).toMatchObject({ door: 'hub' })
    },
  )

  it('hands over the bearer token, which wins over the certificate', async () => {
    const answer = JSON.parse((await http1('/api', { token: 'abc', certificate: true })).body)
    expect(answer).toMatchObject({ token: 'abc' })
    expect(answer).not.toHaveProperty('certificate')
  })

  it('is ready only when every plane is, and says how many are without naming them', async () => {
    expect(await http1('/readyz')).toEqual({ status: 200, body: 'ok' })
    doors.demo.ready = false
    const { status, body } = await http1('/readyz')
    expect(status).toBe(503)
    expect(body).toContain('[+]hub ok')
    expect(body).toContain('[-]instances failed: 1 of 2 serve')
    expect(body).not.toContain('demo')
  })

  it('hands an upgrade to its plane', async () => {
    const door = await new Promise((resolve, reject) => {
      const sent = request({
        host: '127.0.0.1',
        port,
        path: '/clusters/one/api/v1/namespaces/a/pods/b/exec',
        ca: serving.certificate,
        agent: false,
        headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1' },
      })
      sent.on('upgrade', (response, socket) => {
        socket.destroy()
        resolve(response.headers['x-door'])
      })
      sent.on('error', reject)
      sent.end()
    })
    expect(door).toBe('one/clusters/one')
  })

  it('ends watches and finishes requests when it stops', async () => {
    const watching = http1('/api/v1/pods?watch=true')
    const watchingToo = http2('/instances/demo/api/v1/pods?watch=true')
    const slow = http1('/api?slow=300')
    await new Promise((resolve) => setTimeout(resolve, 150))
    const stopped = gateway.stop()
    expect(await watching).toEqual({ status: 200, body: 'first\n' })
    expect(await watchingToo).toEqual({ status: 200, body: 'first\n' })
    expect(JSON.parse((await slow).body)).toMatchObject({ door: 'hub' })
    await stopped
    await expect(http1('/api')).rejects.toThrow(/ECONNREFUSED/)
  })

  it('does not wait for ever for a request that never ends', async () => {
    const endless = http1('/api?slow=60000').catch((error: unknown) => error)
    await new Promise((resolve) => setTimeout(resolve, 100))
    await gateway.stop()
    expect(await endless).toBeInstanceOf(Error)
  })
})
