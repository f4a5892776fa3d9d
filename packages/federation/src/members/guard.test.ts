import { ConnectionError, failure } from '@kairship/apimachinery'
import type { Connection, Operation, Reply } from '@kairship/apimachinery'
import { manualClock } from '@kairship/runtime/testing'
import { describe, expect, it } from 'vitest'
import { GuardedConnection } from './guard.ts'

const operation: Operation = { verb: 'get', group: '', version: 'v1', resource: 'pods', name: 'a' }

function connection(answer: (signal?: AbortSignal) => Promise<Reply>): Connection {
  return {
    request: (_operation, signal) => answer(signal),
    watch: async function* () {},
    raw: async (_path, options) => {
      await answer(options?.signal)
      return { status: 200, contentType: '', body: new Uint8Array() }
    },
  }
}
const ok: Reply = { status: 200, body: {}, warnings: [] }

describe('a guarded connection', () => {
  it('ends a request that is not answered in time, and tells the connection below', async () => {
    const clock = manualClock()
    let aborted = false
    const hanging = connection(
      (signal) => new Promise(() => signal?.addEventListener('abort', () => (aborted = true), { once: true })),
    )
    const guarded = new GuardedConnection(hanging, { member: 'm', clock, timeoutMs: 1_000 })
    const request = guarded.request(operation)
    const refused = expect(request).rejects.toThrow('member m did not answer within 1000 ms')
    await clock.advance(1_000)
    await refused
    expect(aborted).toBe(true)
  })

  it('refuses at once after failures in a row, for a while, and probes go through meanwhile', async () => {
    const clock = manualClock()
    let works = false
    let asked = 0
    const flaky = connection(async () => {
      asked++
      if (!works) throw new ConnectionError('refused')
      return ok
    })
    let recovered = 0
    const onRecovered = (): void => void recovered++
    const guarded = new GuardedConnection(flaky, { member: 'm', clock, timeoutMs: 1_000, onRecovered })
    for (let count = 0; count < 3; count++) await expect(guarded.request(operation)).rejects.toThrow('refused')
    expect(guarded.open).toBe(true)
    await expect(guarded.request(operation)).rejects.toThrow('does not answer')
    expect(asked).toBe(3)
    works = true
    await guarded.raw('/readyz')
    expect(guarded.open).toBe(false)
    await expect(guarded.request(operation)).resolves.toBe(ok)
    // What waits for the member is told once.
    expect(recovered).toBe(1)
  })

  it('does not take refusals of the API for failures of the connection', async () => {
    const clock = manualClock()
    const refusing = connection(() => Promise.reject(failure(409, 'Conflict', 'no')))
    const guarded = new GuardedConnection(refusing, { member: 'm', clock, timeoutMs: 1_000 })
    for (let count = 0; count < 5; count++) await expect(guarded.request(operation)).rejects.toThrow('no')
    expect(guarded.open).toBe(false)
  })
})
