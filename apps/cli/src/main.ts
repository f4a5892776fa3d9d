import { systemClock } from '@kairship/runtime'
import type { Terminal } from './command.ts'
import { commands, groups } from './commands/index.ts'
import { exitCodes } from './exit.ts'
import { buildProgram, parserExit } from './program.ts'

// The edge of the process: arguments, environment, signals and the exit code are touched only here.

const stop = new AbortController()
const onSignal = (signal: NodeJS.Signals): void => {
  // The second one means: now.
  if (stop.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143)
  stop.abort(new DOMException(`received ${signal}`, 'AbortError'))
}
process.on('SIGINT', onSignal)
process.on('SIGTERM', onSignal)
// Under an old Node the launcher stays as our parent; when it is killed, so are we.
process.on('disconnect', () => process.exit(exitCodes.failure))
process.channel?.unref()
// A closed pipe (`kairship status | head -1`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodes.ok)
  throw error
})

const terminal: Terminal = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  interactive: process.stderr.isTTY,
  clock: systemClock(),
  signal: stop.signal,
  workingDirectory: process.cwd(),
  environment: process.env,
}

async function run(argv: readonly string[]): Promise<number> {
  try {
    await buildProgram(commands, groups, terminal).parseAsync(argv, { from: 'user' })
    return exitCodes.ok
  } catch (error) {
    const parsed = parserExit(error)
    if (parsed !== undefined) return parsed
    const { report } = await import('./report.ts')
    return report(error, terminal)
  }
}

/** What people try first. */
const aliases: { readonly [argument: string]: string } = { '--version': 'version', '-V': 'version', '-v': 'version' }

const [first = '', ...rest] = process.argv.slice(2)
process.exitCode = await run(first === '' ? [] : [aliases[first] ?? first, ...rest])
// Everything was awaited; whatever might still hold the process must not hold whoever waits for it.
setTimeout(() => process.exit(), 3000).unref()
