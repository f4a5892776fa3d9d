import { formatYaml } from '@kairship/apimachinery/yaml'
import type { Invocation } from '../command.ts'
import { type Cell, renderTable } from './table.ts'

/** Prints for people or programs, as `-o` says. `value` is what programs get. */
export function print(
  { options, terminal }: Invocation,
  value: unknown,
  table: () => {
    readonly headers: readonly string[]
    readonly rows: readonly (readonly Cell[])[]
    readonly empty: string
  },
): void {
  const format = options.text('output') ?? 'table'
  if (format === 'json') return terminal.out(`${JSON.stringify(presentable(value), null, 2)}\n`)
  if (format === 'yaml') return terminal.out(formatYaml(presentable(value)))
  const { headers, rows, empty } = table()
  if (rows.length === 0) terminal.err(`${empty}\n`)
  else terminal.out(renderTable(headers, rows))
}

/** Lists for programs have the shape of a Kubernetes list. */
export function listOf(items: readonly unknown[]): unknown {
  return { apiVersion: 'v1', kind: 'List', items }
}

/** As kubectl prints objects: keys in order, without the bookkeeping of who wrote which field. */
function presentable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(presentable)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([key]) => key !== 'managedFields')
  return Object.fromEntries(
    entries
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, entry]): [string, unknown] => [key, presentable(entry)]),
  )
}
