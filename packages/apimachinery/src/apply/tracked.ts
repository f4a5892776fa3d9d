import type { DeepReadonly, JsonObject } from '../json.ts'
import { isPlainObject } from '../json/plain.ts'
import type { Shape } from '../shape/shape.ts'
import { anyShape } from '../shape/shape.ts'
import type { FieldDiff } from './compare.ts'
import { compareObjects, compareValues } from './compare.ts'
import type { FieldSet } from './field-set.ts'
import { isEmptyFieldSet } from './field-set.ts'

type Members = DeepReadonly<JsonObject>

/** System fields: nobody ever owns them. */
const UNTRACKED_METADATA: ReadonlySet<string> = new Set([
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'clusterName',
  'generation',
  'managedFields',
  'resourceVersion',
])
const UNTRACKED: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata'])
const UNTRACKED_WITH_STATUS: ReadonlySet<string> = new Set([...UNTRACKED, 'status'])

/**
 * Which part of an object a request can own: `all`, `main` (everything but a status that has its own subresource) or only
 * `status`.
 */
export type TrackedPart = 'all' | 'main' | 'status'

export function trackedPart(subresource: string, separateStatus: boolean): TrackedPart {
  if (subresource === 'status') return 'status'
  return separateStatus && subresource === '' ? 'main' : 'all'
}

/** What changed between two objects, as far as it can be owned. */
export function compareTracked(
  old: Members | undefined,
  next: Members,
  shape: Shape,
  part: TrackedPart,
): FieldDiff | undefined {
  const before = old ?? {}
  if (part === 'status') {
    const status = shape.member('status') ?? anyShape
    return below('status', compareValues(before['status'], next['status'], status, shape.implies('status')))
  }
  const rest = compareObjects(before, next, shape, part === 'main' ? UNTRACKED_WITH_STATUS : UNTRACKED)
  const oldMeta = before['metadata']
  const newMeta = next['metadata']
  if (oldMeta === newMeta) return rest
  const metadata = compareObjects(
    isPlainObject(oldMeta) ? oldMeta : {},
    isPlainObject(newMeta) ? newMeta : {},
    shape.member('metadata') ?? anyShape,
    UNTRACKED_METADATA,
  )
  if (metadata === undefined) return rest
  const { changed, removed } = below('metadata', metadata) ?? metadata
  return {
    changed: changed === undefined ? rest?.changed : { ...changed, ...rest?.changed },
    removed: removed === undefined ? rest?.removed : { ...removed, ...rest?.removed },
  }
}

function below(field: string, diff: FieldDiff | undefined): FieldDiff | undefined {
  if (diff === undefined) return undefined
  return {
    changed: diff.changed === undefined ? undefined : { [`f:${field}`]: diff.changed },
    removed: diff.removed === undefined ? undefined : { [`f:${field}`]: diff.removed },
  }
}

/** A set without the paths that cannot be owned. */
export function onlyTracked(set: FieldSet, part: TrackedPart): FieldSet {
  if (part === 'status') {
    const status = set['f:status']
    return status === undefined ? {} : { 'f:status': status }
  }
  const { 'f:apiVersion': _apiVersion, 'f:kind': _kind, 'f:metadata': metadata, ...others } = set
  const rest: { [element: string]: FieldSet } = others
  if (part === 'main') delete rest['f:status']
  if (metadata === undefined) return rest
  const kept: { [element: string]: FieldSet } = { ...metadata }
  delete kept['.']
  for (const name of UNTRACKED_METADATA) delete kept[`f:${name}`]
  return isEmptyFieldSet(kept) ? rest : { 'f:metadata': kept, ...rest }
}
