import type { JsonValue } from '../json.ts'
import { JsonSyntaxError, readJson } from './read.ts'
import { integerFromText } from './raw.ts'

export interface ParseJsonOptions {
  /** Look for keys that occur twice in one object (the last one wins either way). Default false. */
  readonly duplicates?: boolean
  /** Deepest nesting of objects and arrays. Everything that later walks the value recurses this deep. */
  readonly maxDepth?: number
}

export interface ParsedJson {
  readonly value: JsonValue
  /** Paths of repeated keys in document order: `data.a`, `spec.containers[0].name`. */
  readonly duplicateFields: readonly string[]
}

const DEFAULT_MAX_DEPTH = 500

/**
 * Reads JSON the way kube-apiserver does: integers keep every digit, repeated keys are seen, `__proto__` is an ordinary
 * key, syntax errors carry Go's texts (`JsonSyntaxError`). The fast path is the engine's own parser plus one scan.
 */
export function parseJson(input: string | Uint8Array, options?: ParseJsonOptions): ParsedJson {
  const text = typeof input === 'string' ? input : new TextDecoder('utf-8', { ignoreBOM: true }).decode(input)
  const maxDepth = options?.maxDepth ?? DEFAULT_MAX_DEPTH
  let value: JsonValue
  try {
    value = JSON.parse(text)
  } catch {
    // The slow reader knows the error text; it also decides what is valid, so both must agree.
    return readJson(text, maxDepth)
  }
  const seen = scan(text)
  if (seen.depth > maxDepth) throw new JsonSyntaxError('exceeded max depth', text.length)
  const exact = !seen.lossy && (options?.duplicates !== true || seen.keys === countKeys(value))
  if (exact) return { value, duplicateFields: [] }
  const slow = readJson(text, maxDepth)
  return options?.duplicates === true ? slow : { value: slow.value, duplicateFields: [] }
}

/** Text for storage and responses; raw integers come out digit by digit. */
export function stringifyJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent)
}

interface Scan {
  readonly depth: number
  readonly keys: number
  /** A number that JSON.parse rounded or turned into Infinity. */
  readonly lossy: boolean
}

/** One pass over text that is known to be valid JSON. */
function scan(text: string): Scan {
  let depth = 0
  let deepest = 0
  let keys = 0
  let lossy = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 34) {
      at = endOfString(text, at + 1)
    } else if (code === 58) {
      keys++
    } else if (code === 123 || code === 91) {
      if (++depth > deepest) deepest = depth
    } else if (code === 125 || code === 93) {
      depth--
    } else if (code >= 48 && code <= 57) {
      const end = endOfNumber(text, at)
      if (end - at > 15 || hasExponent(text, at, end)) lossy ||= isLossy(text.slice(at, end))
      at = end - 1
    }
  }
  return { depth: deepest, keys, lossy }
}

function endOfString(text: string, from: number): number {
  let at = from
  for (;;) {
    const code = text.charCodeAt(at)
    if (code === 34) return at
    at += code === 92 ? 2 : 1
  }
}

function endOfNumber(text: string, from: number): number {
  let at = from
  for (;;) {
    const code = text.charCodeAt(at)
    const part = (code >= 48 && code <= 57) || code === 46 || code === 101 || code === 69 || code === 43 || code === 45
    if (!part) return at
    at++
  }
}

function hasExponent(text: string, from: number, to: number): boolean {
  for (let at = from + 1; at < to; at++) {
    const code = text.charCodeAt(at)
    if (code === 101 || code === 69) return true
  }
  return false
}

function isLossy(text: string): boolean {
  if (/^\d+$/.test(text)) return text.length > 15 && typeof integerFromText(text) === 'object'
  return !Number.isFinite(Number(text))
}

function countKeys(value: JsonValue | undefined): number {
  if (typeof value !== 'object' || value === null) return 0
  let count = 0
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') count += countKeys(item)
    return count
  }
  // JSON.parse makes own properties only, and nothing enumerable is inherited.
  for (const key in value) {
    count++
    const item = value[key]
    if (typeof item === 'object') count += countKeys(item)
  }
  return count
}
