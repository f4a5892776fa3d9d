import data from '../generated/types.json' with { type: 'json' }

/** Facts about one field; the keys are explained in tools/gen-api/README.md. */
export interface FieldFact {
  readonly t: string
  readonly p?: number
  readonly r?: 1
  readonly z?: 1
  readonly l?: 'atomic' | 'set' | 'map'
  readonly k?: readonly string[]
  readonly a?: 1
  readonly s?: string
  readonly m?: string
  readonly d?: string | number | boolean | object
  readonly e?: readonly string[]
}
export interface TypeFact {
  readonly a?: 1
  readonly inline?: readonly { readonly t: string; readonly p?: number }[]
  readonly fields: { readonly [jsonName: string]: FieldFact }
}
/** OpenAPI name (`io.k8s.api.apps.v1.Deployment`) → facts. */
export type TypeFacts = { readonly [openApiName: string]: TypeFact }

/** The generated facts. The module system parses the file once per process; nobody may change the result. */
export function parseTypeFacts(): TypeFacts {
  return data.types as unknown as TypeFacts
}

/** Debian package → version that the facts were read from. */
export function factSources(): { readonly [debianPackage: string]: string } {
  return data.sources
}
