import { ClusterRoles, Namespaces } from '@kairship/api/builtin'
import type { UserInfo } from '@kairship/apimachinery'
import { createClient } from '@kairship/client'
import { joinCluster } from '@kairship/instances'
import { silentLogger, systemClock, systemRandom, taskGroup } from '@kairship/runtime'
import { expect, it } from 'vitest'
import { MemoryHosting } from '../test/hosting.ts'
import { EmbeddedInstances } from './provider.ts'

const admin: UserInfo = { username: 'admin', groups: ['system:masters'] }

it.each(['running', 'suspended'] as const)(
  'a deleted instance that was %s takes its credentials back from its members and leaves what it deployed',
  async (before) => {
    await using hosting = new MemoryHosting()
    await using tasks = taskGroup({ name: 'test', log: silentLogger() })
    const deps = { hosting, tasks, clock: systemClock(), random: systemRandom(), log: silentLogger() }
    const provider = new EmbeddedInstances(deps)
    const context = { signal: tasks.signal, log: silentLogger() }
    await provider.reconcile({ name: 'demo', uid: '1', desired: 'running' }, context)
    const member = createClient((await hosting.open('clusters', 'one', {})).connect(admin))
    await member.of(Namespaces).create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'deployed' } })
    const instance = provider.connect('demo', admin)
    if (instance === undefined) throw new Error('not serving')
    await joinCluster({
      instance: createClient(instance),
      member,
      endpoint: hosting.url('clusters', 'one'),
      caBundle: 'ca',
      name: 'one',
      clock: systemClock(),
      signal: tasks.signal,
    })
    if (before === 'suspended') await provider.reconcile({ name: 'demo', uid: '1', desired: 'suspended' }, context)
    await provider.reconcile({ name: 'demo', uid: '1', desired: 'absent' }, context)
    const left = async (): Promise<string[]> => {
      const namespaces = (await member.of(Namespaces).list()).items.map((item) => item.metadata.name ?? '')
      const roles = (await member.of(ClusterRoles).list()).items.map((item) => item.metadata.name ?? '')
      return [...namespaces, ...roles].filter((name) => name.includes('karmada') || name === 'deployed')
    }
    await expect.poll(left, { timeout: 5000 }).toEqual(['deployed'])
  },
)
