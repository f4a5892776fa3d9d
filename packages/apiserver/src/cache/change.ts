import { deepFreeze } from '@kairship/apimachinery'
import type { InstalledResource, RegistryEvent } from '../strategy.ts'
import { type Item, View } from './item.ts'

/** One change of one object. `revision` is the write's own, also for deletions. */
export interface Change {
  readonly revision: number
  readonly key: string
  /** Absent when the write deleted it. */
  readonly item: Item | undefined
  /** Absent when the write created it. */
  readonly previous: Item | undefined
  /** Frames and views made for one watcher and kept for the next; they live as long as the history. */
  shared?: SharedFrame
}

interface SharedFrame {
  readonly type: string
  readonly installed: InstalledResource
  readonly view: View
  frame: Buffer | undefined
}

/** What a watcher is told. `RV` of a DELETED object is the deletion's. */
export interface Observed {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly view: View
  /** Set when the bytes may be shared with other watchers. */
  readonly shared: SharedFrame | undefined
}

export function registryEvent({ item, previous }: Change): RegistryEvent {
  if (item !== undefined) return { type: 'put', object: item.object, previous: previous?.object }
  if (previous === undefined) throw new Error('a change without an object')
  return { type: 'delete', object: previous.object }
}

/** The change as a watcher with this selection sees it; `undefined` when it does not concern them. */
export function observe(
  change: Change,
  installed: InstalledResource,
  matches: (view: View) => boolean,
): Observed | undefined {
  const now = change.item?.view(installed)
  const before = change.previous?.view(installed)
  const isIn = now !== undefined && matches(now)
  const wasIn = before !== undefined && matches(before)
  if (isIn) return sharedFrame(change, wasIn ? 'MODIFIED' : 'ADDED', installed, () => now)
  if (wasIn) return sharedFrame(change, 'DELETED', installed, () => departed(before, change.revision))
  return undefined
}

function sharedFrame(change: Change, type: Observed['type'], installed: InstalledResource, view: () => View): Observed {
  let shared = change.shared
  if (shared?.type !== type || shared.installed !== installed) {
    shared = { type, installed, view: view(), frame: undefined }
    change.shared = shared
  }
  return { type, view: shared.view, shared }
}

/** The last state of an object, at the revision at which it went away. */
function departed(view: View, revision: number): View {
  const { metadata, ...rest } = view.object
  return new View(deepFreeze({ ...rest, metadata: { ...metadata, resourceVersion: String(revision) } }))
}

/** One line of a watch response. */
export function encodeFrame({ type, view, shared }: Observed): Buffer {
  if (shared?.frame !== undefined) return shared.frame
  const frame = Buffer.concat([prefixes[type], view.bytes, suffix])
  if (shared !== undefined) shared.frame = frame
  return frame
}
const prefixes = {
  ADDED: Buffer.from('{"type":"ADDED","object":'),
  MODIFIED: Buffer.from('{"type":"MODIFIED","object":'),
  DELETED: Buffer.from('{"type":"DELETED","object":'),
}
const suffix = Buffer.from('}\n')
