import { createHash } from 'node:crypto'
import type { JsonObject } from '@kairship/apimachinery'
import { serverVersion } from '@kairship/api/builtin'
import { aggregatedDiscovery } from '../discovery/aggregated.ts'
import { servedGroups, type ServedGroup } from '../discovery/groups.ts'
import { apiGroup, apiGroupList, apiResourceList, apiVersions } from '../discovery/legacy.ts'
import { negotiate } from '../http/negotiate.ts'
import type { Aggregator } from '../aggregation/aggregator.ts'
import type { OpenApi } from '../openapi/openapi.ts'
import type { Resources } from '../registry/resources.ts'
import { health, type HealthCheck } from './health.ts'

export interface RawRequest {
  /** Without the plane's mount, without the query. */
  readonly path: string
  readonly params: URLSearchParams
  readonly accept: string | undefined
  readonly ifNoneMatch?: string | undefined
  readonly host?: string | undefined
  /** Where the plane is mounted; redirects need it. */
  readonly prefix?: string
}

export interface RawAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: Buffer
  readonly headers: { readonly [name: string]: string }
}

export interface RawPathsOptions {
  readonly resources: Resources
  readonly aggregator: Pick<Aggregator, 'generation' | 'states'>
  readonly openApi: OpenApi
  readonly version: string
  readonly checks: () => readonly HealthCheck[]
  readonly metrics: () => string
  readonly openidConfiguration: () => string
  readonly jwks: () => string
}

/** Everything that is served outside the resource API: discovery, OpenAPI, version, health, keys. */
export class RawPaths {
  readonly #options: RawPathsOptions
  #groups: { readonly generation: number; readonly groups: readonly ServedGroup[] } | undefined
  readonly #documents = new Map<string, { readonly generation: number; readonly body: Buffer; readonly etag: string }>()

  constructor(options: RawPathsOptions) {
    this.#options = options
  }

  /** `undefined` when there is no such path. */
  answer(request: RawRequest): RawAnswer | Promise<RawAnswer> | undefined {
    const { path } = request
    const { openApi, version, checks, metrics, openidConfiguration, jwks } = this.#options
    if (path === '/openapi/v2' || path === '/openapi/v3' || path.startsWith('/openapi/v3/'))
      return openApi.answer(request)
    const parts = path.split('/').filter((part) => part !== '')
    switch (parts[0]) {
      case undefined:
        return json({ paths: this.#paths() })
      case 'api':
      case 'apis':
        return this.#discovery(parts, request)
      case 'version':
        return parts.length === 1 ? json(serverVersion(version)) : undefined
      case 'healthz':
      case 'livez':
      case 'readyz':
        return health(parts, request.params, checks())
      case 'metrics':
        return text(200, metrics(), 'text/plain; version=0.0.4; charset=utf-8')
      case '.well-known':
        return parts[1] === 'openid-configuration' ? raw(openidConfiguration()) : undefined
      case 'openid':
        return path === '/openid/v1/jwks' ? raw(jwks(), 'application/jwk-set+json') : undefined
      default:
        return undefined
    }
  }

  /** Both only grow, and so does their sum. */
  get #generation(): number {
    return this.#options.resources.generation + this.#options.aggregator.generation
  }

  get #served(): readonly ServedGroup[] {
    const generation = this.#generation
    if (this.#groups?.generation !== generation) {
      const { resources, aggregator } = this.#options
      this.#groups = { generation, groups: servedGroups(resources, aggregator.states()) }
    }
    return this.#groups.groups
  }

  #discovery(parts: readonly string[], request: RawRequest): RawAnswer | undefined {
    const core = parts[0] === 'api'
    const { as, version } = negotiate(request.accept, parts.length === 1 ? 'discovery' : 'plain')
    const groups = this.#served
    if (parts.length === 1) {
      if (as === 'discovery') return this.#aggregated(core, version === 'v2' ? 'v2' : 'v2beta1', request)
      return json(core ? apiVersions(groups, request.host ?? '') : apiGroupList(groups))
    }
    const group = groups.find((each) => each.group === (core ? '' : parts[1]))
    const rest = parts.slice(core ? 1 : 2)
    if (group === undefined || rest.length > 1) return undefined
    if (rest.length === 0) return json(apiGroup(group))
    const served = group.versions.find((each) => each.version === rest[0])
    return served === undefined ? undefined : json(apiResourceList(group.group, served))
  }

  #aggregated(core: boolean, version: 'v2' | 'v2beta1', request: RawRequest): RawAnswer {
    const key = `${core ? 'api' : 'apis'} ${version}`
    const generation = this.#generation
    let document = this.#documents.get(key)
    if (document?.generation !== generation) {
      const groups = this.#served.filter(({ group }) => (group === '') === core)
      const body = Buffer.from(JSON.stringify(aggregatedDiscovery(groups, version)))
      document = { generation, body, etag: `"${createHash('sha512').update(body).digest('hex').toUpperCase()}"` }
      this.#documents.set(key, document)
    }
    const contentType = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`
    const headers = { etag: document.etag, vary: 'Accept', 'cache-control': 'public' }
    if (request.ifNoneMatch === document.etag) return { status: 304, contentType, body: Buffer.alloc(0), headers }
    return { status: 200, contentType, body: document.body, headers }
  }

  #paths(): string[] {
    const paths = this.#served.flatMap(({ group, versions }) =>
      group === ''
        ? ['/api', ...versions.map(({ version }) => `/api/${version}`)]
        : [`/apis/${group}`, ...versions.map(({ version }) => `/apis/${group}/${version}`)],
    )
    const others = ['/.well-known/openid-configuration', '/apis', '/healthz', '/livez', '/metrics', '/openapi/v2']
    return [...paths, ...others, '/openapi/v3', '/openid/v1/jwks', '/readyz', '/version'].toSorted()
  }
}

function json(body: JsonObject | object): RawAnswer {
  return raw(JSON.stringify(body))
}
function raw(body: string, contentType = 'application/json'): RawAnswer {
  return { status: 200, contentType, body: Buffer.from(body), headers: {} }
}
function text(status: number, body: string, contentType: string): RawAnswer {
  return { status, contentType, body: Buffer.from(body), headers: {} }
}
