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

/** Copying what is shorter costs more than writing it again. */
const minSpanBytes = 512
const scratchBytes = 64 * 1024

/**
 * Makes the stored form: JSON in storage version without the resourceVersion (that is the entry's revision). `apiVersion`,
 * `kind` and `metadata` come first, in that order: `encodeServed` and list items rely on it. Large members that are (`===`)
 * those of the value before are copied from it: objects are frozen, so their text cannot have changed.
 */
export class Encoder {
  #scratch: Buffer = Buffer.allocUnsafeSlow(scratchBytes)
  #bytes = 0
  #before: Encoded | undefined
  #spans: Span[] = []

  encode(object: DeepReadonly<Unstructured>, before?: Encoded): Encoded {
    this.#bytes = 0
    this.#before = before
    this.#spans = []
    const { apiVersion, kind, metadata } = object
    const { resourceVersion: _version, managedFields, ...fields } = metadata
    // Without the two braces that close it; metadata is never empty.
    let text = JSON.stringify({ apiVersion, kind, metadata: fields }).slice(0, -2)
    if (managedFields !== undefined) text = this.#member(`${text},"managedFields":`, managedFields)
    text += '}'
    for (const key in object) {
      if (key === 'apiVersion' || key === 'kind' || key === 'metadata' || object[key] === undefined) continue
      text = this.#member(`${text},${JSON.stringify(key)}:`, object[key])
    }
    this.#write(`${text}}`)
    const value = Buffer.from(this.#scratch.subarray(0, this.#bytes))
    // The room that a giant took is not kept.
    if (this.#scratch.length > 8 * scratchBytes) this.#scratch = Buffer.allocUnsafeSlow(scratchBytes)
    return { value, spans: this.#spans }
  }

  /** Writes the member after `text`, or returns it with the text when it is not worth a span. */
  #member(text: string, member: unknown): string {
    if (typeof member !== 'object' || member === null) return text + JSON.stringify(member)
    const known = this.#before?.spans.find((span) => span.member === member)
    if (this.#before !== undefined && known !== undefined) {
      this.#write(text)
      const start = this.#bytes
      this.#copy(this.#before.value.subarray(known.start, known.end))
      this.#spans.push({ member, start, end: this.#bytes })
      return ''
    }
    const json = JSON.stringify(member)
    if (json.length < minSpanBytes) return text + json
    this.#write(text)
    const start = this.#bytes
    this.#write(json)
    this.#spans.push({ member, start, end: this.#bytes })
    return ''
  }

  #write(text: string): void {
    // No character takes more than three bytes.
    this.#reserve(text.length * 3)
    this.#bytes += this.#scratch.write(text, this.#bytes)
  }

  #copy(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#scratch.set(bytes, this.#bytes)
    this.#bytes += bytes.length
  }

  #reserve(bytes: number): void {
    if (this.#bytes + bytes <= this.#scratch.length) return
    const larger = Buffer.allocUnsafeSlow(2 * (this.#bytes + bytes))
    larger.set(this.#scratch.subarray(0, this.#bytes))
    this.#scratch = larger
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
