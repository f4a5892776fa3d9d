import { spawn } from 'node:child_process'
import { isPlainObject } from '@kairship/apimachinery'
import type { Clock } from '@kairship/runtime'
import { type ExecPlugin, KubeconfigError } from '../kubeconfig/kubeconfig.ts'
import type { TokenSource } from './options.ts'

const programMs = 60_000
/** Tokens are renewed this long before they expire. */
const marginMs = 60_000

export interface ExecCredential {
  readonly token: string | undefined
  readonly certificate: string | undefined
  readonly key: string | undefined
  /** Milliseconds since the epoch. */
  readonly expires: number | undefined
}

/** Runs the program once. Its standard error goes to the message when it fails. */
export function runExecPlugin(
  plugin: ExecPlugin,
  options: {
    readonly clock: Clock
    readonly environment: { readonly [name: string]: string | undefined }
    readonly cluster: { readonly server: string; readonly ca: string | undefined; readonly insecure: boolean }
    readonly workingDirectory: string
    readonly signal?: AbortSignal
  },
): Promise<ExecCredential> {
  const { server, ca, insecure } = options.cluster
  const info = {
    apiVersion: plugin.apiVersion,
    kind: 'ExecCredential',
    spec: {
      interactive: false,
      ...(plugin.provideClusterInfo
        ? {
            cluster: {
              server,
              ...(ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
              ...(insecure ? { 'insecure-skip-tls-verify': true } : {}),
            },
          }
        : {}),
    },
  }
  return new Promise((resolve, reject) => {
    const fail = (problem: string): void => {
      const hint = plugin.installHint === undefined ? '' : `\n${plugin.installHint}`
      reject(new KubeconfigError(`the credential program ${plugin.command} ${problem}${hint}`))
    }
    const child = spawn(plugin.command, [...plugin.arguments], {
      cwd: options.workingDirectory,
      env: { ...options.environment, ...plugin.environment, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    })
    const limit = options.clock.setTimeout(() => child.kill('SIGKILL'), programMs)
    let output = ''
    let errors = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-2000)))
    child.on('error', (error) => {
      limit[Symbol.dispose]()
      fail(`cannot be run: ${error.message}`)
    })
    child.on('close', (code) => {
      limit[Symbol.dispose]()
      if (code !== 0) return fail(`failed (exit code ${code ?? 'none'}): ${errors.trim()}`)
      const credential = parseExecCredential(output)
      if (credential === undefined) return fail('printed no ExecCredential with a status')
      resolve(credential)
    })
  })
}

function parseExecCredential(output: string): ExecCredential | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(output)
  } catch {
    return undefined
  }
  const status = isPlainObject(parsed) ? parsed['status'] : undefined
  if (!isPlainObject(status)) return undefined
  const text = (key: string): string | undefined => {
    const value = status[key]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const expires = Date.parse(text('expirationTimestamp') ?? '')
  return {
    token: text('token'),
    certificate: text('clientCertificateData'),
    key: text('clientKeyData'),
    expires: Number.isNaN(expires) ? undefined : expires,
  }
}

/** Tokens of an exec plugin, kept until shortly before they expire; callers that ask together share one run. */
export function execTokenSource(first: ExecCredential, run: () => Promise<ExecCredential>, clock: Clock): TokenSource {
  let current: ExecCredential | undefined = first
  let running: Promise<ExecCredential> | undefined
  return {
    async token() {
      const usable =
        current !== undefined && (current.expires === undefined || current.expires - marginMs > clock.now())
      if (current === undefined || !usable) {
        running ??= run().finally(() => (running = undefined))
        current = await running
      }
      return current.token ?? ''
    },
    invalidate(token) {
      if (current?.token === token) current = undefined
    },
  }
}
