import { type DeepReadonly, goText, isReason, type JsonValue, type Operation } from '@kairship/apimachinery'
import { invalidObject } from '../builtin/index.ts'

/** What decoding finds wrong in a patched object is told as a fault of the patch: 422, as upstream does. */
export function patchFault(error: unknown, { patchType, body }: Operation, patched: unknown): unknown {
  if (!isReason(error, 'BadRequest')) return error
  const found = / cannot be handled as a \S+: (.*)$/s.exec(error.message)?.[1]
  if (found === undefined) return error
  const strategic = patchType === 'strategic'
  const value = strategic ? goText(body as DeepReadonly<JsonValue>) : JSON.stringify(patched)
  const detail = strategic ? conversionText(found) : found
  return invalidObject('', '', '', [{ type: 'Invalid', field: 'patch', value, detail }])
}

const goKinds: { readonly [json: string]: string } = { array: 'slice', object: 'map' }

/**
 * Strategic merge patches are not decoded from JSON but converted from Go values, which words wrong types in its own way.
 */
function conversionText(detail: string): string {
  const match = /^json: cannot unmarshal (\w+)( [\d.eE+-]+)? into Go .* of type (.+)$/s.exec(detail)
  if (match === null) return detail
  const [, json = '', number = '', target = ''] = match
  const from = json === 'number' ? (number.includes('.') ? 'float64' : 'int64') : (goKinds[json] ?? json)
  if (target.startsWith('[]')) return `cannot restore slice from ${from}`
  if (target.startsWith('map[')) return `cannot restore map from ${from}`
  if (target.includes('.')) return `cannot restore struct from: ${from}`
  const convertible = json === 'number' && (target === 'string' || from === 'float64')
  return convertible ? `cannot convert ${from} to ${target}` : `unrecognized type: ${target}`
}
