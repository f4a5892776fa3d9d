import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Kairship, kubectlOk, repository, startKairship } from '../support/kairship.ts'
import { type Finished, eventually, run } from '../support/process.ts'

const main = join(repository, 'apps/cli/src/main.ts')
const kairshipCommand = (...parameters: string[]): Promise<Finished> =>
  run(process.execPath, [main, ...parameters], { cwd: repository })

describe('the command line without a server', () => {
  it.each([
    [[], 'Usage: kairship'],
    [['--help'], 'Exit codes:'],
    [['instance', '--help'], 'create'],
    [['cluster', 'join', '--help'], 'Examples:'],
    [['help', 'up'], '--no-demo'],
  ] as const)('explains itself: %j', async (parameters, text) => {
    const result = await kairshipCommand(...parameters)
    expect(result.stdout + result.stderr).toContain(text)
  })

  it.each([
    [['versoin'], 'Did you mean version?'],
    [['cluster', 'join'], '--kubeconfig'],
    [['instance', 'create'], 'name'],
    [['instance', 'list', '-o', 'xml'], 'table, json, yaml'],
    [['up', '--listen', 'nonsense'], 'HOST:PORT'],
    [['cluster', 'create-simulated', 'a', '--unknown'], 'unknown option'],
  ] as const)('answers wrong usage with exit code 2: %j', async (parameters, text) => {
    const result = await kairshipCommand(...parameters)
    expect(result.stderr).toContain(text)
    expect(result.code).toBe(2)
  })

  it('says that there is no server, where it looked, and how to start one', async () => {
    const result = await kairshipCommand('status', '--data', '/nonexistent/kairship')
    expect(result.code).toBe(5)
    expect(result.stderr).toContain('/nonexistent/kairship')
    expect(result.stderr).toContain('kairship up')
  })

  it('prints its version without a server', async () => {
    const result = await kairshipCommand('version', '-o', 'json', '--data', '/nonexistent/kairship')
    expect(result.code).toBe(0)
    expect(JSON.parse(result.stdout)).toMatchObject({ program: expect.stringMatching(/^\d+\.\d+\.\d+/) })
  })
})

