import { describe, expect, it } from 'vitest'
import { memoryStore } from '../memory/memory-store.ts'
import { everything, StoreUnavailableError } from '../store.ts'
import { storeContract } from './contract.ts'
import { faultyStore } from './faulty-store.ts'
import { bytes, follow, won } from './support.ts'

storeContract('faulty store without faults', async () => faultyStore(memoryStore(), () => undefined))

describe('faulty store', () => {
  it('fails a write that did not happen, and one that did', async () => {
    await using store = faultyStore(memoryStore(), ({ operation, call }) => {
      if (operation !== 'create') return undefined
      return call === 0 ? { type: 'fail' } : { type: 'lose-answer' }
    })
    await expect(store.create('/a', bytes('1'))).rejects.toThrow(StoreUnavailableError)
    expect(await store.count(everything)).toBe(0)
    await expect(store.create('/a', bytes('1'))).rejects.toThrow(StoreUnavailableError)
    expect(await store.count(everything)).toBe(1)
  })

  it('breaks a watch after a number of batches', async () => {
    await using store = faultyStore(memoryStore(), ({ operation }) =>
      operation === 'watch' ? { type: 'break', afterBatches: 1 } : undefined,
    )
    await using follower = follow(store, everything, 0)
    won(await store.create('/a', bytes('1')))
    expect(await follower.ended).toBeInstanceOf(StoreUnavailableError)
    expect(follower.events.length).toBe(1)
  })
})
