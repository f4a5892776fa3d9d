import { Instances } from '@kairship/api/kairship'
import type { Invocation } from '../command.ts'
import { openHub } from '../connect.ts'
import { instanceHeaders, instanceRow } from '../output/instances.ts'
import { listOf, print } from '../output/print.ts'

export async function run(invocation: Invocation): Promise<void> {
  await using hub = await openHub(invocation)
  const { items } = await hub.client.of(Instances).list({ signal: invocation.terminal.signal })
  const now = invocation.terminal.clock.now()
  print(invocation, listOf(items), () => ({
    headers: instanceHeaders,
    rows: items.map((instance) => instanceRow(instance, now)),
    empty: 'There are no instances. Create one with `kairship instance create NAME`.',
  }))
}