describe('the command line with a server', () => {
  let kairship: Kairship
  beforeAll(async () => {
    kairship = await startKairship()
    expect(await kairship.cli(['instance', 'create', 'shop'])).toMatchObject({ code: 0 })
  })
  afterAll(async () => {
    await kairship[Symbol.asyncDispose]()
  })
  const list = async (what: string, ...more: string[]): Promise<string[]> => {
    const result = await kairship.cli([what, 'list', '-o', 'json', ...more])
    const parsed: { items: { metadata: { name: string } }[] } = JSON.parse(result.stdout)
    return parsed.items.map((item) => item.metadata.name)
  }

  it('lists and shows instances as table, JSON and YAML', async () => {
    expect(await list('instance')).toContain('shop')
    const table = await kairship.cli(['instance', 'list'])
    expect(table.stdout).toMatch(/^NAME +PHASE +PROVIDER +VERSION +ENDPOINT +AGE\n/)
    expect(table.stdout).toMatch(/\nshop +Ready +embedded +v1\./)
    const yaml = await kairship.cli(['instance', 'get', 'shop', '-o', 'yaml'])
    expect(yaml.stdout).toContain('\nkind: Instance\n')
    expect((await kairship.cli(['instance', 'get', 'nope'])).code).toBe(3)
  })

  it('refuses an instance that exists, one with a bad name, and deleting one that does not exist', async () => {
    expect((await kairship.cli(['instance', 'create', 'shop'])).code).toBe(4)
    expect((await kairship.cli(['instance', 'create', 'Not_A_Name'])).code).toBe(7)
    expect((await kairship.cli(['instance', 'delete', 'nope'])).code).toBe(3)
    expect((await kairship.cli(['instance', 'delete', 'nope', '--ignore-not-found'])).code).toBe(0)
  })

  it('creates, joins, lists, unjoins and deletes a cluster', async () => {
    const cluster = ['cluster', 'create-simulated', 'one', '--provider', 'aws', '--region', 'eu-west-1', '--zone', 'a']
    expect(await kairship.cli([...cluster, '--kubernetes-version', '1.30'])).toMatchObject({ code: 0 })
    const file = kairship.kubeconfig('clusters/one')
    const join = ['cluster', 'join', 'first', '--kubeconfig', file, '--instance', 'shop', '--provider', 'aws']
    const joined = await kairship.cli(join)
    expect(joined.stdout).toContain('cluster "first" (Kubernetes v1.30')
    expect(await list('cluster')).toEqual(['first'])
    const shop = kairship.kubeconfig('instances/shop')
    await eventually(async () => {
      const table = (await kairship.cli(['cluster', 'list', '--instance', 'shop'])).stdout
      expect(table).toMatch(/\nshop +first +True +aws /)
    })
    expect((await kairship.cli(join)).code).toBe(4)
    const again = await kairship.cli(['cluster', 'join', 'second', '--kubeconfig', file])
    expect(again.code).toBe(4)
    expect(again.stderr).toContain('already a member, as "first"')
    expect(await list('cluster')).toEqual(['first'])
    expect(await kairship.cli(['cluster', 'unjoin', 'first'])).toMatchObject({ code: 0 })
    expect(await kubectlOk(shop, ['get', 'clusters', '-o', 'name'])).toBe('')
    await eventually(async () => {
      const left = await kubectlOk(file, ['get', 'ns,clusterroles,clusterrolebindings', '-o', 'name'])
      expect(left).not.toContain('karmada')
    })
    expect((await kairship.cli(['cluster', 'unjoin', 'first'])).code).toBe(3)
    expect(await kairship.cli(['cluster', 'delete-simulated', 'one'])).toMatchObject({ code: 0 })
  })

  it('takes control planes for no clusters', async () => {
    for (const which of ['hub', 'instances/shop'] as const) {
      const file = kairship.kubeconfig(which)
      const joined = await kairship.cli(['cluster', 'join', 'odd', '--instance', 'shop', '--kubeconfig', file])
      expect([which, joined.code]).toEqual([which, 7])
    }
    expect(await list('cluster')).toEqual([])
  })

  it('prints objects as kubectl does, and tells its version to whoever asks in the usual ways', async () => {
    const shown = (await kairship.cli(['instance', 'get', 'shop', '-o', 'yaml'])).stdout
    expect(shown.match(/^\w+/gm)).toEqual(['apiVersion', 'kind', 'metadata', 'spec', 'status'])
    expect(shown).not.toContain('managedFields')
    expect(shown).toMatch(/resourceVersion: "\d+"/)
    for (const ask of ['--version', '-v', 'version']) {
      const version = await kairship.cli([ask])
      expect([ask, version.code]).toEqual([ask, 0])
      expect(version.stdout).toMatch(/^kairship +\d/m)
    }
  })

  it('names file, context and choices when a kubeconfig cannot be used', async () => {
    const join = (...more: string[]): Promise<Finished> => kairship.cli(['cluster', 'join', ...more])
    const missing = await join('--kubeconfig', '/nonexistent/config')
    expect(missing.stderr).toContain('/nonexistent/config does not exist')
    const file = resolve(kairship.data, 'contexts.yaml')
    await writeFile(
      file,
      JSON.stringify({
        kind: 'Config',
        clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
        contexts: [{ name: 'east', context: { cluster: 'c' } }],
        users: [],
      }),
    )
    const wrong = await join('--kubeconfig', file, '--context', 'west')
    expect(wrong.code).toBe(7)
    expect(wrong.stderr).toContain('there is no context "west"; it has "east"')
    const unreachable = await join('--kubeconfig', file, '--context', 'east', '--instance', 'shop')
    expect(unreachable.code).toBe(5)
    expect(unreachable.stderr).toContain('127.0.0.1:1')
    const noInstance = await join('--kubeconfig', file, '--context', 'east', '--instance', 'nope')
    expect(noInstance.code).toBe(3)
  })

  it('says what runs where', async () => {
    const status = JSON.parse((await kairship.cli(['status', '-o', 'json'])).stdout)
    expect(status).toMatchObject({ ready: true, instances: [{ name: 'shop', phase: 'Ready' }] })
    expect((await kairship.cli(['status'])).stdout).toContain('Instance shop: Ready')
  })

  it('prints kubeconfigs and where they are', async () => {
    const path = await kairship.cli(['kubeconfig', 'get', 'shop', '--path'])
    expect(path.stdout).toBe(`${kairship.kubeconfig('instances/shop')}\n`)
    expect((await kairship.cli(['kubeconfig', 'get'])).stdout).toContain('client-certificate-data')
    expect((await kairship.cli(['kubeconfig', 'get', 'nope'])).code).toBe(3)
    expect((await kairship.cli(['kubeconfig', 'get', '../../etc/passwd'])).code).toBe(2)
  })
})
