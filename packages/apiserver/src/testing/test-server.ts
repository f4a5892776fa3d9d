import { randomBytes } from 'node:crypto'
import type { Connection, UserInfo } from '@kairship/apimachinery'
import { type Clock, type Logger, type Random, silentLogger, systemClock, systemRandom } from '@kairship/runtime'
import { memoryStore, type Store } from '@kairship/storage'
import { createPlaneHost } from '../host.ts'
import { servePlane } from '../node.ts'
import type { Plane, PlaneOptions } from '../plane.ts'
import { type KeyAndCertificate, selfSigned, signingKey } from './keys.ts'

export interface TestServerOptions {
  /** Default: in memory. */
  readonly store?: Store
  readonly clock?: Clock
  readonly random?: Random
  readonly log?: Logger
  readonly plane?: Partial<PlaneOptions>
}

export interface TestServer extends AsyncDisposable {
  readonly plane: Plane
  /** `https://127.0.0.1:<port>` */
  readonly url: string
  readonly ca: string
  /** A bearer token of a cluster administrator. */
  readonly token: string
  readonly admin: UserInfo
  /** In-process, as the administrator. */
  readonly connection: Connection
  readonly kubeconfig: string
}

export const testAdmin: UserInfo = Object.freeze({
  username: 'admin',
  groups: Object.freeze(['system:masters', 'system:authenticated']),
})

/** Keys take a moment to make and may be shared by any number of test servers. */
export interface TestKeys {
  readonly ca: KeyAndCertificate
  readonly serving: KeyAndCertificate
  readonly serviceAccountKey: string
}
export async function testKeys(): Promise<TestKeys> {
  const [ca, serving] = await Promise.all([selfSigned('test-ca'), selfSigned('127.0.0.1', ['127.0.0.1'])])
  return { ca, serving, serviceAccountKey: signingKey() }
}

/** A plane with an HTTPS listener on a free port of 127.0.0.1. Disposing stops both (not a given store). */
export async function startTestServer(options: TestServerOptions = {}, keys?: TestKeys): Promise<TestServer> {
  const { ca, serving, serviceAccountKey } = keys ?? (await testKeys())
  const owned = new AsyncDisposableStack()
  const store = options.store ?? owned.use(memoryStore())
  const host = owned.use(
    createPlaneHost({
      clock: options.clock ?? systemClock(),
      random: options.random ?? systemRandom(),
      log: options.log ?? silentLogger(),
    }),
  )
  const token = randomBytes(16).toString('hex')
  const { staticTokens = [] } = options.plane ?? {}
  const plane = await host.open({
    name: 'test',
    store,
    clientCa: ca,
    serviceAccountKey,
    url: 'https://127.0.0.1',
    servingCa: serving.certificate,
    ...options.plane,
    staticTokens: [...staticTokens, { token, user: testAdmin }],
  })
  const tls = { ...serving, clientCa: ca.certificate }
  const { url, ...listening } = await servePlane(plane, { host: '127.0.0.1', port: 0, tls })
  owned.use(listening)
  return {
    plane,
    url,
    ca: serving.certificate,
    token,
    admin: testAdmin,
    connection: plane.connect(testAdmin),
    kubeconfig: kubeconfig(url, serving.certificate, token),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

function kubeconfig(server: string, ca: string, token: string): string {
  const data = Buffer.from(ca).toString('base64')
  return `apiVersion: v1
kind: Config
clusters: [{name: test, cluster: {server: "${server}", certificate-authority-data: ${data}}}]
users: [{name: admin, user: {token: "${token}"}}]
contexts: [{name: test, context: {cluster: test, user: admin}}]
current-context: test
`
}
