import { load } from 'js-yaml'
import { fail } from './model.ts'

/** What the structured-merge-diff schema says about one field of one type. */
export interface SmdField {
  readonly list?: 'atomic' | 'set' | 'map'
  readonly keys?: readonly string[]
  readonly atomicMap: boolean
}
export interface SmdType {
  readonly atomic: boolean
  readonly fields: ReadonlyMap<string, SmdField>
}

/** Reads the YAML document embedded in client-go's applyconfigurations/internal/internal.go. */
export function parseSmd(goText: string): ReadonlyMap<string, SmdType> {
  const start = goText.indexOf('typed.YAMLObject(`')
  const end = goText.lastIndexOf('`)')
  if (start < 0 || end < 0) fail('internal.go holds no schema')
  const document = record(load(goText.slice(goText.indexOf('`', start) + 1, end)))
  const types = new Map<string, SmdType>()
  for (const entry of list(document['types'])) {
    const type = record(entry)
    const map = type['map'] === undefined ? undefined : record(type['map'])
    const fields = new Map<string, SmdField>()
    for (const item of list(map?.['fields'])) {
      const field = record(item)
      fields.set(String(field['name']), parseField(record(field['type'])))
    }
    types.set(String(type['name']), { atomic: map?.['elementRelationship'] === 'atomic', fields })
  }
  return types
}

function parseField(type: Record<string, unknown>): SmdField {
  const atomicMap = type['map'] !== undefined && record(type['map'])['elementRelationship'] === 'atomic'
  if (type['list'] === undefined) return { atomicMap: atomicMap || type['elementRelationship'] === 'atomic' }
  const list_ = record(type['list'])
  if (list_['elementRelationship'] !== 'associative') return { list: 'atomic', atomicMap }
  const keys = list_['keys']
  return keys === undefined ? { list: 'set', atomicMap } : { list: 'map', keys: list(keys).map(String), atomicMap }
}

function record(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail('unexpected shape in the schema')
  return value as Record<string, unknown>
}
function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
