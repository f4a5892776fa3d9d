import {
  ApiError,
  errors,
  failure,
  isPlainObject,
  type JsonObject,
  type Operation,
  toJson,
  type UserInfo,
  type Verb,
} from '@kairship/apimachinery'
import { errorMessage } from '@kairship/runtime'
import { anonymous } from '../auth/index.ts'
import type { Outcome, Request } from '../request.ts'
import type { RequestOptions } from '../plane.ts'
import { refuse } from '../stages/authorize.ts'
import type { Door } from './door.ts'
import { decodeBody, decodePatch, mediaType, patchTypeOf, readBody } from './body.ts'
import { type Answer, header, type Message } from './message.ts'
import { negotiate } from './negotiate.ts'
import { type ParsedQuery, parseQuery } from './query.ts'
import { render, type RenderOptions } from './render.ts'
import { notFoundPage, renderError, send, warningHeaders, writeHead } from './respond.ts'
import { parseRoute, type Route, verbOf } from './route.ts'
import { writeWatch } from './watch.ts'

type ResourceRoute = Extract<Route, { type: 'resource' }>

const optionKinds: { readonly [verb in Verb]?: string } = {
  create: 'CreateOptions',
  update: 'UpdateOptions',
  patch: 'PatchOptions',
  delete: 'DeleteOptions',
  deletecollection: 'DeleteOptions',
}
const readVerbs: ReadonlySet<Verb> = new Set(['get', 'list', 'watch'])

const closed = 'the client has gone'

/** One request and its answer, through the first door. */
export class Exchange {
  readonly #door: Door
  readonly #request: Message
  readonly #answer: Answer
  readonly #options: RequestOptions
  readonly #target: string
  readonly #path: string
  readonly #params: URLSearchParams
  readonly #gone = new AbortController()
  readonly #warnings: string[] = []
  readonly #headers: { [name: string]: string | string[] }
  #pretty: boolean

  constructor(door: Door, request: Message, answer: Answer, options: RequestOptions) {
    this.#door = door
    this.#request = request
    this.#answer = answer
    this.#options = options
    const target = (request.url ?? '/').slice(options.prefix.length)
    this.#target = target
    const query = target.indexOf('?')
    this.#path = (query < 0 ? target : target.slice(0, query)) || '/'
    this.#params = new URLSearchParams(query < 0 ? '' : target.slice(query + 1))
    this.#pretty = /^(curl|Wget|Mozilla\/5\.0)/.test(header(request, 'user-agent') ?? '')
    this.#headers = {
      'audit-id': header(request, 'audit-id') ?? door.random.uuid(),
      'cache-control': 'no-cache, private',
      'x-content-type-options': 'nosniff',
      'x-kubernetes-pf-flowschema-uid': door.flowSchemaUid,
      'x-kubernetes-pf-prioritylevel-uid': door.priorityLevelUid,
    }
    // With a reason of our own: making an exception with a stack for every request is dear.
    answer.on('close', () => this.#gone.abort(closed))
  }

  /** Never rejects. */
  async run(): Promise<void> {
    try {
      await this.#respond()
    } catch (error) {
      await this.#fail(error)
    }
  }

