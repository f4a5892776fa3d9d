import { connect } from 'node:http2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configMap, foo, fooCrd, install } from './objects.ts'
import { at, list, refusal, startWorld, text, type World } from './support.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

describe('HTTP', () => {
  let world: World
  let maps: string
  const foos = '/apis/ex.io/v1/namespaces/test/foos'
  beforeAll(async () => {
    world = await startWorld()
    maps = `${await world.namespace('test')}/configmaps`
    await install(world, fooCrd())
    await world.ok('POST', maps, { body: configMap('a') })
    await world.ok('POST', foos, { body: foo('a') })
  })
  afterAll(() => world[Symbol.asyncDispose]())

  it('serves HTTP/2 and HTTP/1.1 on one TLS port', async () => {
    const session = connect(world.server.url, { ca: world.server.ca })
    const stream = session.request({ ':path': '/version', authorization: `Bearer ${world.server.token}` })
    const headers = await new Promise<{ ':status'?: number }>((resolve, reject) => {
      stream.on('response', resolve)
      stream.on('error', reject)
      session.on('error', reject)
    })
    expect(headers[':status']).toBe(200)
    session.destroy()
    const old = await world.call('GET', '/version')
    expect([old.code, old.headers['keep-alive']]).toEqual([200, 'timeout=90'])
  })

  it('sends upstream’s headers with every answer', async () => {
    for (const path of [maps, `${maps}/a`, `${foos}/a`, `${maps}/none`, '/api']) {
      const { headers } = await world.call('GET', path)
      expect(headers).toMatchObject({
        'audit-id': expect.stringMatching(uuid),
        'cache-control': 'no-cache, private',
        'content-type': 'application/json',
        'x-content-type-options': 'nosniff',
        'x-kubernetes-pf-flowschema-uid': expect.stringMatching(uuid),
        'x-kubernetes-pf-prioritylevel-uid': expect.stringMatching(uuid),
        date: expect.stringMatching(/GMT$/),
        'content-length': expect.stringMatching(/^\d+$/),
      })
    }
  })

  it('echoes an Audit-ID', async () => {
    const { headers } = await world.call('GET', maps, { headers: { 'audit-id': 'mine-1' } })
    expect(headers['audit-id']).toBe('mine-1')
  })

  it('tells an unknown group from an unknown resource from an object that is not there (trap 9)', async () => {
    for (const path of ['/apis/unknown.io/v1/things', '/api/v9/pods', '/apis/ex.io/v9/foos']) {
      const { code, headers, text: body } = await world.call('GET', path)
      expect([path, code, headers['content-type'], body]).toEqual([
        path,
        404,
        'text/plain; charset=utf-8',
        '404 page not found\n',
      ])
    }
    for (const path of ['/api/v1/namespaces/test/things', '/apis/ex.io/v1/things', '/apis/apps/v1/things']) {
      expect(await world.refused('GET', path)).toEqual({
        code: 404,
        reason: 'NotFound',
        message: 'the server could not find the requested resource',
        details: {},
      })
    }
    expect(await world.refused('GET', `${foos}/none`)).toEqual({
      code: 404,
      reason: 'NotFound',
      message: 'foos.ex.io "none" not found',
      details: { name: 'none', group: 'ex.io', kind: 'foos' },
    })
  })

  it('does not know HEAD and OPTIONS on resources: 405', async () => {
    for (const path of [maps, `${maps}/a`, foos, `${foos}/a`]) {
      expect((await world.call('HEAD', path)).code).toBe(405)
      expect(refusal(await world.call('OPTIONS', path))).toEqual({
        code: 405,
        reason: 'MethodNotAllowed',
        message: 'the server does not allow this method on the requested resource',
        details: {},
      })
    }
  })

  it('indents for curl, wget and browsers, and as pretty asks', async () => {
    for (const [agent, query, pretty] of [
      ['curl/8.5.0', '', true],
      ['Wget/1.21', '', true],
      ['Mozilla/5.0 (X11)', '', true],
      ['kubectl/v1.36.0', '', false],
      ['kubectl/v1.36.0', '?pretty=true', true],
      ['kubectl/v1.36.0', '?pretty=1', true],
      ['curl/8.5.0', '?pretty=false', false],
      ['curl/8.5.0', '?pretty=0', false],
    ] as const) {
      for (const path of [`${maps}/a`, `${maps}/none`]) {
        const { text: body } = await world.call('GET', path + query, { headers: { 'user-agent': agent } })
        expect([agent, query, body.startsWith('{\n  "')]).toEqual([agent, query, pretty])
      }
    }
  })

  it('compresses answers over 128 KiB for those who take gzip, never smaller ones', async () => {
    await world.ok('POST', maps, { body: configMap('large', { data: { x: 'x'.repeat(200_000) } }) })
    const headers = { 'accept-encoding': 'gzip, deflate' }
    expect((await world.call('GET', `${maps}/large`, { headers })).headers['content-encoding']).toBe('gzip')
    expect((await world.call('GET', `${maps}/a`, { headers })).headers['content-encoding']).toBeUndefined()
    expect((await world.call('GET', `${maps}/large`)).headers['content-encoding']).toBeUndefined()
    await world.ok('DELETE', `${maps}/large`)
  })

  it('refuses a timeout that is no duration: 400', async () => {
    for (const path of [`${maps}/a`, foos]) {
      expect(await world.refused('GET', `${path}?timeout=abc`)).toMatchObject({
        code: 400,
        reason: 'BadRequest',
        message: 'invalid timeout specified in the request URL - time: invalid duration "abc"',
      })
    }
    expect((await world.call('GET', `${maps}/a?timeout=32s`)).code).toBe(200)
  })

  it('says its version in the fields that helm and kubectl read', async () => {
    const version = await world.ok('GET', '/version', { token: '' })
    expect(version).toMatchObject({
      major: '1',
      minor: expect.stringMatching(/^\d+$/),
      gitVersion: expect.stringMatching(/^v1\.\d+\.\d+/),
      gitTreeState: expect.any(String),
      gitCommit: expect.any(String),
      buildDate: expect.any(String),
      goVersion: expect.any(String),
      compiler: expect.any(String),
      platform: expect.stringMatching(/\//),
      emulationMajor: '1',
      emulationMinor: version['minor'],
      minCompatibilityMajor: '1',
      minCompatibilityMinor: String(Number(version['minor']) - 1),
    })
  })

  it('answers ok to health checks, also to strangers, and lists the checks when asked', async () => {
    for (const path of ['/healthz', '/livez', '/readyz', '/readyz/ping', '/livez/ping']) {
      const credentials = path.endsWith('ping') ? {} : { token: '' }
      const { code, headers, text: body } = await world.call('GET', path, credentials)
      expect([path, code, headers['content-type'], body]).toEqual([path, 200, 'text/plain; charset=utf-8', 'ok'])
    }
    const verbose = await world.call('GET', '/readyz?verbose')
    expect(verbose.text).toMatch(/^\[\+\]ping ok\n/)
    expect(verbose.text).toMatch(/readyz check passed\n$/)
    expect((await world.call('GET', '/readyz?verbose&exclude=ping')).text).toContain('[+]ping excluded: ok')
    expect((await world.call('GET', '/readyz/none')).code).toBe(404)
  })

  it('lists its paths at /', async () => {
    const paths = list(await world.ok('GET', '/'), 'paths')
    for (const path of ['/api', '/api/v1', '/apis', '/apis/apps/v1', '/apis/ex.io/v1', '/healthz', '/version']) {
      expect(paths).toContain(path)
    }
  })

  it('has metrics', async () => {
    const { code, headers, text: body } = await world.call('GET', '/metrics')
    expect([code, headers['content-type']]).toEqual([200, expect.stringMatching(/^text\/plain; version=0\.0\.4/)])
    expect(body).toMatch(/^# (HELP|TYPE) /m)
  })

  it('publishes how to check its service account tokens', async () => {
    const found = await world.ok('GET', '/.well-known/openid-configuration')
    expect(found).toEqual({
      issuer: expect.any(String),
      jwks_uri: expect.stringMatching(/\/openid\/v1\/jwks$/),
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    })
    const keys = await world.call('GET', '/openid/v1/jwks')
    expect(keys.headers['content-type']).toBe('application/jwk-set+json')
    expect(at(keys.json, 'keys.0')).toMatchObject({ kty: 'RSA', alg: 'RS256', use: 'sig', kid: expect.any(String) })
  })

  it('knows pages that are not there: 404 in plain text', async () => {
    const { code, headers, text: body } = await world.call('GET', '/nothing/here')
    expect([code, headers['content-type'], body]).toEqual([404, 'text/plain; charset=utf-8', '404 page not found\n'])
  })

  it('refuses escapes in paths that cannot be decoded', async () => {
    expect((await world.call('GET', `${maps}/%zz`)).code).toBe(400)
  })

  it.todo('P1: exec, attach, logs, port forwarding and proxies of pods, services and nodes (no kubelet behind a plane)')

  it('answers subresources that a kind does not have with 404', async () => {
    expect((await world.refused('GET', `${maps}/a/status`)).message).toBe(
      'the server could not find the requested resource',
    )
    expect(text(await world.ok('GET', `${foos}/a/status`), 'kind')).toBe('Foo')
  })
})
