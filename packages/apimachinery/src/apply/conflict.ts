import type { ApiError } from '../status.ts'
import { failure } from '../status.ts'
import type { OwnerEntry } from './entries.ts'
import type { FieldSet } from './field-set.ts'
import { fieldPaths, intersectFieldSets, isEmptyFieldSet } from './field-set.ts'
import { formatFieldPath } from './path-element.ts'

/** Fields of another owner that an apply would change. */
export interface Conflict {
  readonly owner: OwnerEntry
  readonly fields: FieldSet
}

export function findConflicts(others: readonly OwnerEntry[], changed: FieldSet | undefined): Conflict[] {
  if (changed === undefined) return []
  return others.flatMap((owner) => {
    const fields = intersectFieldSets(owner.fields, changed)
    return isEmptyFieldSet(fields) ? [] : [{ owner, fields }]
  })
}

/** 409 with one cause for each field, in upstream's words. */
export function conflictFailure(conflicts: readonly Conflict[]): ApiError {
  const lines = conflicts
    .map(({ owner, fields }) => ({ owner: describe(owner), paths: [...fieldPaths(fields)].map(formatFieldPath) }))
    .toSorted((a, b) => (a.owner < b.owner ? -1 : a.owner > b.owner ? 1 : 0))
  const count = lines.reduce((sum, { paths }) => sum + paths.length, 0)
  const causes = lines.flatMap(({ owner, paths }) =>
    paths.map((field) => ({ reason: 'FieldManagerConflict', message: `conflict with ${owner}`, field })),
  )
  const [only] = lines
  const text =
    count === 1 && only !== undefined
      ? `Apply failed with 1 conflict: conflict with ${only.owner}: ${only.paths[0] ?? ''}`
      : `Apply failed with ${count} conflicts: ${lines
          .map(({ owner, paths }) => [`conflicts with ${owner}:`, ...paths.map((path) => `- ${path}`)].join('\n'))
          .join('\n')}`
  return failure(409, 'Conflict', text, { causes })
}

function describe({ manager, operation, apiVersion, subresource }: OwnerEntry): string {
  const part = subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`
  const version = operation === 'Update' ? ` using ${apiVersion}` : ''
  return JSON.stringify(manager) + part + version
}
