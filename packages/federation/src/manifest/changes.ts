import { Labels } from '@kairship/api/karmada'
import { deepEqual } from '@kairship/apimachinery'
import type { Obj } from './prune.ts'

/** What changed in a template: nothing that matters, only what controllers write themselves, or something of the user's. */
export type Change = 'none' | 'system' | 'user'

/** Status, managed fields and versions do not matter (T-06); generation and karmada.io keys are the controllers'. */
export function changeBetween(previous: Obj, current: Obj): Change {
  if (sameContent(previous, current, everyKey)) return 'none'
  return sameContent(previous, current, isUserKey) ? 'system' : 'user'
}

const everyKey = (): boolean => true

/** `karmada.io/managed` has no dot before `karmada`, so it counts as the user's, as upstream. */
function isUserKey(key: string): boolean {
  return !key.includes('.karmada.io') || key === Labels.skipAutoPropagation
}

function sameContent(left: Obj, right: Obj, counts: (key: string) => boolean): boolean {
  for (const field in left) if (isContent(field) && !deepEqual(left[field], right[field])) return false
  for (const field in right)
    if (isContent(field) && left[field] === undefined && right[field] !== undefined) return false
  const [a, b] = [left.metadata, right.metadata]
  return sameKeys(a.labels, b.labels, counts) && sameKeys(a.annotations, b.annotations, counts) && sameMetadata(a, b)
}

function isContent(field: string): boolean {
  return field !== 'status' && field !== 'metadata'
}

function sameMetadata(left: Obj['metadata'], right: Obj['metadata']): boolean {
  return (
    left.deletionTimestamp === right.deletionTimestamp &&
    left.uid === right.uid &&
    deepEqual(left.finalizers, right.finalizers) &&
    deepEqual(left.ownerReferences, right.ownerReferences)
  )
}

type Strings = { readonly [key: string]: string }

function sameKeys(left: Strings = {}, right: Strings = {}, counts: (key: string) => boolean): boolean {
  if (left === right) return true
  if (counts === everyKey) return deepEqual(left, right)
  const only = (map: Strings): Strings => Object.fromEntries(Object.entries(map).filter(([key]) => counts(key)))
  return deepEqual(only(left), only(right))
}
