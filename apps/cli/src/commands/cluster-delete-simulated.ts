import { ManagedClusters } from '@kairship/api/kairship'
import type { Invocation } from '../command.ts'
import { openHub } from '../connect.ts'
import { CliError } from '../exit.ts'
import { until } from '../wait.ts'

export async function run(invocation: Invocation): Promise<void> {
  const { options, terminal } = invocation
  const [name = ''] = invocation.arguments
  await using hub = await openHub(invocation)
  const clusters = hub.client.of(ManagedClusters)
  const cluster = await clusters.get(name, { signal: terminal.signal })
  if (cluster.spec?.simulation === undefined) {
    throw new CliError('invalid', `${JSON.stringify(name)} is not a simulated cluster`, {
      next: 'let a real cluster leave its instance with `kairship cluster unjoin`',
    })
  }
  await clusters.delete(name, { signal: terminal.signal })
  if (options.flag('wait')) {
    await until(
      invocation,
      async () => ((await clusters.find(name, { signal: terminal.signal })) === undefined ? true : undefined),
      () => new CliError('timeout', `the cluster ${name} is not gone yet`, { next: 'it continues in the background' }),
    )
  }
  terminal.out(`simulated cluster ${JSON.stringify(name)} deleted\n`)
}
