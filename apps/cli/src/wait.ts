import type { Invocation } from './command.ts'
import { CliError } from './exit.ts'

export function timeoutMs(invocation: Invocation): number {
  const text = invocation.options.text('timeout') ?? '60'
  const seconds = Number(text)
  if (!Number.isFinite(seconds) || seconds <= 0) {
    throw new CliError('usage', `--timeout ${text} is not a number of seconds`, { next: 'for example --timeout 60' })
  }
  return seconds * 1000
}

/** Asks until `done` answers with a value; fails with what `late` says when time is up. */
export async function until<T>(
  invocation: Invocation,
  done: () => Promise<T | undefined>,
  late: () => CliError,
): Promise<T> {
  const { clock, signal } = invocation.terminal
  const deadline = clock.now() + timeoutMs(invocation)
  for (let pause = 20; ; pause = Math.min(pause * 2, 500)) {
    const value = await done()
    if (value !== undefined) return value
    if (clock.now() >= deadline) throw late()
    await clock.sleep(pause, signal)
  }
}
