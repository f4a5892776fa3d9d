import { expect } from 'vitest'
import { CompactedError, everything, FutureRevisionError, prefixRange, type Store } from '../store.ts'
import type { ContractCases } from './contract.ts'
import { bytes, plain, text, won } from './support.ts'

async function fill(store: Store, keys: readonly string[]): Promise<number> {
  let revision = 0
  for (const key of keys) revision = won(await store.create(key, bytes(key)))
  return revision
}
async function keysOf(store: Store, start: string, end?: string): Promise<string[]> {
  const { entries } = await store.read(end === undefined ? { start } : { start, end })
  return entries.map(({ key }) => key)
}

export const readCases: ContractCases = {
  'reads a single key, a half-open range and everything': async (store) => {
    await fill(store, ['/b', '/a', '/c', '/a/x'])
    expect(await keysOf(store, '/a')).toEqual(['/a'])
    expect(await keysOf(store, '/a', '/c')).toEqual(['/a', '/a/x', '/b'])
    expect(await keysOf(store, '/c', '/a')).toEqual([])
    expect(await keysOf(store, '/nothing')).toEqual([])
    expect((await store.read(everything)).entries.map(({ key }) => key)).toEqual(['/a', '/a/x', '/b', '/c'])
  },

  'keeps a prefix apart from names that only begin alike': async (store) => {
    await fill(store, ['/pods/a/x', '/pods/ab/x', '/pods/a', '/pods/a0', '/pods/a/'])
    const { entries } = await store.read(prefixRange('/pods/a/'))
    expect(entries.map(({ key }) => key)).toEqual(['/pods/a/', '/pods/a/x'])
    expect(await store.count(prefixRange('/pods/'))).toBe(5)
    expect(await store.count(prefixRange(''))).toBe(5)
  },

  'orders keys by their UTF-8 bytes': async (store) => {
    const keys = ['/z', '/é', '/\u{1F600}', '/\uFF5E', '/A', '/a', '/a\u0000', '/a\u0001', '/ab', '/\uE000', '/名']
    await fill(store, keys)
    const byBytes = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    expect(await keysOf(store, '', '\u{10ffff}')).toEqual(byBytes)
    const middle = byBytes.slice(3, 9)
    expect(await keysOf(store, middle[0] ?? '', byBytes[9])).toEqual(middle)
  },

  'cuts a page at its limit and tells whether there is more': async (store) => {
    await fill(store, ['/a', '/b', '/c'])
    const two = await store.read(everything, { limit: 2 })
    expect([two.entries.map(({ key }) => key), two.more]).toEqual([['/a', '/b'], true])
    const three = await store.read(everything, { limit: 3 })
    expect([three.entries.length, three.more]).toEqual([3, false])
    const none = await store.read({ start: '/x', end: '/y' }, { limit: 1 })
    expect([none.entries.length, none.more]).toEqual([0, false])
  },

  'leaves values out when only keys are wanted': async (store) => {
    const created = won(await store.create('/a', bytes('value')))
    const { entries } = await store.read(everything, { keysOnly: true })
    expect(entries.map(plain)).toEqual([{ key: '/a', value: '', create: created, mod: created }])
  },

  'says at which revision a page was read': async (store) => {
    expect((await store.read(everything)).revision).toBe(await store.revision())
    const created = won(await store.create('/a', bytes('1')))
    const deleted = won(await store.delete('/a'))
    expect((await store.read(everything)).revision).toBe(deleted)
    expect((await store.read(everything, { at: created })).revision).toBe(created)
  },

  'reads an old revision as it was: updates, deletes and later creates undone': async (store) => {
    const a1 = won(await store.create('/a', bytes('a1')))
    const b1 = won(await store.create('/b', bytes('b1')))
    won(await store.update('/a', bytes('a2'), a1))
    won(await store.delete('/b'))
    won(await store.create('/c', bytes('c1')))
    won(await store.create('/b', bytes('b2')))
    const old = await store.read(everything, { at: b1 })
    expect(old.entries.map(plain)).toEqual([
      { key: '/a', value: 'a1', create: a1, mod: a1 },
      { key: '/b', value: 'b1', create: b1, mod: b1 },
    ])
    expect(old.more).toBe(false)
    expect(await store.count(everything, { at: b1 })).toBe(2)
    expect(await store.count(everything, { at: a1 })).toBe(1)
    expect(await store.count(everything)).toBe(3)
    expect((await store.read({ start: '/b' }, { at: a1 })).entries).toEqual([])
    expect((await store.read({ start: '/b' }, { at: b1 })).entries.map(({ value }) => text(value))).toEqual(['b1'])
  },

  'pages through an old revision while the present changes': async (store) => {
    const keys = Array.from({ length: 10 }, (_, index) => `/k${index}`)
    const at = await fill(store, keys)
    const seen: string[] = []
    let start = '/'
    for (let page = 0; ; page++) {
      const { entries, more } = await store.read({ start, end: '0' }, { at, limit: 3 })
      seen.push(...entries.map(({ key, value }) => `${key}=${text(value)}`))
      if (!more) break
      start = `${entries.at(-1)?.key}\u0000`
      // Before, on and behind the place reached; gone, changed and new.
      won(await store.delete(`/k${page}`))
      won(await store.create(`/k${page}5`, bytes('new')))
      await store.delete(`/k${9 - page}`)
    }
    expect(seen).toEqual(keys.map((key) => `${key}=${key}`))
  },

  'refuses to read the future': async (store) => {
    const now = await fill(store, ['/a'])
    await expect(store.read(everything, { at: now + 1 })).rejects.toThrow(FutureRevisionError)
    await expect(store.count(everything, { at: now + 1 })).rejects.toThrow(FutureRevisionError)
  },

  'refuses to read what was compacted, and says what is left': async (store) => {
    const a = won(await store.create('/a', bytes('1')))
    const b = won(await store.update('/a', bytes('2'), a))
    const c = won(await store.update('/a', bytes('3'), b))
    expect(await store.compact(b)).toBe(b)
    const refusal = await store.read(everything, { at: a }).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(CompactedError)
    expect(refusal).toMatchObject({ oldest: b })
    await expect(store.count(everything, { at: a })).rejects.toThrow(CompactedError)
    expect((await store.read(everything, { at: b })).entries.map(({ value }) => text(value))).toEqual(['2'])
    expect((await store.read(everything, { at: c })).entries.map(({ value }) => text(value))).toEqual(['3'])
  },

  'compacts at most up to the present, and never backwards': async (store) => {
    const a = won(await store.create('/a', bytes('1')))
    const b = won(await store.create('/b', bytes('1')))
    expect(await store.compact(b + 100)).toBe(b)
    expect(await store.compact(a)).toBe(b)
    const c = won(await store.create('/c', bytes('1')))
    expect((await store.read(everything, { at: c })).entries.length).toBe(3)
    expect((await store.read(everything, { at: b })).entries.length).toBe(2)
  },
}
