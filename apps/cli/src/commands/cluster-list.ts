import { Instances } from '@kairship/api/kairship'
import { type Cluster, Clusters } from '@kairship/api/karmada'
import type { DeepReadonly } from '@kairship/apimachinery'
import type { Invocation } from '../command.ts'
import { chosenInstance, openHub, openInstance } from '../connect.ts'
import { memberHeaders, memberRow } from '../output/members.ts'
import { listOf, print } from '../output/print.ts'

export async function run(invocation: Invocation): Promise<void> {
  const { options, terminal } = invocation
  await using hub = await openHub(invocation)
  const all = options.text('instance') === undefined
  const names = all
    ? (await hub.client.of(Instances).list({ signal: terminal.signal })).items
        .filter((instance) => instance.status?.phase === 'Ready')
        .map((instance) => instance.metadata.name ?? '')
    : [await chosenInstance(invocation, hub.client)]
  const members = await Promise.all(names.map((name) => membersOf(invocation, name)))
  const found = members.flat()
  const now = terminal.clock.now()
  print(invocation, listOf(found.map((member) => member.cluster)), () => ({
    headers: memberHeaders,
    rows: found.map(({ instance, cluster }) => memberRow(instance, cluster, now)),
    empty: 'There are no member clusters. Join one with `kairship cluster join`.',
  }))
}

async function membersOf(
  invocation: Invocation,
  instance: string,
): Promise<readonly { instance: string; cluster: DeepReadonly<Cluster> }[]> {
  await using opened = await openInstance(invocation, instance)
  const { items } = await opened.client.of(Clusters).list({ signal: invocation.terminal.signal })
  return items.map((cluster) => ({ instance, cluster }))
}
