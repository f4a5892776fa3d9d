import { formatDuration, formatTime, fromBigInt, type JsonValue, parseJson } from '@kairship/apimachinery'
import { ProtobufError, type ProtobufReader } from './reader.ts'

// Types whose JSON form is not the form of their fields. `undefined` is Go's zero value.

/** metav1.Time: whole seconds in UTC. */
export function readTime(reader: ProtobufReader): string | undefined {
  const time = readTimestamp(reader)
  return time === undefined ? undefined : formatTime(time.milliseconds)
}

/** metav1.MicroTime: six digits after the second. */
export function readMicroTime(reader: ProtobufReader): string | undefined {
  const time = readTimestamp(reader)
  if (time === undefined) return undefined
  const micros = String(Math.floor(time.nanos / 1000)).padStart(6, '0')
  return `${formatTime(time.milliseconds).slice(0, -1)}.${micros}Z`
}

/** Years 1 to 9999: what RFC 3339 can say. */
const MIN_SECONDS = -62_135_596_800n
const MAX_SECONDS = 253_402_300_799n

function readTimestamp(reader: ProtobufReader): { milliseconds: number; nanos: number } | undefined {
  if (reader.done) return undefined
  let seconds = 0n
  let nanos = 0
  while (!reader.done) {
    const field = reader.tag()
    if (field === 1) seconds = reader.int64()
    else if (field === 2) nanos = reader.int32()
    else reader.skip()
  }
  if (seconds < MIN_SECONDS || seconds > MAX_SECONDS || nanos < 0 || nanos > 999_999_999) {
    throw new ProtobufError('time out of range')
  }
  return { milliseconds: Number(seconds) * 1000, nanos }
}

/** metav1.Duration: nanoseconds, shown as Go shows a duration. */
export function readDuration(reader: ProtobufReader): string {
  let nanoseconds = 0n
  while (!reader.done) {
    if (reader.tag() === 1) nanoseconds = reader.int64()
    else reader.skip()
  }
  return formatDuration(Number(nanoseconds) / 1e6)
}

export function readQuantity(reader: ProtobufReader): string {
  let text = ''
  while (!reader.done) {
    if (reader.tag() === 1) text = reader.string()
    else reader.skip()
  }
  return text === '' ? '0' : text
}

export function readIntOrString(reader: ProtobufReader): string | number {
  let isString = false
  let integer = 0
  let text = ''
  while (!reader.done) {
    const field = reader.tag()
    if (field === 1) isString = reader.int64() === 1n
    else if (field === 2) integer = reader.int32()
    else if (field === 3) text = reader.string()
    else reader.skip()
  }
  return isString ? text : integer
}

/** RawExtension, JSON, FieldsV1: JSON text in field 1. */
export function readRawJson(reader: ProtobufReader): JsonValue | undefined {
  let raw: Uint8Array | undefined
  while (!reader.done) {
    if (reader.tag() === 1) raw = reader.bytes()
    else reader.skip()
  }
  if (raw === undefined || raw.length === 0) return undefined
  try {
    return parseJson(raw).value
  } catch (cause) {
    throw new ProtobufError(`embedded JSON: ${cause instanceof Error ? cause.message : ''}`, { cause })
  }
}

/** A list that is a message of its own: `repeated string items = 1`. */
export function readWrappedStrings(reader: ProtobufReader): string[] {
  const items: string[] = []
  while (!reader.done) {
    if (reader.tag() === 1) items.push(reader.string())
    else reader.skip()
  }
  return items
}

export function jsonInteger(value: bigint): JsonValue {
  return fromBigInt(value)
}
