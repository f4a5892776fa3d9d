import type { DeepReadonly, JsonValue, Operation, Reply, Unstructured, UserInfo } from '@kairship/apimachinery'
import type { ResourceDefinition } from '@kairship/api'
import type { Clock, Logger, Random } from '@kairship/runtime'

/** One validation failure; rendered as upstream's field.Error into `Status.details.causes` and the message. */
export interface FieldError {
  readonly type:
    | 'NotFound'
    | 'Required'
    | 'Duplicate'
    | 'Invalid'
    | 'NotSupported'
    | 'Forbidden'
    | 'TooLong'
    | 'TooMany'
    | 'TypeInvalid'
    | 'InternalError'
  /** `spec.template.spec.containers[0].name`, `metadata.labels[key]`. */
  readonly field: string
  readonly value?: unknown
  /** The message goes without the value: `Invalid value: n too big`. */
  readonly omitValue?: boolean
  readonly detail: string
}

export interface RequestContext {
  readonly user: UserInfo
  readonly operation: Operation
  readonly now: number
  readonly log: Logger
  /** Told to the client beside the answer; absent where nobody reads them. */
  readonly warnings?: string[]
}

export interface DecodeOptions {
  readonly fieldValidation: 'Strict' | 'Warn' | 'Ignore'
  readonly duplicateFields: readonly string[]
  /**
   * The stored object, when this strategy has written it: parts of the body that are its own (`===`) are finished, and
   * taken over frozen as they are.
   */
  readonly known?: DeepReadonly<Unstructured> | undefined
}

/**
 * What one resource does to objects on their way in, in call order: decode → default → prepare → validate.
 * All hooks are synchronous. Drafts may be edited, except parts that came frozen from the stored object: those are decoded,
 * defaulted and valid already; whoever wants another value replaces them. `old` is frozen.
 */
export interface Strategy {
  /**
   * Body → fresh draft of this version: types checked, unknown fields dropped (reported by `fieldValidation`).
   * Throws 400 `ApiError` with upstream's text.
   */
  decode(body: DeepReadonly<JsonValue>, options: DecodeOptions): { object: Unstructured; warnings: string[] }
  /** Idempotent. Also run after patches, and on objects read from the store when a CRD has defaults. */
  readonly default?: ((draft: Unstructured) => void) | undefined
  prepareForCreate?(draft: Unstructured, context: RequestContext): void
  prepareForUpdate?(draft: Unstructured, old: DeepReadonly<Unstructured>, context: RequestContext): void
  validate?(object: DeepReadonly<Unstructured>, context: RequestContext): readonly FieldError[]
  validateUpdate?(
    object: DeepReadonly<Unstructured>,
    old: DeepReadonly<Unstructured>,
    context: RequestContext,
  ): readonly FieldError[]
  /** Told to the client with a success. `old` is absent on create. */
  warnings?(
    object: DeepReadonly<Unstructured>,
    context: RequestContext,
    old?: DeepReadonly<Unstructured>,
  ): readonly string[]
  /** Throws when the object may not be deleted (namespace `default` …). */
  checkDelete?(old: DeepReadonly<Unstructured>, context: RequestContext): void
  /**
   * Deletion, in the server's order: `checkDelete`; grace = `gracePeriod` (else 0); the propagation policy's finalizer is
   * added; with no finalizers, grace 0 and not `holdsDeletion` the object is removed at once. Otherwise it is stored with
   * deletionTimestamp = now + grace, deletionGracePeriodSeconds and `prepareForDelete` applied. Every later update of a
   * terminating object removes it when finalizers are empty, its deletionGracePeriodSeconds is 0 and not `holdsDeletion`.
   */
  gracePeriod?(old: DeepReadonly<Unstructured>, requestedSeconds: number | undefined): number
  prepareForDelete?(draft: Unstructured, context: RequestContext): void
  /** True while a terminating object must stay although `metadata.finalizers` is empty (a namespace's spec.finalizers). */
  holdsDeletion?(object: DeepReadonly<Unstructured>): boolean
  /** Used when the caller names no propagation policy; `Background` when absent. Only batch/v1 Job differs. */
  readonly defaultPropagation?: 'Background' | 'Orphan'
  /** An immediate DELETE answers the deleted object instead of a Status (pods, services, namespaces …). */
  readonly deleteReturnsObject?: boolean
  /** Answers POST of a virtual resource (reviews) with the object to return. */
  review?(draft: Unstructured, context: RequestContext): Promise<Unstructured>
  /**
   * Verbs on subresources other than status and scale (`token`, `eviction`, `binding` …). `undefined` = the generic way: GET
   * answers the parent; PUT/PATCH update it with the body being the parent's kind, and `prepareForUpdate` (which sees
   * `context.operation.subresource`) keeps everything this subresource may not change (`approval`, `finalize` …).
   */
  subresource?(context: RequestContext, registry: PlaneRegistry): Promise<Reply> | undefined
  /**
   * Like `convertFrom`, for many and by asking somebody (a conversion webhook). Where it is present, objects of other
   * versions are converted before they are looked at, and `convertFrom` is not called.
   */
  convertAll?: ((objects: readonly DeepReadonly<Unstructured>[]) => Promise<readonly Unstructured[]>) | undefined
  /** Rewrites a stored object of another version of this resource into this version; absent when only one exists. */
  convertFrom?(stored: DeepReadonly<Unstructured>): Unstructured
}

export interface InstalledResource {
  readonly definition: ResourceDefinition
  readonly strategy: Strategy
}

export type RegistryEvent =
  | {
      readonly type: 'put'
      readonly object: DeepReadonly<Unstructured>
      readonly previous: DeepReadonly<Unstructured> | undefined
    }
  | { readonly type: 'delete'; readonly object: DeepReadonly<Unstructured> }

/**
 * A plane's resources and their cached objects, for the parts of the server that live inside it (CRDs, namespaces,
 * garbage collection, authorization). Objects are frozen and in storage version.
 */
export interface PlaneRegistry {
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  resources(): Iterable<InstalledResource>
  resolve(group: string, version: string, resource: string): InstalledResource | undefined
  /** Discovery, OpenAPI and routing follow at once. Disposing uninstalls; stored objects stay in the store. */
  install(resource: InstalledResource): Disposable
  list(group: string, resource: string, namespace?: string): Iterable<DeepReadonly<Unstructured>>
  get(group: string, resource: string, namespace: string, name: string): DeepReadonly<Unstructured> | undefined
  /** Called synchronously, in revision order, after the write is durable. Existing objects come first as `put`. */
  subscribe(group: string, resource: string, listener: (event: RegistryEvent) => void): Disposable
  /** Every change of every resource. */
  subscribeAll(listener: (resource: { group: string; resource: string }, event: RegistryEvent) => void): Disposable
  /** Runs an operation through the whole pipeline as the plane's own system user. Errors are Replies. */
  request(operation: Operation): Promise<Reply>
}

/** Decides whether `user` may do this. Non-resource paths come as `path`. */
export interface Authorizer {
  authorize(attributes: AuthorizationAttributes): { readonly allowed: boolean; readonly reason: string }
}
export type AuthorizationAttributes =
  | {
      readonly user: UserInfo
      readonly verb: string
      readonly group: string
      readonly version: string
      readonly resource: string
      readonly subresource: string
      readonly namespace: string
      readonly name: string
    }
  | { readonly user: UserInfo; readonly verb: string; readonly path: string }
