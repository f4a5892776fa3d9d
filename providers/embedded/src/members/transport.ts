import type { Connection } from '@kairship/apimachinery'
import { errors } from '@kairship/apimachinery'
import type { Plane } from '@kairship/apiserver'
import { type MemberTransport, httpsTransport } from '@kairship/federation'
import type { Clock } from '@kairship/runtime'
import type { PlaneHosting } from '../hosting.ts'

/** How long a connection waits for a simulated cluster that is not there yet. */
const startMs = 5000

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
      return new InProcessMember(() => hosting.find('clusters', name), Buffer.from(token, 'base64').toString('utf8'))
    },
  }
}

function notRunning(): Error {
  return errors.unavailable('the simulated cluster is not running')
}

/** Every request proves itself with the token again, so that a withdrawn token ends access at once. */
class InProcessMember implements Connection {
  readonly #plane: () => Plane | undefined
  readonly #token: string

  constructor(plane: () => Plane | undefined, token: string) {
    this.#plane = plane
    this.#token = token
  }

  async #connect(): Promise<Connection> {
    const plane = this.#plane()
    if (plane === undefined) throw notRunning()
    const user = await plane.authenticate({ bearerToken: this.#token })
    if (user === undefined) throw errors.unauthorized()
    return plane.connect(user)
  }

  async request(...call: Parameters<Connection['request']>): ReturnType<Connection['request']> {
    return (await this.#connect()).request(...call)
  }
  async *watch(...call: Parameters<Connection['watch']>): ReturnType<Connection['watch']> {
    yield* (await this.#connect()).watch(...call)
  }
  async raw(...call: Parameters<Connection['raw']>): ReturnType<Connection['raw']> {
    return (await this.#connect()).raw(...call)
  }
}
