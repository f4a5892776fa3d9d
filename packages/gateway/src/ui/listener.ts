import { type UserInfo, errors, failure } from '@kairship/apimachinery'
import type { Clock, Logger } from '@kairship/runtime'
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import { notServed, sendReadiness, sendStatus, sendText } from '../answer.ts'
import type { Doors } from '../door.ts'
import { Drain } from '../drain.ts'
import { type Address, ListenError, isLoopback, listen } from '../listen.ts'
import { isApiPath, isWatch, pathOf, routeOf } from '../route.ts'
import { refusal, securityHeaders } from './guard.ts'
import type { Pages } from './pages.ts'

export interface UiListenerOptions {
  readonly doors: Doors
  readonly pages: Pages
  /** The identity behind every API request of the pages; its rights are RBAC in each plane. */
  readonly user: UserInfo
  readonly clock: Clock
  readonly log: Logger
}

/** Plain HTTP on the loopback interface: the web pages, and the same API paths for reading only. */
export class UiListener implements AsyncDisposable {
  readonly #options: UiListenerOptions
  readonly #server: Server
  readonly #drain = new Drain()
  #stopped: Promise<void> | undefined

  constructor(options: UiListenerOptions) {
    this.#options = options
    this.#server = createServer((request, response) => void this.#serve(request, response))
    this.#server.on('connection', (socket) => this.#drain.connected(socket))
  }

  /** Refuses every address that others could reach: there is no sign-in here. */
  async listen(address: Address): Promise<Address> {
    if (!isLoopback(address.host)) {
      throw new ListenError(address, 'the web address must be a loopback address such as 127.0.0.1', {})
    }
    return listen(this.#server, address)
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    await this.#drain.stop(this.#options.clock, 1000)
    await closed
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? '/'
    await this.#drain.track(response, isWatch(url), async () => {
      try {
        await this.#dispatch(request, response, url)
      } catch (error) {
        this.#options.log.error('a request failed in the web listener', error)
        if (!response.headersSent) sendText(response, 500, 'internal error')
        else response.end()
      }
    })
  }

  async #dispatch(request: IncomingMessage, response: ServerResponse, url: string): Promise<void> {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value)
    const route = routeOf(url)
    const path = pathOf(url)
    const below = 'prefix' in route ? path.slice(route.prefix.length) : path
    const forApi: boolean = route.to === 'readyz' || (route.to !== 'nowhere' && isApiPath(below))
    const refused = refusal(request.headers, forApi)
    if (refused !== undefined) return sendText(response, 403, refused)
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD')
      return sendStatus(response, errors.methodNotAllowed().status)
    }
    if (route.to === 'nowhere' || !forApi) return this.#page(response, path)
    const { doors } = this.#options
    if (route.to === 'readyz') return sendReadiness(response, doors.checks(), route.verbose)
    if (route.to === 'hub') {
      const hub = doors.hub()
      if (hub === undefined) {
        return sendStatus(response, failure(503, 'ServiceUnavailable', 'the hub is still starting').status)
      }
      return hub.handle(request, response, this.#doorOptions(route.prefix))
    }
    const door = route.to === 'instance' ? doors.instance(route.name) : doors.member(route.name)
    if (door === undefined) {
      return sendStatus(response, notServed(route.to === 'instance' ? 'instances' : 'clusters', route.name).status)
    }
    await door.handle(request, response, this.#doorOptions(route.prefix))
  }

  #doorOptions(prefix: string): { prefix: string; credentials: { user: UserInfo }; readOnly: true } {
    return { prefix, credentials: { user: this.#options.user }, readOnly: true }
  }

  async #page(response: ServerResponse, path: string): Promise<void> {
    const page = await this.#options.pages.find(path)
    if (page === undefined) return sendText(response, 404, 'not found')
    response.writeHead(200, {
      'content-type': page.type,
      'content-length': page.body.byteLength,
      'cache-control': page.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    })
    response.end(page.body)
  }
}
