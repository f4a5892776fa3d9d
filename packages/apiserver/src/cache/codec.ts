import type { DeepReadonly, Unstructured } from '@kairship/apimachinery'
import { parseJson } from '@kairship/apimachinery'
import type { InstalledResource } from '../strategy.ts'

/** A finished object on its way into the store, and who made it. The cache takes it over, so nothing is parsed twice. */
export interface OwnWrite {
  readonly draft: Unstructured
  readonly author: InstalledResource
  readonly spans: readonly Span[]
}

/** Where a large member of an object is in its stored value. */
export interface Span {
  readonly member: object
  readonly start: number
  readonly end: number
}

export interface Encoded {
  readonly value: Uint8Array
  readonly spans: readonly Span[]
}

const metadataStart = '"metadata":{'

/**
 * The stored form: JSON in storage version without the resourceVersion (that is the entry's revision). `apiVersion`,
 * `kind` and `metadata` come first, in that order: `encodeServed` and list items rely on it.
 */
export function encodeStored(object: DeepReadonly<Unstructured>, before?: Encoded): Encoded {
  const { apiVersion, kind, metadata, ...rest } = object
  const { resourceVersion: _version, managedFields, ...fields } = metadata
  const composer = new Composer(before)
  // Without the two braces that close it; metadata is never empty.
  composer.text(JSON.stringify({ apiVersion, kind, metadata: fields }).slice(0, -2))
  if (managedFields !== undefined) composer.member('managedFields', managedFields)
  composer.text('}')
  for (const key in rest) if (rest[key] !== undefined) composer.member(key, rest[key])
  composer.text('}')
  return composer.finish()
}

/** Copying what is shorter costs more than writing it again. */
const minSpanBytes = 256

/**
 * Puts a stored value together. Large members that are (`===`) those of the value before are copied from it: objects are
 * frozen, so their text cannot have changed.
 */
class Composer {
  readonly #before: Encoded | undefined
  readonly #chunks: Uint8Array[] = []
  #bytes = 0
  #text = ''
  readonly #spans: Span[] = []
  /** Spans in `#text`, counted in characters. */
  #open: Span[] = []

  constructor(before: Encoded | undefined) {
    this.#before = before
  }

  text(text: string): void {
    this.#text += text
  }

  member(key: string, member: unknown): void {
    this.#text += `,${JSON.stringify(key)}:`
    if (typeof member !== 'object' || member === null) {
      this.#text += JSON.stringify(member)
      return
    }
    const known = this.#before?.spans.find((span) => span.member === member)
    if (this.#before === undefined || known === undefined) {
      const start = this.#text.length
      this.#text += JSON.stringify(member)
      const end = this.#text.length
      if (end - start >= minSpanBytes) this.#open.push({ member, start, end })
      return
    }
    this.#closeText()
    const start = this.#bytes
    this.#append(this.#before.value.subarray(known.start, known.end))
    this.#spans.push({ member, start, end: this.#bytes })
  }

  finish(): Encoded {
    this.#closeText()
    const [only] = this.#chunks
    const value = this.#chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.#chunks, this.#bytes)
    return { value, spans: this.#spans }
  }

  #closeText(): void {
    const chunk = Buffer.from(this.#text)
    // Only where every character is a byte do they count the same.
    if (chunk.length === this.#text.length) {
      for (const { member, start, end } of this.#open) {
        this.#spans.push({ member, start: this.#bytes + start, end: this.#bytes + end })
      }
    }
    this.#open = []
    this.#text = ''
    this.#append(chunk)
  }

  #append(chunk: Uint8Array): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
  }
}

/** What was stored was checked on its way in: only digits that a number would lose need the careful reader. */
export function decodeStored(value: Uint8Array): Unstructured {
  const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString()
  return (longNumber.test(text) ? parseJson(text).value : JSON.parse(text)) as Unstructured
}
const longNumber = /\d{16}/

/** The served form of a stored value: the same bytes with the resourceVersion put in. */
export function encodeServed(stored: Uint8Array, revision: number): Buffer {
  const value = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength)
  // Before `metadata` there are only two strings, in which every quote is escaped.
  const cut = value.indexOf(metadataStart) + metadataStart.length
  const version = Buffer.from(`"resourceVersion":"${revision}",`)
  return Buffer.concat([value.subarray(0, cut), version, value.subarray(cut)], value.length + version.length)
}

/** The served form of an object that is not stored as such (another version, a Status, an object in a DELETED event). */
export function encodeObject(object: DeepReadonly<Unstructured>): Buffer {
  const { apiVersion, kind, metadata, ...rest } = object
  return Buffer.from(JSON.stringify({ apiVersion, kind, metadata, ...rest }))
}

/** A served object without `apiVersion` and `kind`, as items of built-in lists are written. */
export function withoutType(served: Buffer): [Buffer, Buffer] {
  return [openBrace, served.subarray(served.indexOf(metadataStart))]
}
const openBrace = Buffer.from('{')
