import { expect } from 'vitest'
import { StoreUnavailableError } from '../store.ts'
import type { ContractCases } from './contract.ts'
import { bytes, lost, plain, text, won } from './support.ts'

export const writeCases: ContractCases = {
  'creates a key that does not exist, with its first revision as both revisions': async (store) => {
    const before = await store.revision()
    const revision = won(await store.create('/a', bytes('1')))
    expect(revision).toBeGreaterThan(before)
    const { entries } = await store.read({ start: '/a' })
    expect(entries.map(plain)).toEqual([{ key: '/a', value: '1', create: revision, mod: revision }])
  },

  'refuses to create a key that exists and hands over what is there': async (store) => {
    const revision = won(await store.create('/a', bytes('1')))
    const winner = lost(await store.create('/a', bytes('2')))
    expect(plain(winner)).toEqual({ key: '/a', value: '1', create: revision, mod: revision })
  },

  'updates at the expected revision and keeps the revision of creation': async (store) => {
    const created = won(await store.create('/a', bytes('1')))
    const updated = won(await store.update('/a', bytes('2'), created))
    expect(updated).toBeGreaterThan(created)
    const { entries } = await store.read({ start: '/a' })
    expect(entries.map(plain)).toEqual([{ key: '/a', value: '2', create: created, mod: updated }])
  },

  'refuses an update at another revision, changes nothing and hands over the winner': async (store) => {
    const created = won(await store.create('/a', bytes('1')))
    const updated = won(await store.update('/a', bytes('2'), created))
    const winner = lost(await store.update('/a', bytes('3'), created))
    expect(plain(winner)).toEqual({ key: '/a', value: '2', create: created, mod: updated })
    expect(await store.revision()).toBe(updated)
  },

  'refuses to update a key that does not exist': async (store) => {
    expect(lost(await store.update('/a', bytes('1'), 1))).toBeUndefined()
    expect(lost(await store.update('/a', bytes('1'), 0))).toBeUndefined()
  },

  'deletes at the expected revision, or at any when none is given': async (store) => {
    const a = won(await store.create('/a', bytes('1')))
    won(await store.create('/b', bytes('1')))
    const deletedA = won(await store.delete('/a', a))
    const deletedB = won(await store.delete('/b'))
    expect(deletedB).toBeGreaterThan(deletedA)
    expect(await store.count({ start: '/', end: '0' })).toBe(0)
  },

  'refuses a delete at another revision and hands over the winner': async (store) => {
    const created = won(await store.create('/a', bytes('1')))
    const updated = won(await store.update('/a', bytes('2'), created))
    expect(plain(lost(await store.delete('/a', created)))).toMatchObject({ value: '2', mod: updated })
    expect(await store.count({ start: '/a' })).toBe(1)
  },

  'fails to delete what does not exist, with nothing to hand over': async (store) => {
    expect(lost(await store.delete('/a'))).toBeUndefined()
    expect(lost(await store.delete('/a', 1))).toBeUndefined()
  },

  'gives a key that is created again a new revision of creation': async (store) => {
    const first = won(await store.create('/a', bytes('1')))
    won(await store.delete('/a'))
    const again = won(await store.create('/a', bytes('2')))
    expect(lost(await store.update('/a', bytes('3'), first))).toBeDefined()
    const { entries } = await store.read({ start: '/a' })
    expect(entries.map(plain)).toEqual([{ key: '/a', value: '2', create: again, mod: again }])
  },

  'counts every successful write and no other': async (store) => {
    const created = won(await store.create('/a', bytes('1')))
    lost(await store.create('/a', bytes('2')))
    lost(await store.update('/b', bytes('2'), created))
    expect(await store.revision()).toBe(created)
    const same = won(await store.update('/a', bytes('1'), created))
    expect(same).toBeGreaterThan(created)
  },

  'keeps every byte of empty, binary and large values': async (store) => {
    const binary = Uint8Array.from({ length: 256 }, (_, index) => index)
    const large = new Uint8Array(3 * 1024 * 1024).map((_, index) => (index * 31) & 0xff)
    // A view into a larger buffer: only its own bytes belong to the value.
    const view = large.subarray(1000, 1010)
    won(await store.create('/empty', new Uint8Array(0)))
    won(await store.create('/binary', binary))
    won(await store.create('/large', large))
    won(await store.create('/view', view))
    const { entries } = await store.read({ start: '/', end: '0' })
    expect(entries.map(({ key }) => key)).toEqual(['/binary', '/empty', '/large', '/view'])
    const values = entries.map(({ value }) => Buffer.from(value))
    expect(values[0]?.equals(binary)).toBe(true)
    expect(values[1]?.length).toBe(0)
    expect(values[2]?.equals(large)).toBe(true)
    expect(values[3]?.equals(view)).toBe(true)
  },

  'refuses a key that is no text': async (store) => {
    await expect(store.create('', bytes('1'))).rejects.toThrow(TypeError)
    await expect(store.create('/\ud800', bytes('1'))).rejects.toThrow(TypeError)
    expect(await store.count({ start: '', end: '\u{10ffff}' })).toBe(0)
  },

  'finishes the writes it has taken when it is disposed, and takes no more': async (store) => {
    const writes = Array.from({ length: 20 }, (_, index) => store.create(`/k${index}`, bytes('x')))
    const disposed = store[Symbol.asyncDispose]()
    const late = store.create('/late', bytes('x'))
    await expect(late).rejects.toThrow(StoreUnavailableError)
    expect((await Promise.all(writes)).every(({ ok }) => ok)).toBe(true)
    await disposed
    await store[Symbol.asyncDispose]()
    await expect(store.read({ start: '/k1' })).rejects.toThrow(StoreUnavailableError)
    await expect(store.revision()).rejects.toThrow(StoreUnavailableError)
    await expect(store.delete('/k1')).rejects.toThrow(StoreUnavailableError)
    await expect(store.count({ start: '/k1' })).rejects.toThrow(StoreUnavailableError)
  },

  'answers reads that were under way when it is disposed': async (store) => {
    won(await store.create('/a', bytes('1')))
    const reading = store.read({ start: '/', end: '0' })
    await store[Symbol.asyncDispose]()
    expect((await reading).entries.map(({ value }) => text(value))).toEqual(['1'])
  },
}
