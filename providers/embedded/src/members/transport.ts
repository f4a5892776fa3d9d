import {
  ApiError,
  type Connection,
  ConnectionError,
  type RawReply,
  type Reply,
  type WatchEvent,
  errors,
} from '@kairship/apimachinery'
import type { Plane } from '@kairship/apiserver'
import { type MemberTransport, httpsTransport } from '@kairship/federation'
import type { Clock } from '@kairship/runtime'
import type { PlaneHosting } from '../hosting.ts'

/** How long a connection waits for a simulated cluster that is not there yet. */
const startMs = 5000
/** Verifying a token costs more than an operation; kube-apiservers remember good ones for 10 s. */
const trustMs = 1000

/**
 * Reaches simulated members of this process without sockets and JSON. The token of the member's Secret is checked all the
 * same, by the member; every other member is reached over HTTPS.
 */
export function embeddedTransport(options: {
  readonly hosting: PlaneHosting
  readonly clock: Clock
  /** For members over HTTPS. */
  readonly requestMs?: number
}): MemberTransport {
  const { hosting, clock, requestMs } = options
  const remote = httpsTransport(requestMs === undefined ? { clock } : { clock, requestMs })
  return {
    async connect(cluster, secrets) {
      const name = hosting.ownCluster(cluster.spec.apiEndpoint ?? '')
      if (name === undefined) return remote.connect(cluster, secrets)
      // When the server starts, instances and simulated clusters come up at the same time.
      if ((await hosting.opened('clusters', name, startMs)) === undefined) throw notRunning()
      const { secretRef } = cluster.spec
      const secret = secretRef === undefined ? undefined : await secrets.get(secretRef)
      const token = secret?.data?.['token']
      if (token === undefined) throw new Error(`cluster ${cluster.metadata.name} has no token in its secretRef`)
      return new InProcessMember({
        plane: () => hosting.find('clusters', name),
        token: Buffer.from(token, 'base64').toString('utf8'),
        clock,
      })
    },
  }
}

function notRunning(): Error {
  return new ConnectionError('the simulated cluster is not running')
}

/** The token is checked by the member again and again, so that a withdrawn one ends access within `trustMs`. */
class InProcessMember implements Connection {
  readonly #plane: () => Plane | undefined
  readonly #token: string
  readonly #clock: Clock
  #trusted: { readonly plane: Plane; readonly connection: Connection; readonly until: number } | undefined

  constructor(options: { readonly plane: () => Plane | undefined; readonly token: string; readonly clock: Clock }) {
    this.#plane = options.plane
    this.#token = options.token
    this.#clock = options.clock
  }

  /** The member's API, or its refusal of the token. */
  async #connect(): Promise<Connection | ApiError> {
    const plane = this.#plane()
    if (plane === undefined) throw notRunning()
    const now = this.#clock.now()
    if (this.#trusted?.plane === plane && now < this.#trusted.until) return this.#trusted.connection
    this.#trusted = undefined
    try {
      const user = await plane.authenticate({ bearerToken: this.#token })
      if (user === undefined) return errors.unauthorized()
      const connection = plane.connect(user)
      this.#trusted = { plane, connection, until: now + trustMs }
      return connection
    } catch (error) {
      if (error instanceof ApiError) return error
      throw error
    }
  }

  async request(...call: Parameters<Connection['request']>): Promise<Reply> {
    const member = await this.#connect()
    if (!(member instanceof ApiError)) return member.request(...call)
    return { status: member.code, body: member.status, warnings: [] }
  }

  async *watch(...call: Parameters<Connection['watch']>): AsyncIterable<readonly WatchEvent[]> {
    const member = await this.#connect()
    if (member instanceof ApiError) throw member
    yield* member.watch(...call)
  }

  async raw(...call: Parameters<Connection['raw']>): Promise<RawReply> {
    const member = await this.#connect()
    if (!(member instanceof ApiError)) return member.raw(...call)
    const body = new TextEncoder().encode(JSON.stringify(member.status))
    return { status: member.code, contentType: 'application/json', body }
  }
}
