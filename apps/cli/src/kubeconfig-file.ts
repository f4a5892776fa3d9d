import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import {
  type HttpConnection,
  type HttpConnectionOptions,
  type Kubeconfig,
  KubeconfigError,
  httpConnection,
  loadKubeconfig,
} from '@kairship/client/node'
import type { Clock } from '@kairship/runtime'
import { CliError } from './exit.ts'

export interface OpenKubeconfig extends AsyncDisposable {
  readonly connection: HttpConnection
  readonly kubeconfig: Kubeconfig
}

/** Opens a connection to one context of a kubeconfig file; every failure names the file. */
export async function openKubeconfig(options: {
  readonly file: string
  readonly context?: string | undefined
  readonly clock: Clock
  readonly timeouts?: NonNullable<HttpConnectionOptions['timeouts']>
}): Promise<OpenKubeconfig> {
  const { file, clock, context, timeouts } = options
  try {
    const kubeconfig = loadKubeconfig(await readFile(file, 'utf8'), {
      baseDirectory: dirname(file),
      ...(context === undefined ? {} : { context }),
    })
    const { server, tls, bearerToken, impersonate } = kubeconfig
    const connection = httpConnection({
      server,
      tls,
      clock,
      userAgent: 'kairship-cli',
      ...(bearerToken === undefined ? {} : { bearerToken }),
      ...(impersonate === undefined ? {} : { impersonate }),
      ...(timeouts === undefined ? {} : { timeouts }),
    })
    return { connection, kubeconfig, [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose]() }
  } catch (error) {
    if (error instanceof KubeconfigError) {
      throw new CliError('invalid', `the kubeconfig ${file} cannot be used: ${error.message}`, {
        cause: error,
        next: error.next,
      })
    }
    if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
      const missing = error.code === 'ENOENT'
      throw new CliError(
        missing ? 'notFound' : 'failure',
        missing ? `there is no kubeconfig ${file}` : `cannot read the kubeconfig ${file}: ${error.message}`,
        { cause: error, next: 'check the name of the file and its permissions' },
      )
    }
    throw error
  }
}
