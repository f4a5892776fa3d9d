import { accepts } from '../http/negotiate.ts'
import { type ServedVersion, servedGroups } from '../discovery/groups.ts'
import type { RawAnswer, RawRequest } from '../paths/raw-paths.ts'
import type { Resources } from '../registry/resources.ts'
import type { OpenApiDocument, OpenApiDocuments, OpenApiV2 } from './documents.ts'

const askedV2 = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'
const answeredV2 = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'
const forever = 'public, immutable'

/** `/openapi/v2` and `/openapi/v3` of one plane, built when somebody asks and again when the resources have changed. */
export class OpenApi {
  readonly #resources: Resources
  readonly #documents: OpenApiDocuments
  readonly #version: string
  #v3: { readonly generation: number; readonly paths: ReadonlyMap<string, OpenApiDocument> } | undefined
  #v2: ({ readonly generation: number } & OpenApiV2) | undefined

  constructor(resources: Resources, documents: OpenApiDocuments, version: string) {
    this.#resources = resources
    this.#documents = documents
    this.#version = version
  }

  answer(request: RawRequest): RawAnswer | undefined {
    const { path } = request
    if (path === '/openapi/v2') return this.#answerV2(request)
    if (path === '/openapi/v3') return this.#index()
    return this.#groupVersion(path.slice('/openapi/v3/'.length), request)
  }

  #paths(): ReadonlyMap<string, OpenApiDocument> {
    const { generation } = this.#resources
    if (this.#v3?.generation === generation) return this.#v3.paths
    const paths = new Map<string, OpenApiDocument>()
    for (const { group, versions } of servedGroups(this.#resources)) {
      for (const served of versions) paths.set(pathOf(group, served), this.#build(group, served))
    }
    this.#v3 = { generation, paths }
    return paths
  }

  #build(group: string, { version, definitions }: ServedVersion): OpenApiDocument {
    return this.#documents.v3(pathOf(group, { version, definitions }), this.#version, definitions)
  }

  #index(): RawAnswer {
    const entries = [...this.#paths()].map(([path, { hash }]) => [
      path,
      { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` },
    ])
    const body = Buffer.from(JSON.stringify({ paths: Object.fromEntries(entries) }))
    return { status: 200, contentType: 'text/plain; charset=utf-8', body, headers: { vary: 'Accept' } }
  }

  #groupVersion(path: string, { params, ifNoneMatch, prefix = '' }: RawRequest): RawAnswer | undefined {
    const document = this.#paths().get(path)
    if (document === undefined) return undefined
    const { hash, body } = document
    const asked = params.get('hash')
    const headers = { etag: `"${hash}"`, vary: 'Accept' }
    const contentType = 'application/json'
    if (asked !== null && asked !== hash) {
      const location = `${prefix}/openapi/v3/${path}?hash=${hash}`
      return { status: 301, contentType, body: Buffer.alloc(0), headers: { ...headers, location } }
    }
    const cached = asked === null ? headers : { ...headers, 'cache-control': forever, expires: farAway }
    if (ifNoneMatch === headers.etag) return { status: 304, contentType, body: Buffer.alloc(0), headers: cached }
    return { status: 200, contentType, body, headers: cached }
  }

  #answerV2({ accept, ifNoneMatch }: RawRequest): RawAnswer {
    const { generation } = this.#resources
    if (this.#v2?.generation !== generation) {
      const definitions = [...this.#resources].map(({ definition }) => definition)
      this.#v2 = { generation, ...this.#documents.v2(this.#version, definitions) }
    }
    const wantsProtobuf = accepts(accept, askedV2) && !accepts(accept, 'application/json')
    const { body, hash } = wantsProtobuf ? this.#v2.protobuf : this.#v2.json
    const contentType = wantsProtobuf ? answeredV2 : 'application/json'
    const headers = { etag: `"${hash}"`, vary: 'Accept' }
    if (ifNoneMatch === headers.etag) return { status: 304, contentType, body: Buffer.alloc(0), headers }
    return { status: 200, contentType, body, headers }
  }
}

const farAway = 'Fri, 31 Dec 2100 23:59:59 GMT'

function pathOf(group: string, { version }: ServedVersion): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`
}
