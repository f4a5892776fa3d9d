import { type KubeObject, formatAgeOf } from '@kairship/apimachinery'
import type { Column, Printer } from '../definition.ts'
import { AGE, age, type Cell, NAME, nameOf, printer } from './cells.ts'
import { compileJsonPath } from './json-path.ts'

/** An entry of `additionalPrinterColumns` in a CustomResourceDefinition. */
export interface ColumnSpec {
  readonly name: string
  readonly type: string
  readonly format?: string
  readonly description?: string
  readonly priority?: number
  readonly jsonPath: string
}

/** Name and Age. */
export const defaultPrinter: Printer = printer<KubeObject>([NAME, AGE], (object, now) => [
  nameOf(object),
  age(object, now),
])

/**
 * Name, then one cell for each column: its first match, `null` when there is none or it has another type. `date`
 * cells are ages. Throws `JsonPathError` for a path it cannot read. No columns: Name and Age.
 */
export function columnsPrinter(columns: readonly ColumnSpec[]): Printer {
  if (columns.length === 0) return defaultPrinter
  const compiled = columns.map((column) => ({ type: column.type, find: compileJsonPath(column.jsonPath) }))
  return printer<KubeObject>([NAME, ...columns.map(toColumn)], (object, now) => [
    nameOf(object),
    ...compiled.map((column) => cell(column.type, column.find(object)[0], now)),
  ])
}

function toColumn(spec: ColumnSpec): Column {
  const { name, format, description, priority } = spec
  return {
    name,
    type: COLUMN_TYPES.find((known) => known === spec.type) ?? 'string',
    ...(format === undefined ? {} : { format }),
    ...(description === undefined ? {} : { description }),
    ...(priority === undefined ? {} : { priority }),
  }
}
const COLUMN_TYPES = ['string', 'integer', 'number', 'boolean', 'date'] as const

function cell(type: string, value: unknown, now: number): Cell {
  if (value === undefined || value === null) return null
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null
    case 'number':
      return typeof value === 'number' ? value : null
    case 'boolean':
      return typeof value === 'boolean' ? value : null
    case 'date':
      return typeof value === 'string' ? dateCell(value, now) : null
    default:
      return typeof value === 'string' ? value : JSON.stringify(value)
  }
}

function dateCell(value: string, now: number): string {
  const shown = formatAgeOf(value, now)
  return shown === '<unknown>' ? '<invalid>' : shown
}
