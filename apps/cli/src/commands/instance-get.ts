import { Instances } from '@kairship/api/kairship'
import type { Invocation } from '../command.ts'
import { openHub } from '../connect.ts'
import { instanceHeaders, instanceRow } from '../output/instances.ts'
import { print } from '../output/print.ts'
import { renderTable } from '../output/table.ts'

export async function run(invocation: Invocation): Promise<void> {
  const { terminal } = invocation
  const [name = ''] = invocation.arguments
  await using hub = await openHub(invocation)
  const instance = await hub.client.of(Instances).get(name, { signal: terminal.signal })
  print(invocation, instance, () => ({
    headers: instanceHeaders,
    rows: [instanceRow(instance, terminal.clock.now())],
    empty: '',
  }))
  const conditions = instance.status?.conditions ?? []
  if (invocation.options.text('output') !== 'table' || conditions.length === 0) return
  const rows = conditions.map(({ type, status, reason, message }) => [type, status, reason, message])
  terminal.out(`\n${renderTable(['condition', 'status', 'reason', 'message'], rows)}`)
}
