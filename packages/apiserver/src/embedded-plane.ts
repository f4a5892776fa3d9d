import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Connection, RawReply, UserInfo } from '@kairship/apimachinery'
import { ApiError, errors } from '@kairship/apimachinery'
import type { ResourceDefinition } from '@kairship/api'
import type { ProtobufDecoder } from '@kairship/api/protobuf'
import { taskGroup, type TaskGroup } from '@kairship/runtime'
import { Aggregator } from './aggregation/aggregator.ts'
import { FrontProxy } from './aggregation/front-proxy.ts'
import { AggregationGate } from './aggregation/gate.ts'
import { LocalApis } from './aggregation/local.ts'
import { AggregationProxy } from './aggregation/proxy.ts'
import { anonymous, createPlaneAuth, systemUser, type PlaneAuth } from './auth/index.ts'
import type { BuiltinStrategies } from './builtin/index.ts'
import { PlaneCache } from './cache/plane-cache.ts'
import { AdmissionPolicies } from './cel/policy/admission.ts'
import { type CompiledCrds, startCrdController } from './crd/index.ts'
import { inProcessConnection } from './doors/in-process.ts'
import type { Door } from './http/door.ts'
import { Exchange } from './http/handler.ts'
import { bootstrapPlane, namespaceLifecycle, startLifecycle } from './lifecycle/index.ts'
import type { OpenApiDocuments } from './openapi/documents.ts'
import { OpenApi } from './openapi/openapi.ts'
import type { Outbound } from './outbound/outbound.ts'
import { RawPaths } from './paths/raw-paths.ts'
import { requestStages } from './pipeline.ts'
import type { Credentials, Plane, PlaneHostOptions, PlaneOptions, RequestOptions } from './plane.ts'
import { planeMetrics } from './plane-metrics.ts'
import { planeRegistry } from './plane-registry.ts'
import { Committer } from './registry/commit.ts'
import { Resources } from './registry/resources.ts'
import type { Shapes } from './registry/shapes.ts'
import type { Services } from './services.ts'
import { chain, type Handler } from './stages/stage.ts'
import { withManagedFields } from './steps/track-fields.ts'
import type { PlaneRegistry } from './strategy.ts'
import { AdmissionWebhooks } from './webhooks/dispatch.ts'

/** What the planes of a host have in common. */
export interface Shared extends PlaneHostOptions {
  readonly strategies: BuiltinStrategies
  readonly crds: CompiledCrds
  readonly shapes: Shapes
  readonly protobuf: ProtobufDecoder
  readonly openApi: OpenApiDocuments
  /** How planes call webhooks and aggregated servers. */
  readonly outboundCalls: Outbound
}

/** A plane in this process: wires cache, registry, pipeline, doors and the plane's own controllers together. */
export class EmbeddedPlane implements Plane {
  readonly name: string
  readonly #shared: Shared
  readonly #options: PlaneOptions
  readonly #resources = new Resources()
  readonly #cache: PlaneCache
  readonly #registry: PlaneRegistry
  readonly #auth: PlaneAuth
  readonly #handler: Handler
  readonly #rawPaths: RawPaths
  readonly #door: Door
  readonly #aggregator: Aggregator
  readonly #proxy: AggregationProxy
  readonly #frontProxy: FrontProxy
  #local: LocalApis | undefined
  readonly #tasks: TaskGroup
  readonly #closing = new AbortController()
  readonly #onClosed: (() => void)[] = []
  readonly #owned = new AsyncDisposableStack()
  #ready = false

  static async open(
    shared: Shared,
    options: PlaneOptions,
    definitions: readonly ResourceDefinition[],
    version: string,
  ): Promise<EmbeddedPlane> {
    const plane = new EmbeddedPlane(shared, options, definitions, version)
    try {
      await plane.#start()
      return plane
    } catch (error) {
      await plane[Symbol.asyncDispose]()
      throw error
    }
  }

