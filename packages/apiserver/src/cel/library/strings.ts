import { CelError } from '../error.ts'
import type { Meter } from '../program/meter.ts'
import { type CelList, ValueList } from '../values/value.ts'
import { formatText } from './format-text.ts'
import { define, matching, type Overload, traverse } from './overload.ts'
import { matcherOf } from './regex.ts'

const beyondAscii = /[^ -~\t\r\n]/

/** CEL counts code points; most text has one unit per code point, and is not split. */
function points(text: string): readonly string[] | string {
  return beyondAscii.test(text) ? Array.from(text) : text
}
function joined(part: readonly string[] | string): string {
  return typeof part === 'string' ? part : part.join('')
}
export function lengthOf(text: string): number {
  return points(text).length
}

function indexIn(text: string, part: string, from: bigint): bigint {
  const whole = points(text)
  const start = Number(from)
  if (start < 0 || start > whole.length) throw new CelError(`index out of range: ${from}`)
  if (typeof whole === 'string') return BigInt(whole.indexOf(part, start))
  const found = whole.slice(start).join('').indexOf(part)
  return found < 0 ? -1n : BigInt(start + lengthOf(whole.slice(start).join('').slice(0, found)))
}
function lastIndexIn(text: string, part: string, from: bigint | undefined): bigint {
  const whole = points(text)
  if (from !== undefined && (from < 0n || from > BigInt(whole.length)))
    throw new CelError(`index out of range: ${from}`)
  const units = from === undefined ? undefined : joined(whole.slice(0, Number(from))).length
  const found = text.lastIndexOf(part, units)
  return found < 0 ? -1n : BigInt(lengthOf(text.slice(0, found)))
}
function charAt(text: string, index: bigint): string {
  const whole = points(text)
  if (index < 0n || index > BigInt(whole.length)) throw new CelError(`index out of range: ${index}`)
  return whole[Number(index)] ?? ''
}
function substring(text: string, from: bigint, to?: bigint): string {
  const whole = points(text)
  const end = to ?? BigInt(whole.length)
  if (from < 0n || from > BigInt(whole.length)) throw new CelError(`index out of range: ${from}`)
  if (end < 0n || end > BigInt(whole.length)) throw new CelError(`index out of range: ${end}`)
  if (from > end) throw new CelError(`invalid substring range. start: ${from}, end: ${end}`)
  return joined(whole.slice(Number(from), Number(end)))
}
function replace(text: string, from: string, to: string, limit: bigint, meter: Meter): string {
  let left = limit < 0n ? Number.MAX_SAFE_INTEGER : Number(limit)
  const parts: string[] = []
  let at = 0
  while (left > 0) {
    const next = text.indexOf(from, at + (from === '' && at > 0 ? 1 : 0))
    if (next < 0) break
    meter.work(1 + to.length)
    parts.push(text.slice(at, next), to)
    at = next + from.length
    left -= 1
    if (from === '' && at >= text.length) break
  }
  parts.push(text.slice(at))
  return parts.join('')
}
function split(text: string, by: string, limit: bigint, meter: Meter): CelList {
  if (limit === 0n) return new ValueList([])
  meter.work(text.length)
  const parts = by === '' ? Array.from(text) : text.split(by)
  if (limit < 0n || BigInt(parts.length) <= limit) return new ValueList(parts)
  const kept = Number(limit) - 1
  return new ValueList([...parts.slice(0, kept), parts.slice(kept).join(by)])
}
function join(list: CelList, by: string, meter: Meter): string {
  const parts: string[] = []
  for (let index = 0; index < list.length; index++) {
    const item = list.at(index)
    if (typeof item !== 'string') throw new CelError('no such overload')
    meter.work(1 + item.length + by.length)
    parts.push(item)
  }
  return parts.join(by)
}
function lower(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (part) => part.toLowerCase())
}
function upper(text: string): string {
  return text.replaceAll(/[a-z]+/g, (part) => part.toUpperCase())
}
function quote(text: string): string {
  const escapes: { readonly [char: string]: string } = {
    '\x07': '\\a',
    '\b': '\\b',
    '\f': '\\f',
    '\n': '\\n',
    '\r': '\\r',
    '\t': '\\t',
    '\v': '\\v',
    '\\': '\\\\',
    '"': '\\"',
  }
  return `"${text.replaceAll(/[\\"]|\p{Cc}/gu, (char) => escapes[char] ?? char)}"`
}

