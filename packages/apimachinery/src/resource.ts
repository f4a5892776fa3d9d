import type { KubeObject } from './object.ts'

declare const objectType: unique symbol

/**
 * A typed token for one resource in one version: group, version and plural at run time, the object's type at compile
 * time. Replaces generated clientsets. Create with `resource<Deployment>({...})`.
 */
export interface ResourceRef<T extends KubeObject = KubeObject> {
  /** '' for the core group. */
  readonly group: string
  readonly version: string
  /** Plural, as in URLs: `deployments`. */
  readonly resource: string
  readonly kind: string
  readonly namespaced: boolean
  readonly [objectType]?: T
}

export function resourceRef<T extends KubeObject>(ref: Omit<ResourceRef<T>, typeof objectType>): ResourceRef<T> {
  return ref
}
