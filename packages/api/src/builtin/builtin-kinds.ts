import type { ResourceDefinition } from '../definition.ts'
import { define, GROUPS } from './kinds/define.ts'
import { parseTypeFacts, type TypeFacts } from './schema/facts.ts'
import { BuiltinSchemas } from './schema/schemas.ts'

/** Everything known about built-in kinds. Create once per process and share: it caches what it builds. */
export interface BuiltinKinds {
  /** Newest Kubernetes, in discovery order; older ones serve a part, see `servedIn`. */
  readonly definitions: readonly ResourceDefinition[]
  readonly schemas: BuiltinSchemas
  readonly facts: TypeFacts
  /** OpenAPI name of a kind, also of those without a resource of their own (Scale, Eviction, DeleteOptions …). */
  schemaName(group: string, version: string, kind: string): string | undefined
}

export function builtinKinds(): BuiltinKinds {
  const facts = parseTypeFacts()
  const schemas = new BuiltinSchemas(facts)
  const definitions = GROUPS.flatMap((group) => group.kinds.map((row) => define(schemas, group, row)))
  return { definitions, schemas, facts, schemaName: (...gvk) => schemaName(facts, ...gvk) }
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1'

function schemaName(facts: TypeFacts, group: string, version: string, kind: string): string | undefined {
  const prefix = GROUPS.find((entry) => entry.group === group && entry.version === version)?.types
  const own = prefix === undefined ? undefined : `${prefix}.${kind}`
  if (own !== undefined && own in facts) return own
  // Options and Status may be sent under any group's version.
  const meta = `${META}.${kind}`
  return meta in facts ? meta : undefined
}

/** The definitions alone, with schemas of their own. */
export function builtinDefinitions(): readonly ResourceDefinition[] {
  return builtinKinds().definitions
}
