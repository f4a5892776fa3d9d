import type { DeepReadonly, Reply, Unstructured } from '@kairship/apimachinery'
import type { PlaneRegistry, RequestContext } from '../strategy.ts'
import type { RuleAuthorizer, TokenAuthority } from '../auth/contracts.ts'
import type { FieldErrors } from './field-errors.ts'

/** What strategies of built-in kinds ask of their plane. Getters may be late: nothing is asked before the first request. */
export interface PlaneServices {
  readonly registry: PlaneRegistry
  readonly authorizer: RuleAuthorizer
  readonly tokens: TokenAuthority
}

export type ObjectView = DeepReadonly<Unstructured>

/** What one built-in kind adds to the general rules. Everything is optional; one value serves all planes. */
export interface KindRules {
  /** Returns what is wrong with the name, or '' when it is right. Default: an RFC 1123 subdomain. */
  readonly name?: (name: string) => readonly string[]
  readonly defaults?: (draft: Unstructured) => void
  readonly prepareForCreate?: (draft: Unstructured, context: RequestContext, plane: PlaneServices) => void
  readonly prepareForUpdate?: (
    draft: Unstructured,
    old: ObjectView,
    context: RequestContext,
    plane: PlaneServices,
  ) => void
  readonly validate?: (object: ObjectView, errors: FieldErrors, context: RequestContext) => void
  /** Rules that objects which are already there need not follow. */
  readonly validateCreate?: (object: ObjectView, errors: FieldErrors, context: RequestContext) => void
  readonly validateUpdate?: (object: ObjectView, old: ObjectView, errors: FieldErrors, context: RequestContext) => void
  readonly warnings?: (object: ObjectView) => readonly string[]
  readonly checkDelete?: (old: ObjectView, plane: PlaneServices) => void
  readonly gracePeriod?: (old: ObjectView, requestedSeconds: number | undefined) => number
  readonly prepareForDelete?: (draft: Unstructured, context: RequestContext) => void
  readonly holdsDeletion?: (object: ObjectView) => boolean
  readonly defaultPropagation?: 'Background' | 'Orphan'
  readonly deleteReturnsObject?: boolean
  readonly review?: (draft: Unstructured, context: RequestContext, plane: PlaneServices) => Promise<Unstructured>
  readonly subresource?: (context: RequestContext, plane: PlaneServices) => Promise<Reply> | undefined
  /** For hooks that keep something per plane (allocated addresses); its hooks replace those above. */
  readonly forPlane?: (plane: PlaneServices) => Pick<KindRules, 'prepareForCreate' | 'prepareForUpdate'>
  readonly convertFrom?: (stored: ObjectView) => Unstructured
}
