import type { Entry, KeyRange, Page, Revision } from '../store.ts'
import type { EventHistory } from './history.ts'
import { compareKeys, keyAfter } from './keys.ts'

const empty = new Uint8Array(0)
/** Entries fetched at a time when there is no limit: bounds memory, because each part is rolled back on its own. */
const partSize = 2_000

/**
 * Reads the past: takes the present part by part and undoes in each what history says has changed since. Parts may be
 * of different revisions; all are rolled back to the same.
 */
export async function readAt(
  history: EventHistory,
  read: (range: KeyRange, options: { readonly limit?: number; readonly keysOnly?: boolean }) => Promise<Page>,
  range: KeyRange,
  options: { readonly at: Revision; readonly limit?: number; readonly keysOnly?: boolean },
): Promise<Page> {
  const { at, limit = Infinity, keysOnly = false } = options
  const entries: Entry[] = []
  let rest: KeyRange | undefined = range
  while (rest !== undefined && entries.length <= limit) {
    history.assertAvailable(at)
    const part: Page = await read(rest, { limit: Math.min(limit + 1, partSize), keysOnly })
    // Time has passed; what was needed may be forgotten by now.
    history.assertAvailable(at)
    const last: Entry | undefined = part.more ? part.entries.at(-1) : undefined
    const seen: KeyRange = last === undefined ? rest : { start: rest.start, end: keyAfter(last.key) }
    entries.push(...rollBack(part.entries, history.before(seen, at, part.revision), keysOnly))
    rest = last === undefined || rest.end === undefined ? undefined : { start: keyAfter(last.key), end: rest.end }
  }
  const more = entries.length > limit
  return { revision: at, entries: more ? entries.slice(0, limit) : entries, more }
}

/** How many keys there were, from how many there are. */
export function countAt(
  history: EventHistory,
  now: { readonly revision: Revision; readonly count: number },
  range: KeyRange,
  at: Revision,
): number {
  history.assertAvailable(at)
  let count = now.count
  const exists = new Map<string, boolean>()
  for (const event of history.after(at, range)) {
    if (event.type === 'put' && event.entry.modRevision <= now.revision) exists.set(event.entry.key, true)
    if (event.type === 'delete' && event.revision <= now.revision) exists.set(event.previous.key, false)
  }
  for (const [key, was] of history.before(range, at, now.revision)) {
    count += (was === undefined ? 0 : 1) - (exists.get(key) === true ? 1 : 0)
  }
  return count
}

function rollBack(entries: readonly Entry[], was: ReadonlyMap<string, Entry | undefined>, keysOnly: boolean): Entry[] {
  if (was.size === 0) return [...entries]
  const result = entries.filter((entry) => !was.has(entry.key))
  for (const entry of was.values()) {
    if (entry !== undefined) result.push(keysOnly ? { ...entry, value: empty } : entry)
  }
  return result.sort((a, b) => compareKeys(a.key, b.key))
}
