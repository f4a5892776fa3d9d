import { createHash } from 'node:crypto'
import type { JsonObject } from '@kairship/apimachinery'
import type { ResourceDefinition, Schema } from '@kairship/api'
import { encodeOpenApiV2 } from '@kairship/api/protobuf'
import { Components } from './components.ts'
import { type KindSchema, Operations } from './operations.ts'

export interface OpenApiDocument {
  readonly body: Buffer
  /** SHA-512 in upper-case hex: the ETag and the `hash` parameter. */
  readonly hash: string
}

/** The v2 document in JSON and in gnostic's protobuf, which kubectl up to 1.28 wants (trap 4). */
export interface OpenApiV2 {
  readonly json: OpenApiDocument
  readonly protobuf: OpenApiDocument
}

export interface BuiltinSchemaSource {
  readonly schema: (name: string) => Schema | undefined
  readonly kindSchema: KindSchema
}

/**
 * Builds OpenAPI documents and keeps the last one of each group version: planes that serve the same definitions share
 * the bytes.
 */
export class OpenApiDocuments {
  readonly #builtin: BuiltinSchemaSource
  readonly #kept = new Map<
    string,
    { readonly definitions: readonly ResourceDefinition[]; readonly document: OpenApiDocument }
  >()

  #v2: { readonly definitions: readonly ResourceDefinition[]; readonly document: OpenApiV2 } | undefined

  constructor(builtin: BuiltinSchemaSource) {
    this.#builtin = builtin
  }

  /** The v3 document of one group version. */
  v3(title: string, version: string, definitions: readonly ResourceDefinition[]): OpenApiDocument {
    return this.#keep(`v3 ${title} ${version}`, definitions, () => {
      const components = new Components('v3', this.#builtin.schema)
      const operations = new Operations('v3', components, this.#builtin.kindSchema)
      const paths = Object.assign({}, ...definitions.map((definition) => operations.paths(definition)))
      return {
        openapi: '3.0.0',
        info: { title: 'Kubernetes', version: `v${version}.0` },
        paths,
        components: { schemas: components.schemas as JsonObject },
      }
    })
  }

  /** The v2 document of everything. */
  v2(version: string, definitions: readonly ResourceDefinition[]): OpenApiV2 {
    if (this.#v2 !== undefined && same(this.#v2.definitions, definitions)) return this.#v2.document
    const components = new Components('v2', this.#builtin.schema)
    const operations = new Operations('v2', components, this.#builtin.kindSchema)
    const paths = Object.assign({}, ...definitions.map((definition) => operations.paths(definition)))
    const json: JsonObject = {
      swagger: '2.0',
      info: { title: 'Kubernetes', version: `v${version}.0` },
      paths,
      definitions: components.schemas as JsonObject,
    }
    const document = { json: toDocument(json), protobuf: ofBytes(Buffer.from(encodeOpenApiV2(json))) }
    this.#v2 = { definitions, document }
    return document
  }

  #keep(key: string, definitions: readonly ResourceDefinition[], build: () => JsonObject): OpenApiDocument {
    const kept = this.#kept.get(key)
    if (kept !== undefined && same(kept.definitions, definitions)) return kept.document
    const document = toDocument(build())
    this.#kept.set(key, { definitions, document })
    return document
  }
}

function toDocument(json: JsonObject): OpenApiDocument {
  return ofBytes(Buffer.from(JSON.stringify(json)))
}

function ofBytes(body: Buffer): OpenApiDocument {
  return { body, hash: createHash('sha512').update(body).digest('hex').toUpperCase() }
}

function same(a: readonly ResourceDefinition[], b: readonly ResourceDefinition[]): boolean {
  return a.length === b.length && a.every((definition, index) => definition === b[index])
}
