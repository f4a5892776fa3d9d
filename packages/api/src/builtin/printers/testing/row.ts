import { builtinKinds } from '../../builtin-kinds.ts'

export const now: number = Date.parse('2026-01-01T12:00:00Z')
export const hourAgo = '2026-01-01T11:00:00Z'
const { definitions } = builtinKinds()

/** The row of an object, cells by column name; without Name and Age when they are as usual. */
export function row(resource: string, object: object, group?: string): { [column: string]: unknown } {
  const definition = definitions.find(
    (entry) => entry.resource === resource && (group === undefined || entry.group === group),
  )
  if (definition === undefined) throw new Error(`no ${resource}`)
  const whole = { metadata: { name: 'x', creationTimestamp: hourAgo }, ...object }
  const cells = definition.printer.cells(whole, now)
  const named = Object.fromEntries(definition.printer.columns.map((column, index) => [column.name, cells[index]]))
  if (named['Name'] === 'x') delete named['Name']
  if (named['Age'] === '60m') delete named['Age']
  return named
}