  async #respond(): Promise<void> {
    const route = parseRoute(this.#path)
    const user = await this.#authenticate()
    const state = this.#door.aggregated.find(this.#path)
    if (state !== undefined) {
      const { readOnly = false } = this.#options
      const passing = { state, user, target: this.#target, readOnly, signal: this.#gone.signal }
      return this.#door.aggregated.forward(this.#request, this.#answer, passing)
    }
    if (route.type === 'path') return this.#rawPath(route.path, user)
    const { resources } = this.#door
    if (!resources.serves(route.group, route.version)) {
      // Only those who may look learn what does not exist.
      const verb = verbOf(this.#request.method ?? 'GET', route.name !== '', false) ?? 'get'
      const { type: _, ...asked } = route
      const refusal = refuse(
        this.#door.auth,
        { user, operation: { ...asked, verb, namespace: route.namespace ?? '' } },
        verb,
      )
      if (refusal !== undefined) throw refusal
      return this.#send(notFoundPage())
    }
    await this.#resource(route, user)
  }

  async #authenticate(): Promise<UserInfo> {
    const { auth } = this.#door
    const user = (await auth.authenticate(this.#options.credentials)) ?? anonymous
    return auth.impersonate(user, this.#request.headers)
  }

  async #rawPath(path: string, user: UserInfo): Promise<void> {
    const method = this.#request.method ?? 'GET'
    this.#door.authorizePath(user, path, method.toLowerCase())
    if (method !== 'GET' && method !== 'HEAD') throw errors.methodNotAllowed()
    const answer = await this.#door.rawPaths.answer({
      path,
      params: this.#params,
      accept: header(this.#request, 'accept'),
      ifNoneMatch: header(this.#request, 'if-none-match'),
      prefix: this.#options.prefix,
      host: header(this.#request, 'host') ?? header(this.#request, ':authority'),
    })
    if (answer === undefined) return this.#send(notFoundPage())
    Object.assign(this.#headers, answer.headers)
    if (answer.status === 304) {
      writeHead(this.#answer, 304, this.#headers)
      this.#answer.end()
      return
    }
    const body = this.#pretty && answer.contentType === 'application/json' ? indent(answer.body) : answer.body
    await this.#send({ status: answer.status, contentType: answer.contentType, chunks: [body] })
  }

  async #resource(route: ResourceRoute, user: UserInfo): Promise<void> {
    const method = this.#request.method ?? 'GET'
    const watchParam = this.#params.get('watch')
    const watching =
      route.watch || (watchParam !== null && !['0', 'false', 'f', 'F', 'False', 'FALSE'].includes(watchParam))
    const found = verbOf(method, route.name !== '', watching)
    if (found === undefined) throw errors.methodNotAllowed()
    const verb = route.watch && found === 'get' ? 'watch' : found
    if (verb === 'create' && route.name !== '' && route.subresource === '') throw errors.methodNotAllowed()
    if (this.#options.readOnly === true && !readVerbs.has(verb)) {
      throw failure(403, 'Forbidden', 'only reads are allowed here')
    }
    const query = parseQuery(this.#params, optionKinds[verb])
    if (query.pretty !== undefined) this.#pretty = query.pretty
    const negotiated = negotiate(header(this.#request, 'accept'), 'objects')
    const operation = await this.#operation(route, verb, query)
    const request: Request = {
      operation,
      user,
      now: this.#door.clock.now(),
      log: this.#door.log,
      warnings: this.#warnings,
      signal: this.#gone.signal,
    }
    const outcome = await this.#inTime(this.#door.handler(request), query.timeoutMs)
    const rendering: RenderOptions = {
      negotiated,
      pretty: this.#pretty,
      isCustom: ({ definition }) => definition.schemaName === undefined,
      includeObject: query.includeObject,
      now: () => this.#door.clock.now(),
      tableVersion: negotiated.version,
    }
    if (outcome.type === 'watch') return this.#watch(outcome, rendering)
    await this.#send(render(outcome, rendering))
  }

  async #operation(route: ResourceRoute, verb: Verb, query: ParsedQuery): Promise<Operation> {
    const { group, version, resource, namespace, name, subresource } = route
    const userAgent = header(this.#request, 'user-agent')
    const base = {
      verb,
      group,
      version,
      resource,
      ...(namespace === undefined ? {} : { namespace }),
      ...(name === '' ? {} : { name }),
      ...(subresource === '' ? {} : { subresource }),
      query:
        route.watch && name !== '' ? { ...query.operation, fieldSelector: `metadata.name=${name}` } : query.operation,
      ...(userAgent === undefined ? {} : { userAgent }),
    } satisfies Operation
    if (readVerbs.has(verb)) return base
    const type = mediaType(this.#request)
    if (verb === 'patch') {
      const patchType = patchTypeOf(type, this.#isCustom(route))
      const { value, duplicateFields } = decodePatch(await readBody(this.#request), patchType)
      return { ...base, patchType, body: value, duplicateFields }
    }
    const bytes = await readBody(this.#request)
    const deleting = verb === 'delete' || verb === 'deletecollection'
    if (deleting && bytes.length === 0) return { ...base, body: query.deleteOptions }
    const kind = deleting ? 'DeleteOptions' : this.#kindOf(route)
    const { value, duplicateFields } = decodeBody(bytes, type, kind, this.#door.protobuf)
    if (!deleting) return { ...base, body: value, duplicateFields }
    const body: JsonObject = isPlainObject(value) ? { ...query.deleteOptions, ...(value as JsonObject) } : {}
    return { ...base, body }
  }

  #isCustom({ group, version, resource }: ResourceRoute): boolean {
    const definition = this.#door.resources.resolve(group, version, resource)?.definition
    return definition !== undefined && definition.schemaName === undefined
  }

  #kindOf({ group, version, resource, subresource }: ResourceRoute): string {
    const definition = this.#door.resources.resolve(group, version, resource)?.definition
    const part = definition?.subresources.find(({ name }) => name === subresource)
    return part?.kind?.kind ?? definition?.kind ?? ''
  }

  #inTime(outcome: Promise<Outcome>, timeoutMs: number): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const late = (): void => reject(errors.timeout('request did not complete within requested timeout'))
      const timer = this.#door.clock.setTimeout(late, timeoutMs, { unref: true })
      outcome.then(resolve, reject).finally(() => timer[Symbol.dispose]())
    })
  }

  async #watch({ stream }: Extract<Outcome, { type: 'watch' }>, rendering: RenderOptions): Promise<void> {
    const { format } = rendering.negotiated
    this.#addWarnings()
    writeHead(this.#answer, 200, { ...this.#headers, 'content-type': `application/${format}` })
    // Without this, nothing is sent before the first event, and clients wait for the headers.
    this.#answer.flushHeaders?.()
    stream.endWith(this.#door.closing)
    await writeWatch({ answer: this.#answer, stream, rendering, gone: this.#gone.signal, log: this.#door.log })
  }

  async #fail(cause: unknown): Promise<void> {
    let error = cause
    if (!(error instanceof ApiError)) {
      if (this.#gone.signal.aborted) return
      this.#door.log.error('a request failed', error, { method: this.#request.method, path: this.#path })
      error = errors.internal(errorMessage(error), error)
    }
    if (!(error instanceof ApiError)) return
    const { retryAfterSeconds } = error.status.details ?? {}
    if (retryAfterSeconds !== undefined) this.#headers['retry-after'] = String(retryAfterSeconds)
    // What was not read of the body must not be taken for the next request.
    if (error.code === 413 && this.#request.httpVersionMajor === 1) this.#headers['connection'] = 'close'
    try {
      await this.#send(renderError(error, this.#pretty))
    } catch (failed) {
      this.#door.log.warn('an error could not be answered', { reason: errorMessage(failed) })
    }
  }

  async #send(rendered: Parameters<typeof send>[1]): Promise<void> {
    this.#addWarnings()
    await send(this.#answer, rendered, this.#headers, header(this.#request, 'accept-encoding'))
  }

  #addWarnings(): void {
    if (this.#warnings.length > 0) this.#headers['warning'] = warningHeaders(this.#warnings)
  }
}

function indent(body: Buffer): Buffer {
  return Buffer.from(`${JSON.stringify(toJson(JSON.parse(body.toString())), undefined, 2)}\n`)
}
