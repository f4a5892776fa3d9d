import type { DeepReadonly, Unstructured, UserInfo } from '@kairship/apimachinery'

export interface AdmissionRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE'
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly subresource?: string
  readonly namespace?: string
  readonly name: string
  readonly user: UserInfo
  readonly dryRun: boolean
  /** Absent on DELETE. Already defaulted; for UPDATE by patch it is the merged object. */
  readonly object?: DeepReadonly<Unstructured>
  /** Absent on CREATE. */
  readonly old?: DeepReadonly<Unstructured>
}

/**
 * An in-process admission webhook. All `mutate` run in order, then the schema validation, then all `validate`.
 * Both refuse by throwing `ApiError`.
 */
export interface AdmissionPlugin {
  readonly name: string
  handles(request: AdmissionRequest): boolean
  /** Returns the changed object, or `undefined` for no change. Never edits its input. */
  mutate?(request: AdmissionRequest): Unstructured | undefined | Promise<Unstructured | undefined>
  validate?(request: AdmissionRequest): void | Promise<void>
}
