import { resolve } from 'node:path'
import type { Invocation } from '../command.ts'
import { openHub } from '../connect.ts'
import { joinFromFile } from '../join-from-file.ts'

export async function run(invocation: Invocation): Promise<void> {
  const { options, terminal } = invocation
  const [argument] = invocation.arguments
  const file = resolve(terminal.workingDirectory, options.given('kubeconfig'))
  await using hub = await openHub(invocation)
  await joinFromFile(invocation, hub.client, {
    file,
    context: options.text('context'),
    name: options.text('name') ?? argument,
  })
}
