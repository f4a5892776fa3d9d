import { readFile } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import type { Clock } from '@kairship/runtime'
import { KubeconfigError, type KubeconfigContext, type PemSource, parseKubeconfig } from '../kubeconfig/kubeconfig.ts'
import { execTokenSource, runExecPlugin } from './exec-plugin.ts'
import { type HttpConnection, httpConnection } from './http-connection.ts'
import type { HttpConnectionOptions, TlsOptions, TokenSource } from './options.ts'

export interface KubeconfigConnectionOptions {
  readonly file: string
  /** The file's current context when left out. */
  readonly context?: string
  readonly clock: Clock
  readonly userAgent?: string
  readonly timeouts?: HttpConnectionOptions['timeouts']
  /** For credential programs. */
  readonly environment?: { readonly [name: string]: string | undefined }
}

/** A connection, with what joining needs to know about it. */
export interface KubeconfigConnection extends AsyncDisposable {
  readonly connection: HttpConnection
  readonly context: string
  readonly server: string
  /** PEM of the trusted CAs; `undefined`: the system's. */
  readonly ca: string | undefined
  readonly insecure: boolean
}

/** Opens a connection as kubectl would: CA, client certificate, token, token file or credential program. */
export async function connectKubeconfig(options: KubeconfigConnectionOptions): Promise<KubeconfigConnection> {
  const { file, clock } = options
  const context = parseKubeconfig(await readText(file, 'kubeconfig'), file).context(options.context)
  const directory = dirname(file)
  const read = async (source: PemSource | undefined): Promise<string | undefined> => {
    if (source === undefined) return undefined
    if ('pem' in source) return source.pem
    return readText(isAbsolute(source.file) ? source.file : join(directory, source.file), `file named in ${file}`)
  }
  const [ca, cert, key] = await Promise.all([
    read(context.ca),
    read(context.clientCertificate),
    read(context.clientKey),
  ])
  const credentials = await credentialsOf(context, { ...options, directory, ca })
  const tls = {
    ...(ca === undefined ? {} : { ca }),
    ...(context.insecure ? { insecure: true } : {}),
    ...(context.serverName === undefined ? {} : { serverName: context.serverName }),
    ...clientPair(credentials.cert ?? cert, credentials.key ?? key, context.name, file),
  }
  try {
    const connection = httpConnection({
      server: context.server,
      clock,
      tls,
      ...(credentials.bearerToken === undefined ? {} : { bearerToken: credentials.bearerToken }),
      ...(credentials.tokenSource === undefined ? {} : { tokenSource: credentials.tokenSource }),
      ...(context.impersonate === undefined ? {} : { impersonate: context.impersonate }),
      ...(options.userAgent === undefined ? {} : { userAgent: options.userAgent }),
      ...(options.timeouts === undefined ? {} : { timeouts: options.timeouts }),
    })
    return {
      connection,
      context: context.name,
      server: context.server,
      ca,
      insecure: context.insecure,
      [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
    }
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    throw new KubeconfigError(`${file}: context ${JSON.stringify(context.name)}: ${problem}`, { cause: error })
  }
}

interface Credentials {
  readonly bearerToken?: string
  readonly tokenSource?: TokenSource
  readonly cert?: string
  readonly key?: string
}

async function credentialsOf(
  context: KubeconfigContext,
  options: KubeconfigConnectionOptions & { readonly directory: string; readonly ca: string | undefined },
): Promise<Credentials> {
  if (context.token !== undefined) return { bearerToken: context.token }
  if (context.tokenFile !== undefined) {
    const file = isAbsolute(context.tokenFile) ? context.tokenFile : join(options.directory, context.tokenFile)
    await readText(file, 'token file')
    // Read again each time: what renews such files (a kubelet, an agent) does not tell anyone.
    return { tokenSource: { token: async () => (await readText(file, 'token file')).trim(), invalidate: () => {} } }
  }
  const { exec } = context
  if (exec === undefined) return {}
  const run = (): ReturnType<typeof runExecPlugin> =>
    runExecPlugin(exec, {
      clock: options.clock,
      environment: options.environment ?? {},
      cluster: { server: context.server, ca: options.ca, insecure: context.insecure },
      workingDirectory: options.directory,
    })
  const first = await run()
  return {
    ...(first.token === undefined ? {} : { tokenSource: execTokenSource(first, run, options.clock) }),
    ...(first.certificate === undefined ? {} : { cert: first.certificate }),
    ...(first.key === undefined ? {} : { key: first.key }),
  }
}

function clientPair(
  cert: string | undefined,
  key: string | undefined,
  context: string,
  file: string,
): { readonly cert?: string; readonly key?: string } {
  if (cert === undefined && key === undefined) return {}
  if (cert === undefined || key === undefined) {
    const missing = cert === undefined ? 'client certificate' : 'client key'
    throw new KubeconfigError(`${file}: the user of context ${JSON.stringify(context)} has no ${missing}`)
  }
  return { cert, key }
}

async function readText(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    const problem = missing ? 'does not exist' : `cannot be read: ${error instanceof Error ? error.message : ''}`
    throw new KubeconfigError(`the ${what} ${file} ${problem}`, { cause: error })
  }
}

/** What one context says, as options of `httpConnection`. */
export interface LoadedKubeconfig {
  readonly context: string
  readonly server: string
  readonly tls: TlsOptions
  readonly bearerToken?: string
}

/**
 * Reads a kubeconfig that carries everything inline (as the ones we write do) without touching any file. Throws
 * `KubeconfigError` for one that names files or a credential program: it may come from somebody else.
 */
export function loadKubeconfig(
  text: string,
  options: { readonly context?: string; readonly source?: string } = {},
): LoadedKubeconfig {
  const source = options.source ?? 'kubeconfig'
  const context = parseKubeconfig(text, source).context(options.context)
  const inline = (value: PemSource | undefined): string | undefined => {
    if (value === undefined || 'pem' in value) return value?.pem
    throw new KubeconfigError(`${source}: it names the file ${value.file}`)
  }
  if (context.exec !== undefined || context.tokenFile !== undefined) {
    throw new KubeconfigError(`${source}: its credentials are not inline`)
  }
  const ca = inline(context.ca)
  return {
    context: context.name,
    server: context.server,
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(context.insecure ? { insecure: true } : {}),
      ...(context.serverName === undefined ? {} : { serverName: context.serverName }),
      ...clientPair(inline(context.clientCertificate), inline(context.clientKey), context.name, source),
    },
    ...(context.token === undefined ? {} : { bearerToken: context.token }),
  }
}
