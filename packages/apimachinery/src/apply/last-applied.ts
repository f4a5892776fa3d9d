import type { DeepReadonly, JsonObject } from '../json.ts'
import { parseJson, stringifyJson } from '../json/parse.ts'
import { getString, withPath } from '../json/path.ts'
import { isPlainObject } from '../json/plain.ts'
import type { Shape } from '../shape/shape.ts'
import type { FieldSet } from './field-set.ts'
import { emptyFieldSet, subtractFieldSets } from './field-set.ts'
import { toFieldSet } from './to-field-set.ts'
import { compareTracked } from './tracked.ts'

type Members = DeepReadonly<JsonObject>

// Users of `kubectl apply` who go over to `kubectl apply --server-side` own what client-side apply recorded for them.

/** The field manager for which the annotation counts. */
export const KUBECTL = 'kubectl'
const LAST_APPLIED = ['metadata', 'annotations', 'kubectl.kubernetes.io/last-applied-configuration'] as const
/** All annotations together may not be larger. */
const MAX_ANNOTATION = 256 * 1024

/** The fields that client-side apply set and that still have the value it gave them. */
export function lastAppliedFields(live: Members, shape: Shape): FieldSet {
  const text = getString(live, LAST_APPLIED)
  if (text === undefined) return emptyFieldSet
  try {
    const { value } = parseJson(text)
    if (!isPlainObject(value)) return emptyFieldSet
    const diff = compareTracked(live, value, shape, 'all')
    const fields = toFieldSet(value, shape)
    return diff?.changed === undefined ? fields : subtractFieldSets(fields, diff.changed)
  } catch {
    return emptyFieldSet
  }
}

/** Keeps the annotation in step, so that going back to client-side apply works. */
export function syncLastApplied(object: Members, config: Members): Members {
  if (getString(object, LAST_APPLIED) === undefined) return object
  const text = `${stringifyJson(withPath(config, LAST_APPLIED, undefined))}\n`
  return withPath(object, LAST_APPLIED, text.length > MAX_ANNOTATION ? undefined : text)
}
