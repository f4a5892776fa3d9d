import { canonicalQuantity, isQuantity, deepClone, isRawJson } from '@kairship/apimachinery'
import { DecodeFailure } from './walk.ts'
import type { Walk } from './walk.ts'

/** Turns one body value into the draft's; throws `DecodeFailure`. Never sees null. */
export type Decoder = (value: unknown, walk: Walk) => unknown

/** A decoder with what its container needs to know. */
export interface DecodedType {
  readonly decode: Decoder
  /** As Go names it in errors: `int32`, `v1.Container`, `[]v1.Container`. */
  readonly goType: string
  /** What JSON null becomes as an item of a list or map. */
  readonly zero: () => unknown
  /** Empty lists and maps are dropped from objects. */
  readonly collection: boolean
}

export function scalar(goType: string, zero: unknown, decode: Decoder): DecodedType {
  return { decode, goType, zero: () => zero, collection: false }
}

export const stringType: DecodedType = scalar('string', '', (value, walk) =>
  typeof value === 'string' ? value : walk.mismatch(value, 'string'),
)
export const booleanType: DecodedType = scalar('bool', false, (value, walk) =>
  typeof value === 'boolean' ? value : walk.mismatch(value, 'bool'),
)
export const numberType: DecodedType = scalar('float64', 0, (value, walk) =>
  typeof value === 'number' || isRawJson(value) ? value : walk.mismatch(value, 'float64'),
)
export const int64Type: DecodedType = scalar('int64', 0, (value, walk) => {
  if (typeof value === 'number' && Number.isInteger(value)) return value
  if (isRawJson(value)) return value
  return walk.mismatch(value, 'int64')
})
export const int32Type: DecodedType = scalar('int32', 0, (value, walk) =>
  typeof value === 'number' && (value | 0) === value ? value : walk.mismatch(value, 'int32'),
)
export const intOrStringType: DecodedType = scalar('intstr.IntOrString', 0, (value, walk) => {
  if (typeof value === 'string') return value
  if (typeof value === 'number' && (value | 0) === value) return value
  return walk.mismatch(value, 'int32')
})

export const quantityType: DecodedType = scalar('resource.Quantity', '0', (value) => {
  if (typeof value === 'string' && simpleQuantity.test(value)) return value
  if (!isQuantity(value)) throw new DecodeFailure(quantityFormat)
  return canonicalQuantity(value)
})
/** Already canonical; most are. */
const simpleQuantity = /^[1-9]\d{0,2}(?:m|Ki|Mi|Gi|Ti)?$/
const quantityFormat = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

const canonicalTime = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/
const anyTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([.,]\d+)?(Z|[+-]\d\d:\d\d)$/

function badTime(value: string, layout: string): DecodeFailure {
  const quoted = JSON.stringify(value)
  return new DecodeFailure(`parsing time ${quoted} as "${layout}": cannot parse ${quoted} as "2006"`)
}
/** metav1.Time: RFC 3339 in UTC, whole seconds. */
export const timeType: DecodedType = scalar('v1.Time', '1970-01-01T00:00:00Z', (value, walk) => {
  if (typeof value !== 'string') return walk.mismatch(value, 'string')
  if (canonicalTime.test(value)) return value
  const ms = anyTime.test(value) ? Date.parse(value) : Number.NaN
  if (Number.isNaN(ms)) throw badTime(value, '2006-01-02T15:04:05Z07:00')
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
})
/** metav1.MicroTime: six digits after the second. */
export const microTimeType: DecodedType = scalar('v1.MicroTime', '1970-01-01T00:00:00.000000Z', (value, walk) => {
  if (typeof value !== 'string') return walk.mismatch(value, 'string')
  const ms = anyTime.test(value) ? Date.parse(value.replace(',', '.')) : Number.NaN
  if (Number.isNaN(ms)) throw badTime(value, '2006-01-02T15:04:05.000000Z07:00')
  const fraction = /[.,](\d+)/.exec(value)?.[1] ?? ''
  return `${new Date(ms).toISOString().slice(0, 19)}.${fraction.slice(0, 6).padEnd(6, '0')}Z`
})

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
/** []byte: standard base64, re-encoded when it was wrapped in lines. */
export const bytesType: DecodedType = scalar('[]uint8', '', (value, walk) => {
  if (typeof value !== 'string') return walk.mismatch(value, '[]uint8')
  const joined = value.includes('\n') || value.includes('\r') ? value.replace(/[\r\n]/g, '') : value
  if (base64.test(joined)) return joined
  throw new DecodeFailure(`illegal base64 data at input byte ${firstBadByte(joined)}`)
})
function firstBadByte(value: string): number {
  const bad = /[^A-Za-z0-9+/]/.exec(value)
  if (bad === null) return value.length - (value.length % 4)
  return bad.index
}

/** Any JSON, kept as it is (RawExtension, JSON, FieldsV1). */
export const rawType: DecodedType = {
  decode: (value) => deepClone(value),
  goType: 'interface {}',
  zero: () => null,
  collection: false,
}
/** An object of any shape. */
export const rawObjectType: DecodedType = {
  decode: (value, walk) =>
    typeof value === 'object' && !Array.isArray(value)
      ? deepClone(value)
      : walk.mismatch(value, 'map[string]interface {}'),
  goType: 'map[string]interface {}',
  zero: () => ({}),
  collection: false,
}
