import { everything, type Revision, type Store } from '@kairship/storage'
import { expect } from 'vitest'

/** What a watch has told so far. */
export interface Story {
  readonly events: string[]
  readonly revisions: Revision[]
  readonly at: Revision
  /** What the watch ended with: `undefined` for a regular end. */
  readonly ended: Promise<unknown>
  reached(revision: Revision): Promise<void>
  stop(): Promise<void>
}

export const bytes = (text: string): Uint8Array => Buffer.from(text)
export const text = (value: Uint8Array | undefined): string => Buffer.from(value ?? []).toString()

/** Follows everything a store tells: `revision key before>after`, with `-` where there is nothing. */
export function listen(store: Store, after: Revision): Story {
  const stop = new AbortController()
  const events: string[] = []
  const revisions: Revision[] = []
  let at = after
  let wake = Promise.withResolvers<void>()
  const run = async (): Promise<unknown> => {
    try {
      for await (const batch of store.watch(everything, { after, signal: stop.signal })) {
        for (const event of batch.events) {
          const entry = event.type === 'put' ? event.entry : undefined
          const key = entry?.key ?? event.previous?.key ?? ''
          const revision = entry?.modRevision ?? (event.type === 'delete' ? event.revision : 0)
          const before = event.previous === undefined ? '-' : text(event.previous.value)
          events.push(`${revision} ${key} ${before}>${entry === undefined ? '-' : text(entry.value)}`)
          revisions.push(revision)
        }
        at = batch.revision
        wake.resolve()
        wake = Promise.withResolvers<void>()
      }
      return undefined
    } catch (error) {
      return error
    }
  }
  const ended = run()
  return {
    events,
    revisions,
    get at() {
      return at
    },
    ended,
    async reached(revision) {
      while (at < revision) {
        const early = ended.then((error) => Promise.reject(error ?? new Error(`the watch ended at ${at}`)))
        await Promise.race([wake.promise, early])
      }
    },
    async stop() {
      stop.abort()
      await ended
    },
  }
}

export async function put(store: Store, key: string, value: string): Promise<Revision> {
  const [current] = (await store.read({ start: key })).entries
  const result = await (current === undefined
    ? store.create(key, bytes(value))
    : store.update(key, bytes(value), current.modRevision))
  if (!result.ok) throw new Error(`somebody else wrote ${key}`)
  return result.revision
}
export async function remove(store: Store, key: string): Promise<Revision> {
  const result = await store.delete(key)
  if (!result.ok) throw new Error(`there is no ${key}`)
  return result.revision
}

export async function contents(store: Store): Promise<Record<string, string>> {
  const { entries } = await store.read(everything)
  return Object.fromEntries(entries.map(({ key, value }) => [key, text(value)]))
}

/** The story of a watch has to lead from `before` to what is there now, without a step left out. */
export function expectContinuous(story: Story): void {
  const state = new Map<string, string>()
  let last = 0
  for (const event of story.events) {
    const [revision = '', key = '', step = ''] = event.split(' ')
    const [before = '', after = ''] = step.split('>')
    expect(Number(revision), event).toBeGreaterThan(last)
    last = Number(revision)
    if (state.has(key)) expect(before, event).toBe(state.get(key))
    state.set(key, after)
  }
}

/** Waits for something that happens soon. */
export async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 2_000) throw new Error('it did not happen')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
