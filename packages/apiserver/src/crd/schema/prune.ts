import { deepClone, isRawJson, setOwn } from '@kairship/apimachinery'
import type { Fields } from '../../builtin/fields.ts'
import type { DecodedType } from '../../builtin/decode/scalars.ts'
import { DecodeFailure, joinPath, Walk } from '../../builtin/decode/walk.ts'
import type { SchemaNode } from './node.ts'

const typeFields = new Set(['apiVersion', 'kind', 'metadata'])

/** Copies a value keeping what the schema knows; paths of what it does not know are reported. */
export class Pruner {
  readonly unknown: string[] = []
  readonly #path: (string | number)[] = []
  readonly #metadata: DecodedType | undefined

  /** `metadata`: how the metadata of embedded resources is read; without it, it is copied as it is. */
  constructor(metadata?: DecodedType) {
    this.#metadata = metadata
  }

  /** The root is an embedded resource: apiVersion, kind and metadata are left to the caller. */
  root(value: Fields, node: SchemaNode): Fields {
    return this.#object(value, node, true, false)
  }

  #value(value: unknown, node: SchemaNode | undefined, preserved: boolean): unknown {
    if (typeof value !== 'object' || value === null || isRawJson(value)) return value
    if (Array.isArray(value)) {
      const depth = this.#path.length
      const keep = preserved || node?.preserve === true
      const copied = value.map((item: unknown, index) => {
        this.#path[depth] = index
        return this.#value(item, node?.items, keep)
      })
      this.#path.length = depth
      return copied
    }
    if (node === undefined) {
      if (preserved) return deepClone(value)
      for (const key of Object.keys(value)) this.unknown.push(joinPath([...this.#path, key]))
      return {}
    }
    return this.#object(value, node, node.embedded, preserved)
  }

  #object(value: object, node: SchemaNode, embedded: boolean, preserved: boolean): Fields {
    const out: Fields = {}
    const keep = preserved || node.preserve
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined) continue
      if (embedded && typeFields.has(key)) {
        setOwn(out, key, key === 'metadata' && this.#path.length > 0 ? this.#embeddedMetadata(item) : deepClone(item))
        continue
      }
      const child = node.property(key) ?? node.additional
      if (child !== undefined) {
        // A null that neither may stand nor gives way to a default is as good as absent.
        if (item === null && !child.nullable && (child.schema.default ?? null) === null && !child.intOrString) continue
        this.#path.push(key)
        // What a preserving object says nothing about is kept; what it does describe is pruned again.
        setOwn(out, key, this.#value(item, child, false))
        this.#path.pop()
      } else if (keep || node.open) setOwn(out, key, deepClone(item))
      else this.unknown.push(joinPath([...this.#path, key]))
    }
    return out
  }

  /** Unknown fields are dropped; what is no metadata at all is left to validation. */
  #embeddedMetadata(value: unknown): unknown {
    if (this.#metadata === undefined || value === null || typeof value !== 'object') return deepClone(value)
    const walk = new Walk()
    walk.path.push(...this.#path, 'metadata')
    try {
      const decoded = this.#metadata.decode(value, walk)
      this.unknown.push(...walk.unknown)
      return decoded
    } catch (error) {
      if (error instanceof DecodeFailure) return deepClone(value)
      throw error
    }
  }
}
