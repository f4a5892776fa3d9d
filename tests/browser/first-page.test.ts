import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Kairship, kubectlOk, repository, startKairship } from '../support/kairship.ts'
import { deploymentsIn, itemsOf, membersOf } from '../support/objects.ts'
import { eventually, run } from '../support/process.ts'

const artefacts = join(repository, 'test-results/browser')

describe('the first web page', () => {
  let kairship: Kairship
  let browser: Browser
  const problems: string[] = []

  beforeAll(async () => {
    // The launcher builds the page before the server starts; so does this.
    const built = await run(
      join(repository, 'kairship'),
      ['exec', 'vite', 'build', 'apps/web', '--logLevel', 'error'],
      {
        cwd: repository,
      },
    )
    expect(built.code, built.stderr).toBe(0)
    kairship = await startKairship({ demo: true })
    await eventually(() => membersOf(kairship.kubeconfig('instances/demo'), 4))
    browser = await chromium.launch({
      executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    })
    await mkdir(artefacts, { recursive: true })
  })
  afterAll(async () => {
    await browser?.close()
    await kairship?.[Symbol.asyncDispose]()
  })

  const open = async (options: { locale: string; colorScheme: 'light' | 'dark' }): Promise<Page> => {
    const page = await browser.newPage({ ...options, viewport: { width: 1280, height: 900 } })
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text())
    })
    page.on('pageerror', (error) => problems.push(String(error)))
    page.on('response', (response) => {
      if (response.status() >= 400) problems.push(`${response.status()} ${response.url()}`)
    })
    await page.goto(`http://${kairship.ui}/`)
    return page
  }

  it('shows the instance, its members, and every workload with the ready count that kubectl reports', async () => {
    const instance = kairship.kubeconfig('instances/demo')
    await eventually(async () => {
      for (const item of await deploymentsIn(instance, 'guestbook')) expect(item.ready).toBeGreaterThan(0)
    })
    const page = await open({ locale: 'en-US', colorScheme: 'light' })
    await page.getByRole('button', { name: 'demo' }).waitFor()
    for (const cluster of await itemsOf(instance, 'clusters')) {
      await page.getByRole('rowheader', { name: cluster.metadata.name, exact: true }).waitFor()
    }
    const web = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: 'web Deployment' }) })
    await web.getByText('4 / 4').waitFor()
    await page.screenshot({ path: join(artefacts, 'first-page-light-en.png'), fullPage: true })
    expect(problems).toEqual([])
    await page.close()
  })

  it('follows a change made with kubectl without a reload', async () => {
    const page = await open({ locale: 'en-US', colorScheme: 'dark' })
    const web = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: 'web Deployment' }) })
    await web.getByText('4 / 4').waitFor()
    await kubectlOk(kairship.kubeconfig('instances/demo'), [
      'scale',
      'deployment',
      'web',
      '-n',
      'guestbook',
      '--replicas',
      '8',
    ])
    await web.getByText('8 / 8').waitFor()
    await page.screenshot({ path: join(artefacts, 'first-page-dark-en.png'), fullPage: true })
    expect(problems).toEqual([])
    await page.close()
  })

  it('speaks Chinese to a Chinese browser, and lets the reader change the language', async () => {
    const page = await open({ locale: 'zh-CN', colorScheme: 'light' })
    await page.getByRole('heading', { name: '工作负载 × 集群' }).waitFor()
    await page.screenshot({ path: join(artefacts, 'first-page-light-zh.png'), fullPage: true })
    await page.getByRole('button', { name: 'English' }).click()
    await page.getByRole('heading', { name: 'Workloads × clusters' }).waitFor()
    expect(problems).toEqual([])
    await page.close()
  })

  it('cannot write, cannot read Secrets, and refuses a foreign Host header', async () => {
    const secrets = await fetch(`http://${kairship.ui}/instances/demo/api/v1/secrets`)
    expect(secrets.status).toBe(403)
    const write = await fetch(`http://${kairship.ui}/instances/demo/api/v1/namespaces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'intruder' } }),
    })
    expect([403, 405]).toContain(write.status)
    const [host, port] = kairship.ui.split(':')
    const rebinding = await run('curl', [
      '-s',
      '-o',
      '/dev/null',
      '-w',
      '%{http_code}',
      '-H',
      'Host: evil.example',
      `http://${host}:${port}/`,
    ])
    expect(rebinding.stdout).toMatch(/^4\d\d$/)
  })
})
