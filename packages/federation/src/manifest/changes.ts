import { Labels } from '@kairship/api/karmada'
import { deepEqual } from '@kairship/apimachinery'
import type { Obj } from './prune.ts'

/** What changed in a template: nothing that matters, only what controllers write themselves, or something of the user's. */
export type Change = 'none' | 'system' | 'user'

/** Status, managed fields and versions do not matter (T-06); generation and karmada.io keys are the controllers'. */
export function changeBetween(previous: Obj, current: Obj): Change {
  if (sameContent(previous, current, () => true)) return 'none'
  return sameContent(previous, current, isUserKey) ? 'system' : 'user'
}

/** `karmada.io/managed` has no dot before `karmada`, so it counts as the user's, as upstream. */
function isUserKey(key: string): boolean {
  return !key.includes('.karmada.io') || key === Labels.skipAutoPropagation
}

const volatile = new Set(['managedFields', 'resourceVersion', 'generation'])

function sameContent(left: Obj, right: Obj, counts: (key: string) => boolean): boolean {
  for (const field of new Set([...Object.keys(left), ...Object.keys(right)])) {
    if (field === 'status' || field === 'metadata') continue
    if (!deepEqual(left[field], right[field])) return false
  }
  const [a, b] = [left.metadata, right.metadata]
  if (!sameKeys(a.labels, b.labels, counts) || !sameKeys(a.annotations, b.annotations, counts)) return false
  return deepEqual(others(a), others(b))
}

function others(metadata: Obj['metadata']): object {
  const { labels: _labels, annotations: _annotations, ...rest } = metadata
  return Object.fromEntries(Object.entries(rest).filter(([field]) => !volatile.has(field)))
}

type Strings = { readonly [key: string]: string }

function sameKeys(left: Strings = {}, right: Strings = {}, counts: (key: string) => boolean): boolean {
  if (left === right) return true
  const only = (map: Strings): Strings => Object.fromEntries(Object.entries(map).filter(([key]) => counts(key)))
  return deepEqual(only(left), only(right))
}
