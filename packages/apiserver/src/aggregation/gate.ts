import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { failure, type UserInfo } from '@kairship/apimachinery'
import type { Clock } from '@kairship/runtime'
import type { Answer, Message } from '../http/message.ts'
import { parseRoute, type Route, verbOf } from '../http/route.ts'
import type { AuditEvent } from '../plane.ts'
import type { Services } from '../services.ts'
import { refuse } from '../stages/authorize.ts'
import type { Aggregator } from './aggregator.ts'
import type { AggregationProxy } from './proxy.ts'
import type { RemoteState } from './remote.ts'

export interface GateOptions {
  readonly clock: Clock
  readonly auth: Services['auth']
  /** Throws 403 when the user may not do this outside the resource API. */
  readonly authorizePath: (user: UserInfo, path: string, verb: string) => void
  readonly aggregator: Pick<Aggregator, 'find'>
  readonly proxy: AggregationProxy
  readonly audit: (event: AuditEvent) => void
}

export interface Passing {
  readonly state: RemoteState
  readonly user: UserInfo
  /** Path with query, without the plane's mount. */
  readonly target: string
  readonly readOnly: boolean
  readonly signal: AbortSignal
}

const reads: ReadonlySet<string> = new Set(['get', 'list', 'watch', 'head'])

/** Requests for what other servers serve: allowed and recorded here, answered there. */
export class AggregationGate {
  readonly #options: GateOptions
  constructor(options: GateOptions) {
    this.#options = options
  }

  /** The remote group version that a path is about. */
  find(path: string): RemoteState | undefined {
    if (!path.startsWith('/apis/')) return undefined
    const [, , group = '', version = ''] = path.split('/')
    return version === '' ? undefined : this.#options.aggregator.find(group, version)
  }

  async forward(request: Message, answer: Answer, passing: Passing): Promise<void> {
    const { proxy } = this.#options
    await this.#record(request, passing, () => proxy.forward(request, answer, { ...passing, path: passing.target }))
  }

  async upgrade(request: IncomingMessage, socket: Duplex, head: Uint8Array, passing: Passing): Promise<void> {
    const { proxy } = this.#options
    await this.#record(request, passing, async () => {
      await proxy.upgrade(request, socket, head, { ...passing, path: passing.target })
      return 101
    })
  }

  async #record(
    request: Message,
    { state, user, target, readOnly }: Passing,
    pass: () => Promise<number>,
  ): Promise<void> {
    const { clock, audit, auth, authorizePath } = this.#options
    const path = target.split('?', 1)[0] ?? ''
    const route = parseRoute(path)
    const verb = verbFor(request.method ?? 'GET', route, new URLSearchParams(target.slice(path.length + 1)))
    const now = clock.now()
    let code = 403
    try {
      if (readOnly && !reads.has(verb)) throw failure(403, 'Forbidden', 'only reads are allowed here')
      if (route.type === 'path') authorizePath(user, path, verb)
      else {
        const { type: _type, namespace = '', ...asked } = route
        const refusal = refuse(auth, { user, operation: { ...asked, namespace, verb: verbOr(verb) } }, verb)
        if (refusal !== undefined) throw refusal
      }
      code = 503
      code = await pass()
    } finally {
      const { group, version } = state.remote
      const about = route.type === 'resource' ? route : { resource: '', subresource: '', name: '', namespace: '' }
      const { resource, subresource, name, namespace = '' } = about
      const tookMs = clock.now() - now
      audit({ user, verb, group, version, resource, subresource, namespace, name, code, receivedAt: now, tookMs })
    }
  }
}

function verbFor(method: string, route: Route, params: URLSearchParams): string {
  if (route.type === 'path') return method.toLowerCase()
  const watch = route.watch || ['1', 'true'].includes(params.get('watch') ?? '')
  return verbOf(method, route.name !== '', watch) ?? method.toLowerCase()
}

/** Only collections are asked about by their selectors; everything else is about its name. */
function verbOr(verb: string): 'list' | 'get' {
  return verb === 'list' || verb === 'watch' ? 'list' : 'get'
}
