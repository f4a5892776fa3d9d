import { type DeepReadonly, formatAgeOf, type KubeObject } from '@kairship/apimachinery'
import type { Column, Printer } from '../definition.ts'

export type Cell = string | number | boolean | null

/** A printer of one kind. `cells` gets objects of that kind only: the definition it belongs to guarantees it. */
export function printer<T extends KubeObject>(
  columns: readonly Column[],
  cells: (object: DeepReadonly<T>, now: number) => readonly Cell[],
): Printer {
  const typed: { readonly columns: readonly Column[]; cells(object: DeepReadonly<T>, now: number): readonly Cell[] } = {
    columns,
    cells: (object, now) => cells(object, now),
  }
  return typed
}

export const NAME: Column = { name: 'Name', type: 'string', format: 'name' }
export const AGE: Column = { name: 'Age', type: 'string' }
export function text(name: string): Column {
  return { name, type: 'string' }
}
export function integer(name: string): Column {
  return { name, type: 'integer' }
}
export function wide(name: string): Column {
  return { name, type: 'string', priority: 1 }
}

export function nameOf(object: DeepReadonly<KubeObject>): string {
  return object.metadata.name ?? ''
}
export function age(object: DeepReadonly<KubeObject>, now: number): string {
  return formatAgeOf(object.metadata.creationTimestamp, now)
}

/** `a=1,b=2` sorted by key, `<none>` when empty. */
export function formatLabels(labels: { readonly [key: string]: string } | undefined): string {
  const entries = Object.entries(labels ?? {})
  if (entries.length === 0) return '<none>'
  return entries
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(',')
}

interface Selector {
  readonly matchLabels?: { readonly [key: string]: string }
  readonly matchExpressions?: readonly {
    readonly key: string
    readonly operator: string
    readonly values?: readonly string[]
  }[]
}

/** A LabelSelector as a selector string, sorted by key: `app=web,tier in (a,b),!old`. '' selects everything. */
export function selectorString(selector: Selector | undefined): string {
  const parts: { key: string; text: string }[] = []
  for (const [key, value] of Object.entries(selector?.matchLabels ?? {})) parts.push({ key, text: `${key}=${value}` })
  for (const { key, operator, values = [] } of selector?.matchExpressions ?? []) {
    if (operator === 'Exists') parts.push({ key, text: key })
    else if (operator === 'DoesNotExist') parts.push({ key, text: `!${key}` })
    else parts.push({ key, text: `${key} ${operator.toLowerCase()} (${[...values].sort().join(',')})` })
  }
  return parts
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map((part) => part.text)
    .join(',')
}
/** As `selectorString`; `<none>` when it selects everything or is absent. */
export function formatSelector(selector: Selector | undefined): string {
  return selectorString(selector) || '<none>'
}

/** Names and images of containers, each joined by commas. */
export function containerCells(
  containers: readonly { readonly name: string; readonly image?: string }[] | undefined,
): [string, string] {
  const list = containers ?? []
  return [list.map((container) => container.name).join(','), list.map((container) => container.image ?? '').join(',')]
}

/** `a,b,c + 2 more...` */
export function joinSome(items: readonly string[], max: number, separator = ','): string {
  const shown = items.slice(0, max).join(separator)
  return items.length > max ? `${shown} + ${items.length - max} more...` : shown
}
