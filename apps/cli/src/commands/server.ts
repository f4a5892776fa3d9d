import type { Invocation } from '../command.ts'

export async function run(invocation: Invocation): Promise<void> {
  const { serve, untilStopped } = await import('../serve.ts')
  const server = await serve(invocation, { demo: false })
  await untilStopped(invocation, server)
}
