import { spawn } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Kairship, freePort, kubectl, kubectlOk, repository, startKairship } from '../support/kairship.ts'
import { eventually, exited, run } from '../support/process.ts'

const main = join(repository, 'apps/cli/src/main.ts')

describe('the server', () => {
  let data: string
  let kairship: Kairship | undefined
  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'kairship-e2e-'))
  })
  afterEach(async () => {
    await kairship?.[Symbol.asyncDispose]()
    kairship = undefined
    await rm(data, { recursive: true, force: true })
  })

  const up = (...more: string[]): ReturnType<typeof run> =>
    run(process.execPath, [main, 'up', '--no-demo', '--data', data, '--ui', '127.0.0.1:0', ...more], {
      timeoutMs: 20_000,
    })

  it('stops on SIGTERM: watches end, a request in progress is answered, exit code 0', async () => {
    kairship = await startKairship({ data })
    const hub = kairship.kubeconfig('hub')
    const watch = run('kubectl', ['--kubeconfig', hub, 'get', 'namespaces', '-w'])
    await kubectlOk(hub, ['create', 'namespace', 'before'])
    await new Promise((resolve) => setTimeout(resolve, 500))
    const started = performance.now()
    expect(await kairship.stop()).toBe(0)
    expect(performance.now() - started).toBeLessThan(5000)
    const ended = await watch
    expect(ended.stdout).toContain('before')
    expect(ended.code).toBe(0)
  })

  it('comes back after SIGKILL with every instance, its data and its kubeconfig', async () => {
    kairship = await startKairship({ data })
    expect((await kairship.cli(['instance', 'create', 'shop'])).code).toBe(0)
    const shop = kairship.kubeconfig('instances/shop')
    const before = await readFile(shop, 'utf8')
    await kubectlOk(shop, ['create', 'namespace', 'kept'])
    await kairship.kill()
    kairship = await kairship.restart()
    // Ready means: instances serve as well, at once.
    expect(await kubectlOk(shop, ['get', 'namespace', 'kept', '-o', 'name'])).toBe('namespace/kept\n')
    expect(await readFile(shop, 'utf8')).toBe(before)
  })

  it('serves its simulated clusters to their instance also after it was started on another port', async () => {
    kairship = await startKairship({ data })
    await kairship.cli(['instance', 'create', 'shop'])
    const created = await kairship.cli(['cluster', 'create-simulated', 'one', '--instance', 'shop'])
    expect(created.stderr + created.stdout).toContain('is a member')
    await kairship.stop()
    kairship = await startKairship({ data, listen: `127.0.0.1:${await freePort()}` })
    const shop = kairship.kubeconfig('instances/shop')
    const endpoint = await kubectlOk(shop, ['get', 'cluster', 'one', '-o', 'jsonpath={.spec.apiEndpoint}'])
    expect(endpoint).toBe(`https://${kairship.listen}/clusters/one`)
    await eventually(async () => {
      const out = await kubectlOk(shop, ['get', 'cluster', 'one', '-o', 'jsonpath={.status.conditions[0].status}'])
      expect(out).toBe('True')
    })
    expect(await kubectlOk(kairship.kubeconfig('clusters/one'), ['get', 'nodes', '-o', 'name'])).toContain('one-node')
  })

  it('isolates instances, and deletes one with its file, keys and kubeconfig', async () => {
    kairship = await startKairship({ data })
    await kairship.cli(['instance', 'create', 'one'])
    await kairship.cli(['instance', 'create', 'two'])
    const one = kairship.kubeconfig('instances/one')
    await kubectlOk(one, ['create', 'namespace', 'mine'])
    const other = await kubectl(kairship.kubeconfig('instances/two'), ['get', 'namespace', 'mine'])
    expect(other.stderr).toContain('not found')
    // A certificate of one instance proves nothing to another.
    const crossed = await kubectl(one, ['--server', `https://${kairship.listen}/instances/two`, 'get', 'namespaces'])
    expect(crossed.code).not.toBe(0)
    expect((await kairship.cli(['instance', 'delete', 'one'])).code).toBe(0)
    const left = (await readdir(data, { recursive: true })).filter((file) => /\bone\b/.test(file))
    expect(left).toEqual([])
    const gone = await kubectl(kairship.kubeconfig('hub'), ['get', '--raw', '/instances/one/api'])
    expect(gone.stderr).toContain('not served here')
    expect(await kubectlOk(kairship.kubeconfig('instances/two'), ['get', '--raw', '/readyz'])).toBe('ok')
  })

  it('writes private files for its owner only', async () => {
    kairship = await startKairship({ data })
    for (const file of ['kubeconfig/hub.yaml', 'pki/ca.key', 'pki/planes/hub/service-accounts.key']) {
      expect((await stat(join(data, file))).mode & 0o777, file).toBe(0o600)
    }
  })

  it('refuses a data directory that is in use, says by whom, and leaves the other running', async () => {
    kairship = await startKairship({ data })
    const second = await up('--listen', '127.0.0.1:0')
    expect(second.code).toBe(4)
    expect(second.stderr).toContain(`in use by another server (process ${kairship.pid}`)
    expect(second.stderr).toContain('next:')
    expect(await kubectlOk(kairship.kubeconfig('hub'), ['get', '--raw', '/readyz'])).toBe('ok')
  })

  it('refuses a port that is in use, says which option changes it, and exits', async () => {
    const holder = createServer()
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
    const address = holder.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const started = await up('--listen', `127.0.0.1:${port}`)
    holder.close()
    expect(started.code).toBe(4)
    expect(started.stderr).toContain(`127.0.0.1:${port}: another program uses this port`)
    expect(started.stderr).toContain('--listen')
  })

  it('refuses a web address that others could reach', async () => {
    const started = await run(process.execPath, [
      main,
      'up',
      '--no-demo',
      '--data',
      data,
      '--listen',
      '127.0.0.1:0',
      '--ui',
      '0.0.0.0:0',
    ])
    expect(started.code).toBe(4)
    expect(started.stderr).toContain('loopback')
  })

  it('starts without an instance whose file is damaged, says so, and keeps the file', async () => {
    kairship = await startKairship({ data })
    await kairship.cli(['instance', 'create', 'good'])
    await kairship.cli(['instance', 'create', 'bad'])
    await kairship.stop()
    const file = join(data, 'planes/instances/bad.db')
    await writeFile(file, 'this is no database '.repeat(1000))
    const child = spawn(
      process.execPath,
      [main, 'server', '--data', data, '--listen', kairship.listen, '--ui', '127.0.0.1:0', '--log-level', 'error'],
      { stdio: 'ignore' },
    )
    try {
      const running = kairship
      await eventually(async () => {
        const good = await kubectl(running.kubeconfig('instances/good'), ['get', 'namespaces'])
        expect(good.code, good.stderr).toBe(0)
        const bad = JSON.parse((await running.cli(['instance', 'get', 'bad', '-o', 'json'])).stdout)
        expect(bad.status.phase).toBe('Failed')
        expect(JSON.stringify(bad.status.conditions)).toContain('bad.db')
      })
      const readyz = await kubectl(running.kubeconfig('hub'), ['get', '--raw', '/readyz'])
      expect(readyz.code).not.toBe(0)
      expect((await stat(file)).size).toBe(20_000)
      expect((await running.cli(['instance', 'delete', 'bad'])).code).toBe(0)
      expect(await kubectlOk(running.kubeconfig('hub'), ['get', '--raw', '/readyz'])).toBe('ok')
    } finally {
      child.kill('SIGTERM')
      await exited(child)
    }
  })

  it('completes a demo that was interrupted', async () => {
    const listen = `127.0.0.1:${await freePort()}`
    const child = spawn(process.execPath, [main, 'up', '--data', data, '--listen', listen, '--ui', '127.0.0.1:0'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    await new Promise<void>((resolve) => {
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        if (text.includes('joining')) resolve()
      })
    })
    child.kill('SIGKILL')
    await exited(child)
    kairship = await startKairship({ data, listen, demo: true })
    const demo = kairship.kubeconfig('instances/demo')
    await eventually(async () => {
      const ready = ['get', 'deploy', 'web', '-n', 'guestbook', '-o', 'jsonpath={.status.readyReplicas}']
      expect(await kubectlOk(demo, ready)).toBe('4')
    }, 20_000)
  })

  it('gives the web pages read access without Secrets', async () => {
    kairship = await startKairship({ data })
    await kairship.cli(['instance', 'create', 'shop'])
    const ui = (path: string, init?: RequestInit): Promise<Response> => fetch(`http://${kairship?.ui}${path}`, init)
    expect((await ui('/')).status).toBe(200)
    expect((await ui('/apis/kairship.io/v1alpha1/instances')).status).toBe(200)
    expect((await ui('/instances/shop/apis/cluster.karmada.io/v1alpha1/clusters')).status).toBe(200)
    expect((await ui('/instances/shop/api/v1/secrets')).status).toBe(403)
    expect((await ui('/instances/shop/apis/work.karmada.io/v1alpha1/works')).status).toBe(403)
    const write = await ui('/instances/shop/api/v1/namespaces', { method: 'POST', body: '{}' })
    expect(write.status).toBe(405)
  })
})
