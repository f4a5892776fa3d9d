import type { DeepReadonly, JsonValue, KubeObject, ResourceRef } from '@kairship/apimachinery'

/**
 * A structural schema: OpenAPI v3 as Kubernetes uses it, with the merge facts beside it. One value feeds validation,
 * defaulting, pruning, OpenAPI, Table, patches and apply, for built-in kinds and CRDs alike. `$ref` names a schema in the
 * same `SchemaSource`.
 */
export type Schema = {
  $ref?: string
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean'
  format?: string
  description?: string
  properties?: { [name: string]: Schema }
  required?: string[]
  items?: Schema
  additionalProperties?: Schema | boolean
  default?: JsonValue
  enum?: JsonValue[]
  nullable?: boolean
  [keyword: string]: unknown
  'x-kubernetes-int-or-string'?: boolean
  'x-kubernetes-preserve-unknown-fields'?: boolean
  'x-kubernetes-embedded-resource'?: boolean
  'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map'
  'x-kubernetes-list-map-keys'?: string[]
  'x-kubernetes-map-type'?: 'atomic' | 'granular'
  'x-kubernetes-patch-strategy'?: string
  'x-kubernetes-patch-merge-key'?: string
}

/** Resolves `$ref`s, e.g. `io.k8s.api.apps.v1.DeploymentSpec`. */
export interface SchemaSource {
  readonly root: Schema
  resolve(ref: string): Schema
}

/** A Table column. `priority` 0 is always shown, 1 only with `-o wide`. */
export interface Column {
  readonly name: string
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  readonly format?: string
  readonly description?: string
  readonly priority?: number
}
/** Renders the cells of one row in column order. `now` is for ages. */
export interface Printer {
  readonly columns: readonly Column[]
  cells(object: DeepReadonly<KubeObject>, now: number): readonly (string | number | boolean | null)[]
}

/** A subresource: `status`, `scale`, `approval`, `token`, `eviction`, `binding`, `finalize` … */
export interface SubresourceDefinition {
  readonly name: string
  /** Kind of the body when it is not the parent's: `{group:'autoscaling',version:'v1',kind:'Scale'}`. */
  readonly kind?: { readonly group: string; readonly version: string; readonly kind: string }
  readonly verbs: readonly string[]
}

/** JSON paths like `.spec.replicas`. */
export interface ScalePaths {
  readonly specReplicasPath: string
  readonly statusReplicasPath: string
  readonly labelSelectorPath?: string
}

/** One resource in one version, built in or from a CRD. Behaviour (strategies) is the API server's, by group and kind. */
export interface ResourceDefinition<T extends KubeObject = KubeObject> extends ResourceRef<T> {
  readonly singular: string
  readonly listKind: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly verbs: readonly string[]
  readonly schema: SchemaSource
  /** Name of the schema in published OpenAPI documents and in `$ref`s; absent for custom resources. */
  readonly schemaName?: string
  readonly printer: Printer
  readonly subresources: readonly SubresourceDefinition[]
  readonly scale?: ScalePaths
  /** metadata.generation is kept (see kubernetes-api reference §5.5). */
  readonly hasGeneration: boolean
  /** All versions of one resource share storage in this version. */
  readonly storageVersion: string
  /** Group of the resource that holds the objects when it is another one's: events.k8s.io events are core events. */
  readonly storageGroup?: string
  /** Extra field selectors besides metadata.name and metadata.namespace, as dotted paths: `spec.nodeName`. */
  readonly fieldSelectors: readonly string[]
  /** Where a field selector's value is found when its name is not the path: `status.successful` → `status.succeeded`. */
  readonly fieldSelectorPaths?: { readonly [selector: string]: string }
  /** POST answers and nothing is stored (reviews). */
  readonly virtual: boolean
  /** PUT/PATCH-apply creates a missing object (Lease, RBAC, Endpoints …). */
  readonly createOnUpdate: boolean
  /** PUT without resourceVersion is allowed. */
  readonly unconditionalUpdate: boolean
  readonly deprecationWarning?: string
}
