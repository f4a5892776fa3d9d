import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger, systemClock } from '@kairship/runtime'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EchoDoors } from '../test/doors.ts'
import { UiListener } from './listener.ts'
import { pagesFrom } from './pages.ts'

describe('the web listener', () => {
  let directory: string
  let listener: UiListener
  let port: number

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kairship-pages-'))
    await mkdir(join(directory, 'dist/assets'), { recursive: true })
    await writeFile(join(directory, 'secret.txt'), 'outside')
    await writeFile(join(directory, 'dist/index.html'), '<title>app</title>')
    await writeFile(join(directory, 'dist/assets/index-abcd1234.js'), 'run()')
    listener = new UiListener({
      doors: new EchoDoors(),
      pages: await pagesFrom(join(directory, 'dist'), 'fallback'),
      user: { username: 'kairship:ui', groups: [] },
      clock: systemClock(),
      log: silentLogger(),
    })
    port = (await listener.listen({ host: '127.0.0.1', port: 0 })).port
  })
  afterEach(async () => {
    await listener.stop()
    await rm(directory, { recursive: true })
  })

  const ask = (
    path: string,
    options: { method?: string; headers?: { [name: string]: string } } = {},
  ): Promise<{ status: number; body: string; headers: { [name: string]: unknown } }> =>
    new Promise((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, path, agent: false, ...options }, (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (text: string) => (body += text))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }))
      })
      sent.on('error', reject)
      sent.end()
    })

  it('serves the pages with headers that keep other sites out', async () => {
    const page = await ask('/')
    expect(page).toMatchObject({ status: 200, body: '<title>app</title>' })
    expect(page.headers['content-security-policy']).toContain("default-src 'self'")
    expect(page.headers['x-content-type-options']).toBe('nosniff')
    expect(page.headers['access-control-allow-origin']).toBeUndefined()
    expect((await ask('/instances/demo/workloads')).body).toBe('<title>app</title>')
    const script = await ask('/assets/index-abcd1234.js')
    expect(script).toMatchObject({ status: 200, body: 'run()' })
    expect(script.headers['cache-control']).toContain('immutable')
    expect((await ask('/assets/gone.js')).status).toBe(404)
  })

  it.each(['/../secret.txt', '/%2e%2e/secret.txt', '/assets/../../secret.txt', '//secret.txt'])(
    'serves nothing outside the pages: %s',
    async (path) => {
      expect((await ask(path)).body).not.toBe('outside')
    },
  )

  it('passes API reads on as its own user, whatever the caller claims', async () => {
    const answer = await ask('/instances/demo/apis?x', { headers: { authorization: 'Bearer stolen' } })
    expect(JSON.parse(answer.body)).toEqual({
      door: 'demo',
      url: '/instances/demo/apis?x',
      prefix: '/instances/demo',
      readOnly: true,
      user: 'kairship:ui',
    })
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('refuses %s', async (method) => {
    expect((await ask('/api/v1/namespaces', { method })).status).toBe(405)
  })

  it('refuses names that DNS could point here', async () => {
    expect((await ask('/', { headers: { host: 'evil.example' } })).status).toBe(403)
    expect((await ask('/api', { headers: { host: 'evil.example:8080' } })).status).toBe(403)
    expect((await ask('/api', { headers: { host: '127.0.0.1.evil.example' } })).status).toBe(403)
    expect((await ask('/api', { headers: { host: 'LOCALHOST:1' } })).status).toBe(200)
    expect((await ask('/api', { headers: { host: '[::1]:8080' } })).status).toBe(200)
  })

  it('refuses API requests that a page of another site made', async () => {
    expect((await ask('/api', { headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(403)
    expect((await ask('/api', { headers: { 'sec-fetch-site': 'same-site' } })).status).toBe(403)
    expect((await ask('/api', { headers: { 'sec-fetch-site': 'same-origin' } })).status).toBe(200)
    expect((await ask('/', { headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(200)
  })

  it('does not listen where others could reach it', async () => {
    const other = new UiListener({
      doors: new EchoDoors(),
      pages: await pagesFrom(undefined, 'fallback'),
      user: { username: 'kairship:ui', groups: [] },
      clock: systemClock(),
      log: silentLogger(),
    })
    await expect(other.listen({ host: '0.0.0.0', port: 0 })).rejects.toThrow(/loopback/)
  })
})
