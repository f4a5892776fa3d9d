import fc from 'fast-check'
import { expect } from 'vitest'
import { everything, type Store } from '../store.ts'
import { compareKeys } from '../core/keys.ts'
import type { ContractCases } from './contract.ts'
import { bytes, follow, plain, type PlainEntry, type PlainEvent } from './support.ts'

const keys = ['/a', '/a/b', '/b', '/é', '/\uFF5E', '/\u{1F600}']
type Action =
  | {
      readonly type: 'create' | 'update' | 'stale' | 'delete' | 'delete-stale'
      readonly key: string
      readonly value: string
    }
  | { readonly type: 'compact'; readonly back: number }

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      type: fc.constantFrom('create', 'update', 'stale', 'delete', 'delete-stale'),
      key: fc.constantFrom(...keys),
      value: fc.string({ maxLength: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('compact'), back: fc.nat(10) }) },
)

/** The simplest thing that could be right: the whole state at every revision. */
class Model {
  readonly states: { readonly revision: number; readonly entries: ReadonlyMap<string, PlainEntry> }[] = []
  readonly events: PlainEvent[] = []
  oldest: number

  constructor(revision: number) {
    this.oldest = revision
    this.states.push({ revision, entries: new Map() })
  }
  get entries(): ReadonlyMap<string, PlainEntry> {
    return this.states.at(-1)?.entries ?? new Map()
  }
  apply(key: string, value: string | undefined, revision: number): void {
    const entries = new Map(this.entries)
    const previous = entries.get(key)
    const entry = value === undefined ? undefined : { key, value, create: previous?.create ?? revision, mod: revision }
    if (entry === undefined) entries.delete(key)
    else entries.set(key, entry)
    this.states.push({ revision, entries })
    this.events.push({ type: entry === undefined ? 'delete' : 'put', revision, entry, previous })
  }
  sorted(entries: ReadonlyMap<string, PlainEntry> = this.entries): PlainEntry[] {
    return [...entries.values()].sort((a, b) => compareKeys(a.key, b.key))
  }
}

async function step(store: Store, model: Model, one: Extract<Action, { readonly key: string }>): Promise<void> {
  const { type, key, value } = one
  const current = model.entries.get(key)
  const wrong = (current?.mod ?? 0) + 1_000_000
  if (type === 'create') {
    const result = await store.create(key, bytes(value))
    expect(result.ok).toBe(current === undefined)
    if (result.ok) model.apply(key, value, result.revision)
    else expect(plain(result.current)).toEqual(current)
  } else if (type === 'update' || type === 'stale') {
    const result = await store.update(key, bytes(value), type === 'update' ? (current?.mod ?? 0) : wrong)
    expect(result.ok).toBe(type === 'update' && current !== undefined)
    if (result.ok) model.apply(key, value, result.revision)
    else expect(plain(result.current)).toEqual(current)
  } else {
    const result = await (type === 'delete' ? store.delete(key) : store.delete(key, wrong))
    expect(result.ok).toBe(type === 'delete' && current !== undefined)
    if (result.ok) model.apply(key, undefined, result.revision)
    else expect(plain(result.current)).toEqual(current)
  }
}

export const propertyCases: ContractCases = {
  'agrees with a model that keeps every state, for any sequence of operations': async (_, open) => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 40 }), fc.nat(), fc.nat(4), async (actions, pick, limit) => {
        await using store = await open()
        const model = new Model(await store.revision())
        await using follower = follow(store, everything, model.oldest)
        for (const one of actions) {
          if (one.type === 'compact') {
            // A follower may be behind; compacting what it has not read would rightly end it.
            await follower.reached(model.events.at(-1)?.revision ?? -1)
            const before = Math.max(0, (await store.revision()) - one.back)
            model.oldest = Math.max(model.oldest, before)
            expect(await store.compact(before)).toBe(model.oldest)
          } else {
            await step(store, model, one)
          }
        }
        expect((await store.read(everything)).entries.map(plain)).toEqual(model.sorted())

        const known = model.states.filter(({ revision }) => revision >= model.oldest)
        const at = known[pick % Math.max(1, known.length)]
        if (at !== undefined) {
          const old = await store.read(everything, { at: at.revision })
          expect(old.entries.map(plain)).toEqual(model.sorted(at.entries))
          const page = await store.read(everything, { at: at.revision, limit: limit + 1 })
          expect(page.entries.map(plain)).toEqual(model.sorted(at.entries).slice(0, limit + 1))
          expect(page.more).toBe(at.entries.size > limit + 1)
          expect(await store.count(everything, { at: at.revision })).toBe(at.entries.size)
          await using replay = follow(store, everything, at.revision)
          const last = model.events.at(-1)?.revision ?? at.revision
          if (last > at.revision) await replay.reached(last)
          expect(replay.events).toEqual(model.events.filter(({ revision }) => revision > at.revision))
        }
        const last = model.events.at(-1)
        if (last !== undefined) await follower.reached(last.revision)
        expect(follower.events).toEqual(model.events)
      }),
      { numRuns: 60 },
    )
  },

  'tells watchers a story that leads from nothing to the present, for any concurrent writes': async (_, open) => {
    const write = fc.record({
      type: fc.constantFrom('create', 'put', 'delete'),
      key: fc.constantFrom(...keys),
      yields: fc.nat(3),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(write, { maxLength: 10 }), { minLength: 2, maxLength: 5 }),
        async (writers) => {
          await using store = await open()
          const start = await store.revision()
          await using follower = follow(store, everything, start)
          const acknowledged = new Set<number>()
          const run = async (writes: (typeof writers)[number], name: number): Promise<void> => {
            for (const [index, { type, key, yields }] of writes.entries()) {
              for (let i = 0; i < yields; i++) await Promise.resolve()
              const value = bytes(`${name}/${index}`)
              const [current] = type === 'put' ? (await store.read({ start: key })).entries : []
              const result = await (type === 'create'
                ? store.create(key, value)
                : type === 'delete'
                  ? store.delete(key)
                  : store.update(key, value, current?.modRevision ?? 0))
              if (result.ok) acknowledged.add(result.revision)
            }
          }
          await Promise.all(writers.map(run))
          const page = await store.read(everything)
          await follower.reached(Math.max(-1, ...acknowledged))
          expect(follower.events.map(({ revision }) => revision)).toEqual([...acknowledged].sort((a, b) => a - b))
          const state = new Map<string, PlainEntry>()
          for (const { entry, previous } of follower.events) {
            const key = entry?.key ?? previous?.key ?? ''
            expect(previous).toEqual(state.get(key))
            if (entry === undefined) state.delete(key)
            else state.set(key, entry)
          }
          expect(page.entries.map(plain)).toEqual([...state.values()].sort((a, b) => compareKeys(a.key, b.key)))
        },
      ),
      { numRuns: 40 },
    )
  },
}
