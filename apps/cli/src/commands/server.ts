import type { Invocation } from '../command.ts'
import { serve, untilStopped } from '../serve.ts'

export async function run(invocation: Invocation): Promise<void> {
  const server = await serve(invocation, { demo: false })
  await untilStopped(invocation, server)
}
