import type { Entry, Revision, StoreEvent } from '@kairship/storage'
import type { KeySpace } from './key-space.ts'
import type { KeyValue, WatchEvent, WatchResponse } from './wire/messages.ts'

/** A plane's last write: the revision of its head, and how many writes there have been. */
export interface Head {
  readonly revision: Revision
  readonly version: number
}

/** etcd left an event out. It has had several bugs of this kind; what it stores is right all the same. */
export class LostEventsError extends Error {
  override readonly name = 'LostEventsError'
}
/** The value before a change was compacted away while the event was on its way. */
export class LostPreviousError extends Error {
  override readonly name = 'LostPreviousError'
}

export interface EventReaderOptions {
  readonly keys: KeySpace
  /** Everything up to here is known. */
  readonly position: Revision
  /** The head as it was at `position`; when it is not known, the first one that comes is believed. */
  readonly head: Head | undefined
  /** The newest state of a key before the events that are being read, if it is known. */
  readonly before: (key: string) => Entry | undefined
  /** The instance to use for a value, so that a writer's own comes back. */
  readonly instance: (key: string, value: Uint8Array) => Uint8Array
}

/**
 * Makes events of the store from responses to one watch over everything a plane has. Passes over what is known already,
 * puts fragments together, and counts: every write of the plane carries the next version of the head, so an event that
 * etcd lost is noticed with the next one.
 */
export class EventReader {
  readonly #options: EventReaderOptions
  #position: Revision
  #head: Head | undefined
  #fragments: WatchEvent[] = []

  constructor(options: EventReaderOptions) {
    this.#options = options
    this.#position = options.position
    this.#head = options.head
  }

  get position(): Revision {
    return this.#position
  }
  get head(): Head | undefined {
    return this.#head
  }

  /** Forgets the beginning of a revision whose rest did not come: it will come again as a whole. */
  restart(): void {
    this.#fragments = []
  }

  /** The complete revisions in what came so far. Throws and knows nothing new when something is missing. */
  read(response: WatchResponse): readonly StoreEvent[] {
    this.#fragments.push(...response.events)
    if (response.fragment) return []
    const events = this.#fragments
    this.#fragments = []

    const read: StoreEvent[] = []
    let head = this.#head
    let position = this.#position
    let changed: Revision = 0
    for (const event of events) {
      const { key, modRevision } = event.now
      if (modRevision <= this.#position) continue
      if (key === this.#options.keys.head) head = nextHead(head, event, changed)
      else {
        read.push(this.#storeEvent(event, read))
        changed = modRevision
      }
      position = modRevision
    }
    this.#head = head
    this.#position = position
    return read
  }

  #storeEvent(event: WatchEvent, read: readonly StoreEvent[]): StoreEvent {
    const key = this.#options.keys.fromEtcd(event.now.key)
    const { createRevision, modRevision, version } = event.now
    const previous = event.previous === undefined ? undefined : toEntry(key, event.previous)
    if (event.type === 'delete') {
      return { type: 'delete', revision: modRevision, previous: previous ?? this.#before(key, read) }
    }
    const value = this.#options.instance(key, event.now.value)
    const entry = { key, value, createRevision, modRevision }
    return { type: 'put', entry, previous: previous ?? (version > 1 ? this.#before(key, read) : undefined) }
  }

  /** What an event should have carried. */
  #before(key: string, read: readonly StoreEvent[]): Entry {
    const latest = read.findLast((event) => event.type === 'put' && event.entry.key === key)
    const before = latest?.type === 'put' ? latest.entry : this.#options.before(key)
    if (before === undefined) throw new LostPreviousError(`the value of ${key} before its change is compacted`)
    return before
  }
}

function nextHead(head: Head | undefined, event: WatchEvent, changed: Revision): Head {
  const { modRevision: revision, version } = event.now
  // Somebody removed the plane with everything in it; versions begin anew.
  if (event.type === 'delete') return { revision, version: 0 }
  if (head !== undefined && version !== head.version + 1) {
    throw new LostEventsError(`write ${version} came after write ${head.version}, at revision ${revision}`)
  }
  if (version > 1 && changed !== revision) throw new LostEventsError(`nothing changed in revision ${revision}`)
  return { revision, version }
}

/** A copy: a view would keep the whole message in memory. */
function toEntry(key: string, { createRevision, modRevision, value }: KeyValue): Entry {
  return { key, value: new Uint8Array(value), createRevision, modRevision }
}
