import { own, setOwn } from '@kairship/apimachinery'
import { parseFields } from '../fields.ts'
import type { Fields, ReadonlyFields } from '../fields.ts'

/**
 * Parts of a body that are (`===`) parts of the stored object were decoded, defaulted and frozen when they were written:
 * they are taken over. Only whole members of the object and of its metadata count, because defaults may look at
 * neighbours.
 */
export class Reuse {
  readonly #body: ReadonlyFields
  readonly #known: ReadonlyFields

  constructor(body: ReadonlyFields, known: ReadonlyFields) {
    this.#body = body
    this.#known = known
  }

  /** What is left to decode. */
  get rest(): Fields {
    const rest = without(this.#body, this.#known)
    const [metadata, stored] = this.#metadata()
    if (metadata !== undefined && stored !== undefined) rest['metadata'] = without(metadata, stored)
    return rest
  }

  /** The decoded rest with what was taken over, in the order of the body. */
  complete(decoded: Fields): Fields {
    const object = merge(decoded, this.#body, this.#known)
    const [metadata, stored] = this.#metadata()
    const given = parseFields(decoded['metadata'])
    if (metadata !== undefined && stored !== undefined && given !== undefined) {
      object['metadata'] = merge(given, metadata, stored)
    }
    return object
  }

  #metadata(): [ReadonlyFields | undefined, ReadonlyFields | undefined] {
    return [parseFields(this.#body['metadata']), parseFields(this.#known['metadata'])]
  }
}

function isKnown(key: string, value: unknown, known: ReadonlyFields): boolean {
  return typeof value === 'object' && value !== null && value === known[key] && key !== 'metadata'
}

function without(body: ReadonlyFields, known: ReadonlyFields): Fields {
  const rest: Fields = {}
  for (const key in body) if (!isKnown(key, body[key], known)) setOwn(rest, key, body[key])
  return rest
}

function merge(decoded: Fields, body: ReadonlyFields, known: ReadonlyFields): Fields {
  const merged: Fields = {}
  for (const key in body) {
    const value = isKnown(key, body[key], known) ? body[key] : own(decoded, key)
    if (value !== undefined) setOwn(merged, key, value)
  }
  for (const key in decoded) if (!(key in merged)) merged[key] = decoded[key]
  return merged
}
