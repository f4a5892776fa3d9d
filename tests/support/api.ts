import { Agent, request } from 'node:https'
import { run } from './process.ts'
import { kubectlProgram } from './kairship.ts'

/** A plain HTTPS client for one kubeconfig, for tests that need many requests or raw answers. */
export interface Api {
  /** The status code; 0 when there was no answer. */
  post(path: string, body: unknown): Promise<number>
  send(
    method: string,
    path: string,
    body?: string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<{ readonly status: number; readonly body: string }>
  close(): void
}

export async function apiOf(kubeconfig: string): Promise<Api> {
  const flat = await run(kubectlProgram(), [
    'config',
    'view',
    '--raw',
    '--flatten',
    '-o',
    'json',
    '--kubeconfig',
    kubeconfig,
  ])
  const config: {
    clusters: { cluster: { server: string; 'certificate-authority-data': string } }[]
    users: { user: { 'client-certificate-data'?: string; 'client-key-data'?: string; token?: string } }[]
  } = JSON.parse(flat.stdout)
  const cluster = config.clusters[0]?.cluster
  const user = config.users[0]?.user
  if (cluster === undefined || user === undefined) throw new Error(`incomplete kubeconfig: ${flat.stderr}`)
  const server = new URL(cluster.server)
  const decode = (text: string | undefined): Buffer | undefined => (text ? Buffer.from(text, 'base64') : undefined)
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const send: Api['send'] = (method, path, body, headers = {}) =>
    new Promise((resolve) => {
      const outgoing = request(
        {
          method,
          host: server.hostname,
          port: server.port,
          path: `${server.pathname.replace(/\/$/, '')}${path}`,
          agent,
          ca: decode(cluster['certificate-authority-data']),
          cert: decode(user['client-certificate-data']),
          key: decode(user['client-key-data']),
          headers: {
            ...(user.token === undefined ? {} : { authorization: `Bearer ${user.token}` }),
            ...(body === undefined
              ? {}
              : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
            ...headers,
          },
        },
        (response) => {
          let text = ''
          response.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk
          })
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
          response.on('error', () => resolve({ status: 0, body: text }))
        },
      )
      outgoing.on('error', () => resolve({ status: 0, body: '' }))
      outgoing.end(body)
    })
  return {
    send,
    post: async (path, body) => (await send('POST', path, JSON.stringify(body))).status,
    close: () => agent.destroy(),
  }
}
