import { createServer, type Server, type Socket } from 'node:net'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiOf } from '../support/api.ts'
import { type Kairship, kubectl, kubectlOk, startKairship } from '../support/kairship.ts'
import { deploymentsIn, itemsOf, membersOf } from '../support/objects.ts'
import { eventually } from '../support/process.ts'

describe('bad input', () => {
  let kairship: Kairship
  let instance: string
  beforeAll(async () => {
    kairship = await startKairship({ demo: true })
    instance = kairship.kubeconfig('instances/demo')
    await eventually(() => membersOf(instance, 4))
  })
  afterAll(async () => {
    await kairship[Symbol.asyncDispose]()
  })

  const clusterNames = async (): Promise<string[]> =>
    (await itemsOf(instance, 'clusters')).map((item) => item.metadata.name).toSorted()

  it('a kubeconfig that is no kubeconfig is refused with the file named, and no cluster appears', async () => {
    const before = await clusterNames()
    const file = join(kairship.data, 'nonsense.yaml')
    await writeFile(file, 'this: is\nnot: [a kubeconfig')
    const result = await kairship.cli([
      'cluster',
      'join',
      '--kubeconfig',
      file,
      '--instance',
      'demo',
      '--name',
      'nonsense',
    ])
    expect(result.code).not.toBe(0)
    expect(result.stderr).toContain('nonsense.yaml')
    expect(await clusterNames()).toEqual(before)
  })

  it('an unreachable server is refused with its address, and no cluster appears', async () => {
    const before = await clusterNames()
    const file = join(kairship.data, 'unreachable.yaml')
    await writeFile(file, kubeconfigFor('https://127.0.0.1:1'))
    const result = await kairship.cli(['cluster', 'join', '--kubeconfig', file, '--instance', 'demo', '--name', 'gone'])
    expect(result.code).not.toBe(0)
    expect(result.stderr).toContain('127.0.0.1:1')
    expect(await clusterNames()).toEqual(before)
  })

  it('a name that is taken is refused', async () => {
    const [taken = ''] = await clusterNames()
    const result = await kairship.cli([
      'cluster',
      'join',
      '--kubeconfig',
      kairship.kubeconfig(`clusters/${taken}`),
      '--instance',
      'demo',
      '--name',
      taken,
    ])
    expect(result.code).not.toBe(0)
    expect(result.stderr).toContain(taken)
    const again = await kairship.cli(['instance', 'create', 'demo'])
    expect(again.code).not.toBe(0)
    expect(again.stderr).toContain('demo')
  })

  it('an unknown field is refused by name and nothing is stored', async () => {
    const result = await kubectl(
      instance,
      ['apply', '-f', '-'],
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'typo', namespace: 'default' },
        dta: { a: 'b' },
      }),
    )
    expect(result.code).not.toBe(0)
    expect(result.stderr).toContain('unknown field "dta"')
    expect((await kubectl(instance, ['get', 'configmap', 'typo'])).stderr).toContain('not found')
  })

  it('an object of 3 MB is refused with a clear error and nothing is stored', async () => {
    const api = await apiOf(instance)
    const body = JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'huge', namespace: 'default' },
      data: { a: 'x'.repeat(3 * 1024 * 1024) },
    })
    const reply = await api.send('POST', '/api/v1/namespaces/default/configmaps', body)
    api.close()
    expect(reply.status).toBe(413)
    expect(JSON.parse(reply.body)).toMatchObject({ kind: 'Status', reason: 'RequestEntityTooLarge' })
    expect((await kubectl(instance, ['get', 'configmap', 'huge'])).stderr).toContain('not found')
  })

  it('malformed YAML is refused with a clear error', async () => {
    const api = await apiOf(instance)
    const reply = await api.send('POST', '/api/v1/namespaces/default/configmaps', 'metadata: {name: y\n  - [', {
      'content-type': 'application/yaml',
    })
    api.close()
    expect(reply.status).toBe(400)
    expect(JSON.parse(reply.body)).toMatchObject({ kind: 'Status', reason: 'BadRequest' })
  })

  it('a member whose server accepts and never answers does not slow the others down', async () => {
    const hanging = await hangingServer()
    try {
      await kubectlOk(
        instance,
        ['apply', '-f', '-'],
        JSON.stringify({
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 'hanging', namespace: 'karmada-cluster' },
          stringData: { token: 'whatever' },
        }),
      )
      await kubectlOk(
        instance,
        ['apply', '-f', '-'],
        JSON.stringify({
          apiVersion: 'cluster.karmada.io/v1alpha1',
          kind: 'Cluster',
          metadata: { name: 'hanging' },
          spec: {
            syncMode: 'Push',
            apiEndpoint: hanging.url,
            insecureSkipTLSVerification: true,
            secretRef: { namespace: 'karmada-cluster', name: 'hanging' },
          },
        }),
      )
      const healthy = (await membersOf(instance, 4)).map((member) => member.name).filter((name) => name !== 'hanging')
      await kubectlOk(instance, ['create', 'namespace', 'beside'])
      await kubectlOk(
        instance,
        ['apply', '-f', '-'],
        JSON.stringify({
          apiVersion: 'policy.karmada.io/v1alpha1',
          kind: 'PropagationPolicy',
          metadata: { name: 'all', namespace: 'beside' },
          spec: {
            resourceSelectors: [{ apiVersion: 'apps/v1', kind: 'Deployment' }],
            placement: {
              clusterAffinity: { clusterNames: [...healthy, 'hanging'] },
              clusterTolerations: [{ operator: 'Exists' }],
            },
          },
        }),
      )
      await kubectlOk(instance, ['create', 'deployment', 'web', '-n', 'beside', '--image', 'nginx', '--replicas', '2'])
      await eventually(async () => {
        for (const name of healthy) {
          const there = await deploymentsIn(kairship.kubeconfig(`clusters/${name}`), 'beside')
          expect([name, there.map((item) => item.ready)]).toEqual([name, [2]])
        }
      }, 10_000)
    } finally {
      await kubectl(instance, ['delete', 'cluster', 'hanging', '--wait=false'])
      hanging.close()
    }
  })
})

function kubeconfigFor(server: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: { token: 'nobody' } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
  })
}

/** Accepts TCP connections and never says a word. */
async function hangingServer(): Promise<{ readonly url: string; close(): void }> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `https://127.0.0.1:${address.port}`,
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
