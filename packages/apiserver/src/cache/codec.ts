import type { DeepReadonly, Unstructured } from '@kairship/apimachinery'
import { parseJson } from '@kairship/apimachinery'
import type { InstalledResource } from '../strategy.ts'

/** A finished object on its way into the store, and who made it. The cache takes it over, so nothing is parsed twice. */
export interface OwnWrite {
  readonly draft: Unstructured
  readonly author: InstalledResource
}

const metadataStart = '"metadata":{'

/**
 * The stored form: JSON in storage version without the resourceVersion (that is the entry's revision). `apiVersion`,
 * `kind` and `metadata` come first, in that order: `encodeServed` and list items rely on it.
 */
export function encodeStored(object: DeepReadonly<Unstructured>): Uint8Array {
  const { apiVersion, kind, metadata, ...rest } = object
  const { resourceVersion: _, ...stored } = metadata
  return Buffer.from(JSON.stringify({ apiVersion, kind, metadata: stored, ...rest }))
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
