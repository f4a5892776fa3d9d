import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Kairship, kubectlOk, startKairship } from '../support/kairship.ts'
import { eventually } from '../support/process.ts'

describe('managed fields', () => {
  let kairship: Kairship
  beforeAll(async () => {
    kairship = await startKairship({ demo: true })
  })
  afterAll(() => kairship[Symbol.asyncDispose]())

  const managersIn = async (
    which: 'hub' | `instances/${string}` | `clusters/${string}`,
  ): Promise<readonly string[]> => {
    const file = kairship.kubeconfig(which)
    const kinds = (await kubectlOk(file, ['api-resources', '--verbs=list,update', '-o', 'name'])).trim().split('\n')
    const list: { items: { metadata: { managedFields?: { manager: string }[] } }[] } = JSON.parse(
      await kubectlOk(file, ['get', kinds.join(','), '-A', '-o', 'json', '--show-managed-fields']),
    )
    const names = list.items.flatMap(({ metadata }) => (metadata.managedFields ?? []).map(({ manager }) => manager))
    return [...new Set(names)].toSorted()
  }

  it('name every program that wrote: upstream’s names where upstream has such a program', async () => {
    await eventually(async () => {
      const ready = ['get', 'deployment', 'web', '-n', 'guestbook', '-o', 'jsonpath={.status.readyReplicas}']
      expect(await kubectlOk(kairship.kubeconfig('instances/demo'), ready)).toBe('4')
    })
    const ours = ['kairship', 'kairship-demo']
    expect(await managersIn('hub')).toEqual(['kairship', 'kube-apiserver'])
    const karmada = ['karmada-controller-manager', 'karmada-scheduler']
    expect(await managersIn('instances/demo')).toEqual([...ours, ...karmada, 'kube-apiserver'])
    expect(await managersIn('clusters/gcp-tokyo')).toEqual([
      'kairship',
      'karmada-controller-manager',
      'kube-apiserver',
      'kube-controller-manager',
      'kubelet',
    ])
  })
})
