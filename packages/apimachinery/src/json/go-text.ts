import type { DeepReadonly, JsonValue } from '../json.ts'
import { isJsonObject } from './plain.ts'

/** A value as Go prints it, for error texts: `map[image:x ports:[80]]`. */
export function goText(value: DeepReadonly<JsonValue>): string {
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`
  if (value === null) return '<nil>'
  if (!isJsonObject(value)) return typeof value === 'string' ? value : JSON.stringify(value)
  const members = Object.keys(value).toSorted()
  return `map[${members.map((name) => `${name}:${goText(value[name] ?? null)}`).join(' ')}]`
}
