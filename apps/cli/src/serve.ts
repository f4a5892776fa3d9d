import { fileURLToPath } from 'node:url'
import { type Address, parseAddress } from '@kairship/gateway'
import { type Logger, aborted, systemRandom } from '@kairship/runtime'
import { type Server, startServer } from '@kairship/server'
import type { Invocation } from './command.ts'
import { dataDirectory } from './data-directory.ts'
import { CliError } from './exit.ts'

const repository = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))

/** Starts the server in this process, from the options that `up` and `server` share. */
export async function serve(
  invocation: Invocation,
  extra: { readonly demo: boolean; readonly log: Logger; readonly onProgress?: (step: string) => void },
): Promise<Server> {
  const { options, terminal } = invocation
  const ui = options.flag('ui') || options.text('ui') === undefined ? undefined : address(invocation, 'ui')
  return startServer({
    dataDir: dataDirectory(invocation),
    listen: address(invocation, 'listen'),
    ...(ui === undefined ? {} : { ui }),
    pagesDir: repository('apps/web/dist'),
    examplesDir: repository('examples'),
    demo: extra.demo,
    clock: terminal.clock,
    random: systemRandom(),
    log: extra.log,
    ...(extra.onProgress === undefined ? {} : { onProgress: extra.onProgress }),
  })
}

/** Waits for SIGINT or SIGTERM, then stops the server. */
export async function untilStopped(invocation: Invocation, server: Server): Promise<void> {
  await aborted(invocation.terminal.signal)
  await server.stop()
}

function address(invocation: Invocation, option: string): Address {
  const text = invocation.options.given(option)
  const parsed = parseAddress(text)
  if (parsed !== undefined) return parsed
  throw new CliError('usage', `--${option} ${text} is not HOST:PORT`, {
    next: `for example --${option} 127.0.0.1:8443`,
  })
}
