import {
  type HttpConnectionOptions,
  type KubeconfigConnection,
  KubeconfigError,
  connectKubeconfig,
} from '@kairship/client/node'
import type { Terminal } from './command.ts'
import { CliError } from './exit.ts'

/** Opens a connection to one context of a kubeconfig file; every failure names the file. */
export async function openKubeconfig(
  terminal: Terminal,
  source: {
    readonly file: string
    readonly context?: string | undefined
    readonly timeouts?: NonNullable<HttpConnectionOptions['timeouts']>
  },
): Promise<KubeconfigConnection> {
  const { file, context, timeouts } = source
  try {
    return await connectKubeconfig({
      file,
      clock: terminal.clock,
      userAgent: 'kairship-cli',
      environment: terminal.environment,
      ...(context === undefined ? {} : { context }),
      ...(timeouts === undefined ? {} : { timeouts }),
    })
  } catch (error) {
    if (!(error instanceof KubeconfigError)) throw error
    throw new CliError('invalid', error.message, {
      cause: error,
      next: 'give a kubeconfig that kubectl can use: kubectl --kubeconfig FILE --context NAME get nodes',
    })
  }
}
