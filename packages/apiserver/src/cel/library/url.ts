import { CelError } from '../error.ts'
import type { Meter } from '../program/meter.ts'
import { type CelMap, mapKey, Opaque, ValueList, ValueMap, type Value } from '../values/value.ts'
import { define, type Overload, traverse } from './overload.ts'

interface Parts {
  readonly scheme: string
  readonly host: string
  readonly path: string
  readonly query: string
}

/** A URL in Go's reading: its parts as written, nothing normalized. */
class UrlValue extends Opaque {
  readonly type = 'kubernetes.URL'
  readonly text: string
  readonly parts: Parts
  constructor(text: string, parts: Parts) {
    super()
    this.text = text
    this.parts = parts
  }
  override get size(): number {
    return this.text.length
  }
  equals(other: Opaque): boolean {
    return other instanceof UrlValue && other.text === this.text
  }
}

const syntax = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#.*)?$/s

/** Absolute URLs and absolute paths; `undefined` for anything else. */
function parse(text: string): UrlValue | undefined {
  const match = syntax.exec(text)
  if (match === null || /\p{Cc}/u.test(text) || /%(?![0-9a-fA-F]{2})/.test(text)) return undefined
  const [, scheme = '', authority, path = '', query = ''] = match
  if (scheme === '' && (!path.startsWith('/') || authority !== undefined)) return undefined
  const host = (authority ?? '').replace(/^.*@/s, '')
  if (!/^(\[[0-9a-fA-F:.%]+\]|[^[\]:]*)(:\d*)?$/.test(host)) return undefined
  return new UrlValue(text, { scheme: scheme.toLowerCase(), host, path, query })
}
function url(text: string): UrlValue {
  const parsed = parse(text)
  if (parsed === undefined) {
    throw new CelError(
      `URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`,
    )
  }
  return parsed
}
function hostname(host: string): string {
  const bracketed = /^\[(.*)\]/.exec(host)
  return bracketed === null ? host.replace(/:\d*$/, '') : (bracketed[1] ?? '')
}
function query(text: string, meter: Meter): CelMap {
  const found = new Map<string, [Value, Value[]]>()
  for (const [key, value] of new URLSearchParams(text)) {
    meter.work(1)
    const known = found.get(mapKey(key))
    if (known === undefined) found.set(mapKey(key), [key, [value]])
    else known[1].push(value)
  }
  return new ValueMap(new Map([...found].map(([id, [key, values]]) => [id, [key, new ValueList(values)]])))
}
function escaped(path: string): string {
  return path.replaceAll(/[^\x21-\x7e]|["<>\\^`{|}]/gu, (char) => encodeURIComponent(char))
}

const scan = { cost: traverse }
const part = { cost: () => 1, size: (size = 0) => size }
const U = 'kubernetes.URL'

export const urlOverloads: readonly Overload[] = [
  define(`url(string): ${U}`, url, scan),
  define('isURL(string): bool', (text: string) => parse(text) !== undefined, scan),
  define(`${U}.getScheme(): string`, ({ parts }: UrlValue) => parts.scheme, part),
  define(`${U}.getHost(): string`, ({ parts }: UrlValue) => parts.host, part),
  define(`${U}.getHostname(): string`, ({ parts }: UrlValue) => hostname(parts.host), part),
  define(`${U}.getPort(): string`, ({ parts }: UrlValue) => /:(\d*)$/.exec(parts.host)?.[1] ?? '', part),
  define(`${U}.getEscapedPath(): string`, ({ parts }: UrlValue) => escaped(parts.path), part),
  define(
    `${U}.getQuery(): map<string, list<string>>`,
    ({ parts }: UrlValue, meter: Meter) => query(parts.query, meter),
    part,
  ),
]