const scan = { cost: traverse }
const same = { cost: (text = 0) => traverse(text), size: (text = 0) => text }
const pieces = { cost: (text = 0) => traverse(2 * text), size: (text = 0) => text }

export const stringOverloads: readonly Overload[] = [
  define('size(string): int', (text: string) => BigInt(lengthOf(text))),
  define('string.size(): int', (text: string) => BigInt(lengthOf(text))),
  define('_+_(string, string): string', (a: string, b: string) => a + b, {
    cost: traverse,
    size: (a, b) => (a ?? 0) + (b ?? 0),
  }),
  define('string.startsWith(string): bool', (text: string, part: string) => text.startsWith(part), {
    cost: (_text, part) => traverse(part ?? 0),
  }),
  define('string.endsWith(string): bool', (text: string, part: string) => text.endsWith(part), {
    cost: (_text, part) => traverse(part ?? 0),
  }),
  define('string.contains(string): bool', (text: string, part: string) => text.includes(part), {
    cost: (text = 0, part = 0) => traverse(text) * traverse(part),
  }),
  define(
    'string.matches(string): bool',
    (text: string, pattern: string, meter: Meter) => matcherOf(text, pattern, meter).find(),
    { cost: (text = 0, pattern = 0) => matching(text, pattern) },
  ),
  define(
    'matches(string, string): bool',
    (text: string, pattern: string, meter: Meter) => matcherOf(text, pattern, meter).find(),
    { cost: (text = 0, pattern = 0) => matching(text, pattern) },
  ),
  define('string.charAt(int): string', charAt, { size: () => 4 }),
  define('string.indexOf(string): int', (text: string, part: string) => indexIn(text, part, 0n)),
  define('string.indexOf(string, int): int', (text: string, part: string, from: bigint) => indexIn(text, part, from)),
  define('string.lastIndexOf(string): int', (text: string, part: string) => lastIndexIn(text, part, undefined)),
  define('string.lastIndexOf(string, int): int', (text: string, part: string, from: bigint) =>
    lastIndexIn(text, part, from),
  ),
  define('string.lowerAscii(): string', (text: string) => lower(text), same),
  define('string.upperAscii(): string', (text: string) => upper(text), same),
  define(
    'string.replace(string, string): string',
    (text: string, from: string, to: string, meter: Meter) => replace(text, from, to, -1n, meter),
    { cost: (text = 0) => traverse(2 * text), size: (text = 0, _from, to = 0) => (text + 1) * (to + 1) },
  ),
  define('string.replace(string, string, int): string', replace, {
    cost: (text = 0) => 2 * traverse(text),
    size: (text = 0, _from, to = 0) => (text + 1) * (to + 1),
  }),
  define(
    'string.split(string): list<string>',
    (text: string, by: string, meter: Meter) => split(text, by, -1n, meter),
    pieces,
  ),
  define('string.split(string, int): list<string>', split, pieces),
  define('string.substring(int): string', (text: string, from: bigint) => substring(text, from), same),
  define(
    'string.substring(int, int): string',
    (text: string, from: bigint, to: bigint) => substring(text, from, to),
    same,
  ),
  define('string.trim(): string', (text: string) => text.trim(), same),
  define('string.reverse(): string', (text: string) => Array.from(text).reverse().join(''), same),
  define('list<string>.join(): string', (list: CelList, meter: Meter) => join(list, '', meter), scan),
  define('list<string>.join(string): string', join, scan),
  define('string.format(list<dyn>): string', formatText, { cost: (text = 0) => traverse(text) }),
  define('strings.quote(string): string', quote, { cost: traverse, size: (text = 0) => 2 * text + 2 }),
  define('jsonpatch.escapeKey(string): string', (text: string) => text.replaceAll('~', '~0').replaceAll('/', '~1'), {
    cost: traverse,
    size: (text = 0) => 2 * text,
  }),
]
