import { Instances } from '@kairship/api/kairship'
import { isReason } from '@kairship/apimachinery'
import type { Invocation } from '../command.ts'
import { openHub } from '../connect.ts'
import { CliError } from '../exit.ts'
import { until } from '../wait.ts'

export async function run(invocation: Invocation): Promise<void> {
  const { options, terminal } = invocation
  const [name = ''] = invocation.arguments
  await using hub = await openHub(invocation)
  const instances = hub.client.of(Instances)
  try {
    await instances.delete(name, { signal: terminal.signal })
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error
    if (options.flag('ignoreNotFound')) return
    throw new CliError('notFound', `there is no instance ${JSON.stringify(name)}`, {
      next: 'list them with `kairship instance list`',
    })
  }
  if (options.flag('wait')) {
    await until(
      invocation,
      async () => ((await instances.find(name, { signal: terminal.signal })) === undefined ? true : undefined),
      () =>
        new CliError('timeout', `the instance ${name} is not gone yet`, {
          next: `it continues in the background; look at \`kairship instance get ${name} -o yaml\``,
        }),
    )
  }
  terminal.out(`instance ${JSON.stringify(name)} deleted\n`)
}
