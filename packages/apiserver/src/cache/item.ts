import type { DeepReadonly, JsonObject, Unstructured } from '@kairship/apimachinery'
import { deepClone, deepEqual, deepFreeze, formatApiVersion } from '@kairship/apimachinery'
import type { InstalledResource } from '../strategy.ts'
import { decodeStored, type Encoded, encodeObject, encodeServed, type OwnWrite, type Span } from './codec.ts'

/** One revision of one object in one served version, shared by every reader: frozen, and encoded at most once. */
export class View {
  readonly object: DeepReadonly<Unstructured>
  #stored: Uint8Array | undefined
  #bytes: Buffer | undefined
  /** By how much the bytes are longer than the stored value they were made of. */
  #shift: number | undefined
  /** With `stored`, the object is that value plus its revision, and its bytes are made without JSON.stringify. */
  constructor(object: DeepReadonly<Unstructured>, stored?: Uint8Array) {
    this.object = object
    this.#stored = stored
  }
  get bytes(): Buffer {
    if (this.#bytes === undefined) {
      const stored = this.#stored
      if (stored === undefined) this.#bytes = encodeObject(this.object)
      else {
        this.#bytes = encodeServed(stored, Number(this.object.metadata.resourceVersion))
        this.#shift = this.#bytes.length - stored.length
        this.#stored = undefined
      }
    }
    return this.#bytes
  }
  /** The stored value from somewhere in its metadata to its end, at the same places. */
  get storedTail(): Uint8Array | undefined {
    return this.#stored ?? (this.#shift === undefined ? undefined : this.#bytes?.subarray(this.#shift))
  }
  get body(): DeepReadonly<JsonObject> {
    return this.object as DeepReadonly<JsonObject>
  }
}

const maxViews = 4
const noSpans: readonly Span[] = Object.freeze([])

/** One stored revision of an object. What comes from disk is parsed when somebody looks at it. */
export class Item {
  /** `namespace/name`, or `name` when cluster-scoped: the order of lists. */
  readonly key: string
  readonly revision: number
  readonly size: number
  /** The installed resource whose pipeline wrote it: nothing needs to be defaulted or converted for that one. */
  readonly #author: InstalledResource | undefined
  readonly #spans: readonly Span[]
  #value: Uint8Array | undefined
  #stored: View | undefined
  #views: Map<InstalledResource, View> | undefined

  constructor(key: string, revision: number, value: Uint8Array, own?: OwnWrite) {
    this.key = key
    this.revision = revision
    this.size = value.length
    this.#author = own?.author
    this.#spans = own?.spans ?? noSpans
    if (own === undefined) this.#value = value
    else this.#stored = stored(own.draft, revision, value)
  }

  get namespace(): string {
    const slash = this.key.indexOf('/')
    return slash < 0 ? '' : this.key.slice(0, slash)
  }
  get name(): string {
    return this.key.slice(this.key.indexOf('/') + 1)
  }

  /** The object as stored, in storage version; with its defaults, when it came from disk and was asked for with them. */
  get stored(): View {
    if (this.#stored === undefined) {
      const value = this.#value ?? new Uint8Array()
      this.#stored = stored(decodeStored(value), this.revision, value)
      this.#value = undefined
    }
    return this.#stored
  }
  get object(): DeepReadonly<Unstructured> {
    return this.stored.object
  }

  /** Where the next revision finds what it has in common with this one. */
  get encoded(): Encoded | undefined {
    const value = this.#spans.length === 0 ? undefined : this.#stored?.storedTail
    return value === undefined ? undefined : { value, spans: this.#spans }
  }

  /** True when it came out of this resource's own pipeline. */
  writtenBy(installed: InstalledResource): boolean {
    return this.#author === installed
  }

  /** The object as `installed` serves it: converted to its version, with defaults that came after it was written. */
  view(installed: InstalledResource): View {
    if (this.#author === installed) return this.stored
    let view = this.#views?.get(installed)
    if (view === undefined) {
      view = this.#adapt(installed)
      this.#keep(installed, view)
    }
    return view
  }

  /** True when `view` of this resource can be made here, without asking a conversion webhook. */
  visible(installed: InstalledResource): boolean {
    if (this.#author === installed || this.#views?.has(installed) === true) return true
    return installed.strategy.convertAll === undefined || this.#isIn(installed)
  }

  /** Takes over what a conversion webhook made of this revision. */
  adopt(installed: InstalledResource, converted: Unstructured): void {
    installed.strategy.default?.(converted)
    converted.metadata.resourceVersion = String(this.revision)
    this.#keep(installed, new View(deepFreeze(converted)))
  }

  #keep(installed: InstalledResource, view: View): void {
    this.#views ??= new Map()
    // Resources that were replaced since are not kept alive by their objects.
    for (const oldest of this.#views.keys()) {
      if (this.#views.size <= maxViews) break
      this.#views.delete(oldest)
    }
    this.#views.set(installed, view)
  }

  /** Nobody has seen what comes from disk: if it is in this version, it gets its defaults before it is frozen. */
  #completed(installed: InstalledResource): View {
    const value = this.#value ?? new Uint8Array()
    const draft = decodeStored(value)
    if (!isIn(draft, installed)) {
      this.#stored = stored(draft, this.revision, value)
      this.#value = undefined
      return this.#adapt(installed)
    }
    installed.strategy.default?.(draft)
    draft.metadata.resourceVersion = String(this.revision)
    this.#stored = new View(deepFreeze(draft))
    this.#value = undefined
    return this.#stored
  }

  #isIn(installed: InstalledResource): boolean {
    return isIn(this.object, installed)
  }

  #adapt(installed: InstalledResource): View {
    const { definition, strategy } = installed
    const apiVersion = formatApiVersion(definition.group, definition.version)
    if (this.#stored === undefined && strategy.default !== undefined) return this.#completed(installed)
    const same = this.#isIn(installed)
    if (same && strategy.default === undefined) return this.stored
    const draft = (same ? undefined : strategy.convertFrom?.(this.object)) ?? deepClone(this.object)
    draft.apiVersion = apiVersion
    draft.kind = definition.kind
    strategy.default?.(draft)
    return same && deepEqual(draft, this.object) ? this.stored : new View(deepFreeze(draft))
  }
}

function isIn({ apiVersion, kind }: DeepReadonly<Unstructured>, { definition }: InstalledResource): boolean {
  return apiVersion === formatApiVersion(definition.group, definition.version) && kind === definition.kind
}

function stored(draft: Unstructured, revision: number, value: Uint8Array): View {
  draft.metadata.resourceVersion = String(revision)
  return new View(deepFreeze(draft), value)
}
