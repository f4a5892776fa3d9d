/** Facts about one field, as they are written to the data file. See README.md for the meaning of the keys. */
export type FieldFact = {
  /** Type expression: see README.md. */
  t: string
  /** Protobuf field number. */
  p?: number
  /** Required by the published schema. */
  r?: 1
  /** The zero value is left out of JSON. */
  z?: 1
  l?: 'atomic' | 'set' | 'map'
  k?: string[]
  /** Map or struct treated as one value by apply. */
  a?: 1
  s?: string
  m?: string
  d?: unknown
  e?: string[]
}

export type TypeFact = {
  /** Struct treated as one value by apply. */
  a?: 1
  /** Embedded structs: their fields are this type's fields in JSON, a message of their own in protobuf. */
  inline?: { t: string; p?: number }[]
  fields: { [jsonName: string]: FieldFact }
}

/** OpenAPI name → facts. */
export type TypeFacts = Map<string, TypeFact>

/** A Go package we read, and the prefix of its OpenAPI names. */
export interface GoPackage {
  /** Import path: `k8s.io/api/core/v1`. */
  readonly path: string
  /** `io.k8s.api.core.v1`. */
  readonly prefix: string
}

export function fail(message: string): never {
  throw new Error(`gen-api: ${message}`)
}
