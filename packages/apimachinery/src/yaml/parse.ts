import { FAILSAFE_SCHEMA, loadAll, mergeTag, YAMLException } from 'js-yaml'
import type { Schema } from 'js-yaml'
import type { JsonValue } from '../json.ts'
import { parseJson } from '../json/parse.ts'
import { isRawJson } from '../json/raw.ts'
import { binaryTag, boolTag, floatTag, intTag, nullTag, timestampTag } from './scalars.ts'

export interface ParseYamlOptions {
  /** A key that occurs twice in one mapping: an error (default), or the last one wins. */
  readonly duplicates?: 'reject' | 'keepLast'
  /** Deepest nesting. */
  readonly maxDepth?: number
  /** Most values after aliases were put in place; stops alias bombs. */
  readonly maxNodes?: number
}

/** YAML that cannot be read. The message has the form kubectl and the server print. */
export class YamlError extends Error {
  override readonly name = 'YamlError'
  /** 1-based, when known. */
  readonly line: number | undefined
  /** Index of the document in the text, from 0. */
  readonly document: number
  constructor(
    message: string,
    where: { readonly line?: number | undefined; readonly document?: number },
    options?: ErrorOptions,
  ) {
    super(message, options)
    this.line = where.line
    this.document = where.document ?? 0
  }
}

const SCHEMA: Schema = FAILSAFE_SCHEMA.withTags(nullTag, boolTag, intTag, floatTag, binaryTag, timestampTag, mergeTag)
const DEFAULT_MAX_DEPTH = 200
const DEFAULT_MAX_NODES = 1_000_000

/** One document by the rules of sigs.k8s.io/yaml; JSON is read too. An empty text is null. */
export function parseYaml(text: string, options?: ParseYamlOptions): JsonValue {
  if (/^\s*[{[]/.test(text)) {
    try {
      const { value, duplicateFields } = parseJson(text, { duplicates: options?.duplicates !== 'keepLast' })
      if (duplicateFields.length === 0) return value
    } catch {
      // Flow-style YAML begins like JSON; the YAML reader explains what is wrong.
    }
  }
  const documents = read(text, options)
  if (documents.length > 1) {
    throw new YamlError('error converting YAML to JSON: yaml: more than one document', { document: 1 })
  }
  return documents[0] ?? null
}

/** All documents that hold anything, in order. */
export function parseYamlDocuments(text: string, options?: ParseYamlOptions): JsonValue[] {
  return read(text, options).filter((document) => document !== null)
}

function read(text: string, options: ParseYamlOptions | undefined): JsonValue[] {
  let loaded: unknown[]
  try {
    loaded = loadAll(text, {
      schema: SCHEMA,
      json: options?.duplicates === 'keepLast',
      maxDepth: options?.maxDepth ?? DEFAULT_MAX_DEPTH,
    })
  } catch (error) {
    throw explain(error, text)
  }
  const copier = new Copier(options?.maxDepth ?? DEFAULT_MAX_DEPTH, options?.maxNodes ?? DEFAULT_MAX_NODES)
  return loaded.map((document, index) => copier.copy(document, index))
}

function explain(error: unknown, text: string): YamlError {
  if (!(error instanceof YAMLException)) {
    return new YamlError('error converting YAML to JSON: yaml: unreadable', {}, { cause: error })
  }
  const line = error.mark === undefined ? undefined : error.mark.line + 1
  const document = error.mark === undefined ? 0 : documentIndex(text.slice(0, error.mark.position))
  const where = { line, document }
  if (error.reason === 'duplicated mapping key' && error.mark !== undefined) {
    const key = keyAt(text, error.mark.position)
    const message = `error converting YAML to JSON: yaml: unmarshal errors:\n  line ${line}: key ${JSON.stringify(key)} already set in map`
    return new YamlError(message, where)
  }
  const place = line === undefined ? '' : `line ${line}: `
  return new YamlError(`error converting YAML to JSON: yaml: ${place}${error.reason}`, where)
}

function documentIndex(before: string): number {
  const parts = before.split(/^---(?:[ \t]|$)/m)
  // A marker before the first content only opens document 0.
  const preface = /^(?:[ \t]*(?:#.*)?\r?\n|%.*\r?\n)*$/.test(parts[0] ?? '')
  return Math.max(0, parts.length - 1 - (preface ? 1 : 0))
}

function keyAt(text: string, position: number): string {
  const key = /^[^:\n]*/.exec(text.slice(position))?.[0].trim() ?? ''
  return key.replaceAll(/^["']|["']$/g, '')
}

/** Copies what was loaded: aliases become values of their own, as in JSON, within a bound. */
class Copier {
  readonly #maxDepth: number
  #left: number

  constructor(maxDepth: number, maxNodes: number) {
    this.#maxDepth = maxDepth
    this.#left = maxNodes
  }

  copy(value: unknown, document: number, depth = 0): JsonValue {
    if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value
    if (typeof value === 'number') {
      if (Number.isFinite(value)) return value
      const shown = Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
      throw new YamlError(`error converting YAML to JSON: json: unsupported value: ${shown}`, { document })
    }
    if (--this.#left < 0 || depth > this.#maxDepth) {
      throw new YamlError('error converting YAML to JSON: yaml: document contains excessive aliasing', { document })
    }
    if (Array.isArray(value)) return value.map((item) => this.copy(item, document, depth + 1))
    if (isRawJson(value)) return value
    const object: { [key: string]: unknown } = { ...(value as { readonly [key: string]: unknown }) }
    // Own properties already: assigning `__proto__` here stays data.
    for (const key of Object.keys(object)) object[key] = this.copy(object[key], document, depth + 1)
    return object as { [key: string]: JsonValue }
  }
}
