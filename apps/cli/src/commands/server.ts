import type { Invocation } from '../command.ts'
import { serviceLog } from '../output/log.ts'

export async function run(invocation: Invocation): Promise<void> {
  const { serve, untilStopped } = await import('../serve.ts')
  const server = await serve(invocation, { demo: false, log: serviceLog(invocation) })
  await untilStopped(invocation, server)
}
