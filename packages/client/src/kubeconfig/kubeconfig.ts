import { isPlainObject } from '@kairship/apimachinery'
import { parseYaml } from '@kairship/apimachinery/yaml'

/** A kubeconfig that cannot be used. The message names the file (or source) and what is wrong in it. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError'
}

/** One context of a kubeconfig, resolved: which server, trusted how, as whom. Files are named, not read. */
export interface KubeconfigContext {
  readonly name: string
  readonly server: string
  readonly namespace: string | undefined
  readonly ca: PemSource | undefined
  readonly insecure: boolean
  readonly serverName: string | undefined
  readonly clientCertificate: PemSource | undefined
  readonly clientKey: PemSource | undefined
  readonly token: string | undefined
  readonly tokenFile: string | undefined
  readonly exec: ExecPlugin | undefined
  readonly impersonate: { readonly username: string; readonly groups: readonly string[] } | undefined
}

/** PEM text, or the file that holds it (relative to the kubeconfig). */
export type PemSource = { readonly pem: string } | { readonly file: string }

/** A program that prints credentials (client.authentication.k8s.io ExecCredential). */
export interface ExecPlugin {
  readonly apiVersion: string
  readonly command: string
  readonly arguments: readonly string[]
  readonly environment: { readonly [name: string]: string }
  readonly installHint: string | undefined
  readonly provideClusterInfo: boolean
}

export interface Kubeconfig {
  readonly contexts: readonly string[]
  readonly currentContext: string | undefined
  /** Throws `KubeconfigError` for a context that is missing or incomplete. */
  context(name?: string): KubeconfigContext
}

type Fields = { readonly [key: string]: unknown }

/** Reads the text; `source` (a file name) begins every message. */
export function parseKubeconfig(text: string, source: string): Kubeconfig {
  const fail = (problem: string, cause?: unknown): KubeconfigError =>
    new KubeconfigError(`${source}: ${problem}`, cause === undefined ? {} : { cause })
  let parsed: unknown
  try {
    parsed = parseYaml(text)
  } catch (error) {
    throw fail(`this is not YAML: ${error instanceof Error ? error.message : String(error)}`, error)
  }
  if (!isPlainObject(parsed)) throw fail('this is not a kubeconfig: it holds no mapping')
  const config: Fields = parsed
  if (config['kind'] !== undefined && config['kind'] !== 'Config') {
    throw fail(`this is not a kubeconfig: its kind is ${JSON.stringify(config['kind'])}`)
  }
  const clusters = named(config['clusters'], 'cluster')
  const users = named(config['users'], 'user')
  const contexts = named(config['contexts'], 'context')
  if (clusters.size === 0) throw fail('this is not a kubeconfig: it lists no clusters')
  const currentContext = text_(config['current-context'])
  return {
    contexts: [...contexts.keys()],
    currentContext,
    context(wanted = currentContext) {
      if (wanted === undefined)
        throw fail(`no context was chosen and there is no current-context; it has ${list(contexts)}`)
      const context = contexts.get(wanted)
      if (context === undefined) throw fail(`there is no context ${JSON.stringify(wanted)}; it has ${list(contexts)}`)
      const clusterName = text_(context['cluster']) ?? ''
      const userName = text_(context['user']) ?? ''
      const cluster = clusters.get(clusterName)
      if (cluster === undefined) {
        throw fail(
          `context ${JSON.stringify(wanted)} names the cluster ${JSON.stringify(clusterName)}, which is missing`,
        )
      }
      const user = users.get(userName)
      if (user === undefined && userName !== '') {
        throw fail(`context ${JSON.stringify(wanted)} names the user ${JSON.stringify(userName)}, which is missing`)
      }
      return resolved(wanted, context, cluster, user ?? {}, fail)
    },
  }
}

function resolved(
  name: string,
  context: Fields,
  cluster: Fields,
  user: Fields,
  fail: (problem: string) => KubeconfigError,
): KubeconfigContext {
  const server = text_(cluster['server'])
  if (server === undefined || !URL.canParse(server)) {
    throw fail(`the server of context ${JSON.stringify(name)} is not a URL: ${JSON.stringify(server ?? '')}`)
  }
  if (text_(cluster['proxy-url']) !== undefined) {
    throw fail(
      `the cluster of context ${JSON.stringify(name)} is reached through a proxy (proxy-url), which is not supported`,
    )
  }
  if (user['auth-provider'] !== undefined) {
    throw fail(`the user of context ${JSON.stringify(name)} uses auth-provider, which Kubernetes removed; use exec`)
  }
  if (text_(user['username']) !== undefined) {
    throw fail(`the user of context ${JSON.stringify(name)} has a password, which Kubernetes no longer accepts`)
  }
  const as = text_(user['as'])
  const groups = Array.isArray(user['as-groups']) ? user['as-groups'].filter((item) => typeof item === 'string') : []
  return {
    name,
    server,
    namespace: text_(context['namespace']),
    ca: pem(cluster, 'certificate-authority', fail),
    insecure: cluster['insecure-skip-tls-verify'] === true,
    serverName: text_(cluster['tls-server-name']),
    clientCertificate: pem(user, 'client-certificate', fail),
    clientKey: pem(user, 'client-key', fail),
    token: text_(user['token']),
    tokenFile: text_(user['tokenFile']),
    exec: execPlugin(user['exec'], fail),
    impersonate: as === undefined ? undefined : { username: as, groups },
  }
}

function pem(fields: Fields, key: string, fail: (problem: string) => KubeconfigError): PemSource | undefined {
  const data = text_(fields[`${key}-data`])
  if (data === undefined) {
    const file = text_(fields[key])
    return file === undefined ? undefined : { file }
  }
  const decoded = Buffer.from(data, 'base64').toString('utf8')
  if (!decoded.includes('-----BEGIN ')) throw fail(`${key}-data is not PEM in base64`)
  return { pem: decoded }
}

function execPlugin(value: unknown, fail: (problem: string) => KubeconfigError): ExecPlugin | undefined {
  if (!isPlainObject(value)) return undefined
  const fields: Fields = value
  const command = text_(fields['command'])
  if (command === undefined) throw fail('the exec plugin of the user names no command')
  const environment: { [name: string]: string } = {}
  for (const item of Array.isArray(fields['env']) ? fields['env'] : []) {
    if (isPlainObject(item) && typeof item['name'] === 'string') environment[item['name']] = text_(item['value']) ?? ''
  }
  return {
    apiVersion: text_(fields['apiVersion']) ?? 'client.authentication.k8s.io/v1',
    command,
    arguments: Array.isArray(fields['args']) ? fields['args'].map(String) : [],
    environment,
    installHint: text_(fields['installHint']),
    provideClusterInfo: fields['provideClusterInfo'] === true,
  }
}

/** `[{name, [entry]: {...}}]` by name; later entries of the same name are ignored, as kubectl does. */
function named(value: unknown, entry: string): Map<string, Fields> {
  const found = new Map<string, Fields>()
  for (const item of Array.isArray(value) ? value : []) {
    if (!isPlainObject(item) || typeof item['name'] !== 'string' || found.has(item['name'])) continue
    const content = item[entry]
    found.set(item['name'], isPlainObject(content) ? content : {})
  }
  return found
}

function list(contexts: ReadonlyMap<string, unknown>): string {
  return contexts.size === 0 ? 'none' : [...contexts.keys()].map((name) => JSON.stringify(name)).join(', ')
}

function text_(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