  private constructor(
    shared: Shared,
    options: PlaneOptions,
    definitions: readonly ResourceDefinition[],
    version: string,
  ) {
    const { clock, random } = shared
    const log = shared.log.with({ plane: options.name })
    this.name = options.name
    this.#shared = shared
    this.#options = options
    this.#cache = new PlaneCache({
      store: options.store,
      clock,
      log,
      ...(options.history?.changes === undefined ? {} : { maxChanges: options.history.changes }),
      ...(options.history?.bytes === undefined ? {} : { maxBytes: options.history.bytes }),
    })
    this.#tasks = taskGroup({ name: `plane ${options.name}`, log })
    this.#registry = planeRegistry({
      clock,
      random,
      log,
      cache: this.#cache,
      resources: this.#resources,
      request: (operation) => this.connect(systemUser).request({ userAgent: 'kube-apiserver', ...operation }),
    })
    this.#auth = createPlaneAuth({ ...options, registry: this.#registry })
    const { authorizer, tokens } = this.#auth
    for (const definition of definitions) {
      const strategy = shared.strategies.strategy(definition, { registry: this.#registry, authorizer, tokens })
      this.#resources.install({ definition, strategy })
    }
    const webhooks = this.#owned.use(
      new AdmissionWebhooks({
        registry: this.#registry,
        outbound: shared.outboundCalls,
        withManagedFields: (write) => withManagedFields(shared.shapes, write),
      }),
    )
    this.#frontProxy = new FrontProxy(clock, options.requestHeaderCa)
    const calling = { registry: this.#registry, outbound: shared.outboundCalls, frontProxy: this.#frontProxy }
    this.#aggregator = this.#owned.use(
      new Aggregator({
        ...calling,
        onFirst: () =>
          void this.#frontProxy.authority().then(
            () => this.#local?.publishTrust(),
            (error: unknown) => log.error('no CA for the front proxy', error),
          ),
      }),
    )
    this.#proxy = new AggregationProxy(calling)
    const metrics = planeMetrics(this.#cache)
    const services: Services = {
      clock,
      random,
      log,
      cache: this.#cache,
      resources: this.#resources,
      committer: new Committer(options.store, this.#cache, this.#resources),
      registry: this.#registry,
      shapes: shared.shapes,
      admission: [namespaceLifecycle(this.#registry), ...this.#auth.admission, ...(options.admission ?? [])],
      webhooks,
      policies: this.#owned.use(new AdmissionPolicies(this.#registry)),
      auth: this.#auth,
      audit: (event) => {
        metrics.onRequest(event)
        options.audit?.(event)
      },
    }
    this.#handler = chain(requestStages(services))
    this.#rawPaths = new RawPaths({
      resources: this.#resources,
      aggregator: this.#aggregator,
      openApi: new OpenApi(this.#resources, shared.openApi, version),
      version,
      checks: () => [
        { name: 'ping', problem: '' },
        { name: 'store', problem: this.#cache.fresh ? '' : 'the watch of the store is broken' },
        { name: 'poststarthook/bootstrap', problem: this.#ready ? '' : 'still starting' },
      ],
      metrics: () => metrics.text(),
      openidConfiguration: () => this.#auth.openidConfiguration,
      jwks: () => this.#auth.jwks,
    })
    this.#door = {
      clock,
      random,
      log,
      auth: this.#auth,
      authorizePath: (user, path, verb) => this.#authorizePath(user, path, verb),
      resources: this.#resources,
      rawPaths: this.#rawPaths,
      aggregated: new AggregationGate({
        clock,
        auth: this.#auth,
        authorizePath: (user, path, verb) => this.#authorizePath(user, path, verb),
        aggregator: this.#aggregator,
        proxy: this.#proxy,
        audit: services.audit,
      }),
      handler: this.#handler,
      protobuf: shared.protobuf,
      closing: this.#closing.signal,
      flowSchemaUid: random.uuid(),
      priorityLevelUid: random.uuid(),
    }
  }

  get ready(): boolean {
    return this.#ready && this.#cache.fresh
  }

  async #start(): Promise<void> {
    await this.#cache.load()
    this.#tasks.run('store watch', (signal) => this.#cache.run(signal))
    this.#auth.start()
    const lifecycle = { ...this.#options, registry: this.#registry, tokens: this.#auth.tokens }
    await bootstrapPlane(lifecycle)
    const crds = startCrdController({
      registry: this.#registry,
      compiled: this.#shared.crds,
      outbound: this.#shared.outboundCalls,
    })
    this.#owned.use(crds)
    await crds.bootstrap(this.#options.builtinCrds ?? [])
    this.#owned.use(startLifecycle(lifecycle))
    const { certificate: clientCa } = this.#options.clientCa
    this.#local = this.#owned.use(new LocalApis({ registry: this.#registry, frontProxy: this.#frontProxy, clientCa }))
    this.#ready = true
  }

  connect(user: UserInfo): Connection {
    const { clock, log } = this.#shared
    const raw = (path: string, as: UserInfo, accept: string): Promise<RawReply> => this.#raw(path, as, accept)
    return inProcessConnection({ user, handler: this.#handler, clock, log, closed: this.#closing.signal, raw })
  }

  authenticate(credentials: Credentials): Promise<UserInfo | undefined> {
    return this.#auth.authenticate(credentials)
  }

  handle(
    request: Parameters<Plane['handle']>[0],
    response: Parameters<Plane['handle']>[1],
    options: RequestOptions,
  ): Promise<void> {
    return new Exchange(this.#door, request, response, options).run()
  }

  async upgrade(request: IncomingMessage, socket: Duplex, head: Uint8Array, options: RequestOptions): Promise<void> {
    try {
      const target = (request.url ?? '/').slice(options.prefix.length)
      const given = (await this.#auth.authenticate(options.credentials)) ?? anonymous
      const user = this.#auth.impersonate(given, request.headers)
      const { aggregated } = this.#door
      const state = aggregated.find(target.split('?', 1)[0] ?? '')
      if (state === undefined) {
        throw errors.badRequest('this control plane runs no pods: there is nothing to connect to')
      }
      const { readOnly = false } = options
      await aggregated.upgrade(request, socket, head, { state, user, target, readOnly, signal: this.#closing.signal })
    } catch (error) {
      refuseUpgrade(socket, error)
    }
  }

  issueCertificate(user: UserInfo, validForMs: number): Promise<{ certificate: string; key: string }> {
    return this.#auth.issueCertificate(user, validForMs)
  }

  async issueServiceAccountToken(namespace: string, name: string, validForMs: number): Promise<string> {
    return this.#auth.tokens.issue({ namespace, name, audiences: [], expiresInMs: validForMs }).token
  }

  onClosed(callback: () => void): void {
    this.#onClosed.push(callback)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#ready = false
    this.#closing.abort()
    await this.#owned.disposeAsync()
    this.#auth[Symbol.dispose]()
    await this.#tasks[Symbol.asyncDispose]()
    this.#cache.close()
    for (const callback of this.#onClosed) callback()
  }

  #authorizePath(user: UserInfo, path: string, verb: string): void {
    const attributes = { user, verb, path }
    const { allowed, reason } = this.#auth.authorizer.authorize(attributes)
    if (!allowed) throw this.#auth.forbidden(attributes, reason)
  }

  async #raw(path: string, user: UserInfo, accept: string): Promise<RawReply> {
    const url = new URL(path, 'http://plane')
    try {
      this.#authorizePath(user, url.pathname, 'get')
      const state = this.#door.aggregated.find(url.pathname)
      if (state !== undefined) return await this.#proxy.get(path, accept, { state, user })
      const answer = await this.#rawPaths.answer({ path: url.pathname, params: url.searchParams, accept })
      return (
        answer ?? { status: 404, contentType: 'text/plain; charset=utf-8', body: Buffer.from('404 page not found\n') }
      )
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      return { status: error.code, contentType: 'application/json', body: Buffer.from(JSON.stringify(error.status)) }
    }
  }
}

function refuseUpgrade(socket: Duplex, error: unknown): void {
  const { status } = error instanceof ApiError ? error : errors.internal(String(error), error)
  const body = JSON.stringify(status)
  socket.end(
    `HTTP/1.1 ${status.code} ${STATUS_CODES[status.code] ?? ''}\r\nContent-Type: application/json\r\nConnection: close\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}
