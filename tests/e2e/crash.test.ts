import { afterEach, describe, expect, it } from 'vitest'
import { type Kairship, kubectlOk, startKairship } from '../support/kairship.ts'
import { apiOf } from '../support/api.ts'
import { distinctRegions, itemsOf, membersOf } from '../support/objects.ts'
import { eventually } from '../support/process.ts'

const total = 500

describe('a server killed with SIGKILL in the middle of writes', () => {
  let kairship: Kairship | undefined
  let restarted: Kairship | undefined
  afterEach(async () => {
    await restarted?.[Symbol.asyncDispose]()
    await kairship?.[Symbol.asyncDispose]()
  })

  it('has every acknowledged object after the next start, and the members equal the templates', async () => {
    kairship = await startKairship({ demo: true })
    const instance = kairship.kubeconfig('instances/demo')
    const three = distinctRegions(await eventually(() => membersOf(instance, 4)), 3)
    await kubectlOk(instance, ['create', 'namespace', 'crash'])
    await kubectlOk(
      instance,
      ['apply', '-f', '-'],
      JSON.stringify({
        apiVersion: 'policy.karmada.io/v1alpha1',
        kind: 'PropagationPolicy',
        metadata: { name: 'all', namespace: 'crash' },
        spec: {
          resourceSelectors: [{ apiVersion: 'v1', kind: 'ConfigMap' }],
          placement: { clusterAffinity: { clusterNames: three.map((member) => member.name) } },
        },
      }),
    )

    const acknowledged = new Set<string>()
    const api = await apiOf(instance)
    let next = 0
    const writer = async (): Promise<void> => {
      while (next < total) {
        const name = `object-${next++}`
        const status = await api.post('/api/v1/namespaces/crash/configmaps', {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name },
          data: { written: name },
        })
        if (status === 201) acknowledged.add(name)
        if (acknowledged.size === total / 2) void kairship?.kill()
      }
    }
    await Promise.all(Array.from({ length: 16 }, writer))
    api.close()
    expect(acknowledged.size).toBeGreaterThanOrEqual(total / 2)
    await kairship.kill()

    restarted = await kairship.restart()
    const stored = (await itemsOf(instance, 'configmaps', 'crash')).map((item) => item.metadata.name)
    expect([...acknowledged].filter((name) => !stored.includes(name))).toEqual([])

    const wanted = stored.filter((name) => name.startsWith('object-')).toSorted()
    await eventually(async () => {
      for (const member of three) {
        const there = await itemsOf(restarted?.kubeconfig(`clusters/${member.name}`) ?? '', 'configmaps', 'crash')
        expect(
          there
            .map((item) => item.metadata.name)
            .filter((name) => name.startsWith('object-'))
            .toSorted(),
        ).toEqual(wanted)
      }
    }, 30_000)
  })
})
