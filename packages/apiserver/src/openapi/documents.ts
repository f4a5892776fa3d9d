import { createHash } from 'node:crypto'
import type { JsonObject } from '@kairship/apimachinery'
import type { ResourceDefinition, Schema } from '@kairship/api'
import { Components } from './components.ts'
import { type KindSchema, Operations } from './operations.ts'

export interface OpenApiDocument {
  readonly body: Buffer
  /** SHA-512 in upper-case hex: the ETag and the `hash` parameter. */
  readonly hash: string
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
  readonly #kept = new Map<string, { readonly definitions: readonly ResourceDefinition[]; readonly document: OpenApiDocument }>()

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
  v2(version: string, definitions: readonly ResourceDefinition[]): { readonly document: OpenApiDocument; readonly json: JsonObject } {
    const components = new Components('v2', this.#builtin.schema)
    const operations = new Operations('v2', components, this.#builtin.kindSchema)
    const paths = Object.assign({}, ...definitions.map((definition) => operations.paths(definition)))
    const json: JsonObject = {
      swagger: '2.0',
      info: { title: 'Kubernetes', version: `v${version}.0` },
      paths,
      definitions: components.schemas as JsonObject,
    }
    return { json, document: toDocument(json) }
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
  const body = Buffer.from(JSON.stringify(json))
  return { body, hash: hashOf(body) }
}

export function hashOf(body: Uint8Array): string {
  return createHash('sha512').update(body).digest('hex').toUpperCase()
}

function same(a: readonly ResourceDefinition[], b: readonly ResourceDefinition[]): boolean {
  return a.length === b.length && a.every((definition, index) => definition === b[index])
}
