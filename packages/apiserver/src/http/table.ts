import type { JsonObject } from '@kairship/apimachinery'
import type { Column, ResourceDefinition } from '@kairship/api'
import type { View } from '../cache/item.ts'
import { partialObject } from './partial.ts'

export interface TableOptions {
  readonly includeObject: 'None' | 'Metadata' | 'Object'
  /** For ages. */
  readonly now: () => number
  readonly tableVersion: string
  /** Only the first event of a watch carries the columns. */
  readonly withoutColumns?: boolean
}

/** What `kubectl get` prints: the server decides on columns and cells. */
export function toTable(
  { printer }: ResourceDefinition,
  views: readonly View[],
  metadata: JsonObject,
  options: TableOptions,
): JsonObject {
  const { tableVersion, withoutColumns } = options
  const now = options.now()
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${tableVersion}`,
    metadata,
    columnDefinitions: withoutColumns === true ? [] : printer.columns.map(column),
    rows: views.map((view) => ({ cells: [...printer.cells(view.object, now)], object: rowObject(view, options) })),
  }
}

function column({ name, type, format, description, priority }: Column): JsonObject {
  return {
    name,
    // Dates are computed here: cells are texts.
    type: type === 'date' ? 'string' : type,
    format: format ?? (name === 'Name' ? 'name' : ''),
    description: description ?? '',
    priority: priority ?? 0,
  }
}

function rowObject(view: View, { includeObject }: TableOptions): JsonObject | null {
  if (includeObject === 'None') return null
  return includeObject === 'Object' ? (view.body as JsonObject) : partialObject(view, 'v1')
}
