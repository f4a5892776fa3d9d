import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Lease } from '@kairship/api/builtin'
import { Leases } from '@kairship/api/builtin'
import type { Connection } from '@kairship/apimachinery'
import { ConnectionError } from '@kairship/apimachinery'
import { startTestServer } from '@kairship/apiserver/testing'
import type { TestServer } from '@kairship/apiserver/testing'
import { createClient, edit } from '@kairship/client'
import type { Runnable } from '@kairship/runtime'
import { aborted, silentLogger, systemRandom } from '@kairship/runtime'
import type { ManualClock } from '@kairship/runtime/testing'
import { manualClock } from '@kairship/runtime/testing'
import { leaderElection } from './leader-election.ts'
import { manager } from './manager.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

interface Candidate {
  readonly leads: () => boolean
  readonly stop: () => Promise<void>
  cut: boolean
}

function candidate(clock: ManualClock, lease: string, identity: string): Candidate {
  const state = { leads: false, cut: false }
  const { connection } = server
  const connect: Connection = {
    ...connection,
    request: (operation, signal) =>
      state.cut ? Promise.reject(new ConnectionError('cut off')) : connection.request(operation, signal),
  }
  const election = leaderElection({
    client: createClient(connect),
    clock,
    random: systemRandom(),
    log: silentLogger(),
    namespace: 'default',
    name: lease,
    identity,
  })
  const stop = new AbortController()
  const running = election.lead(stop.signal, async (signal) => {
    state.leads = true
    await aborted(signal)
    state.leads = false
  })
  return {
    leads: () => state.leads,
    stop: async () => {
      stop.abort()
      await running
    },
    get cut() {
      return state.cut
    },
    set cut(value) {
      state.cut = value
    },
  }
}

/** Lets timers and the requests they make take turns. */
async function pass(clock: ManualClock, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 500) {
    await clock.advance(Math.min(500, left))
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

describe('leader election', () => {
  const lease = async (name: string) => createClient(server.connection).of(Leases, 'default').get(name)

  it('makes one of several candidates the leader and keeps it', async () => {
    const clock = manualClock()
    const all = ['a', 'b', 'c'].map((identity) => candidate(clock, 'one', identity))
    await pass(clock, 60_000)
    expect(all.filter((each) => each.leads())).toHaveLength(1)
    const object = await lease('one')
    expect(object.spec).toMatchObject({ leaseDurationSeconds: 15, leaseTransitions: 0 })
    expect(object.spec?.renewTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
    for (const each of all) await each.stop()
    expect((await lease('one')).spec?.holderIdentity).toBeUndefined()
  })

  it('hands over at once when the leader stops', async () => {
    const clock = manualClock()
    const first = candidate(clock, 'hand', 'first')
    await pass(clock, 1_000)
    const second = candidate(clock, 'hand', 'second')
    await pass(clock, 5_000)
    expect([first.leads(), second.leads()]).toEqual([true, false])
    await first.stop()
    await pass(clock, 3_000)
    expect(second.leads()).toBe(true)
    expect((await lease('hand')).spec).toMatchObject({ holderIdentity: 'second' })
    await second.stop()
  })

  it('has the leader step down before anyone else takes over when it is cut off', async () => {
    const clock = manualClock()
    const first = candidate(clock, 'cut', 'first')
    await pass(clock, 1_000)
    const second = candidate(clock, 'cut', 'second')
    await pass(clock, 4_000)
    first.cut = true
    let both = false
    for (let waited = 0; waited < 30_000; waited += 500) {
      await pass(clock, 500)
      if (first.leads() && second.leads()) both = true
    }
    expect(both).toBe(false)
    expect([first.leads(), second.leads()]).toEqual([false, true])
    expect((await lease('cut')).spec?.leaseTransitions).toBe(1)
    await second.stop()
    await first.stop()
  })

  it('leaves a lease alone that another kind of client holds and renews', async () => {
    const clock = manualClock()
    const client = createClient(server.connection).of(Leases, 'default')
    const foreign: Lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'foreign', namespace: 'default' },
      spec: { holderIdentity: 'client-go', leaseDurationSeconds: 15, renewTime: '2020-01-01T00:00:00.000000Z' },
    }
    await client.create(foreign)
    const ours = candidate(clock, 'foreign', 'ours')
    for (let round = 0; round < 5; round++) {
      await pass(clock, 10_000)
      const draft = edit<Lease>(await client.get('foreign'))
      // Its clock is years behind; only that it changes counts.
      if (draft.spec !== undefined) draft.spec.renewTime = `2020-01-01T00:0${round + 1}:00.000000Z`
      await client.update(draft)
      expect(ours.leads()).toBe(false)
    }
    await pass(clock, 20_000)
    expect(ours.leads()).toBe(true)
    await ours.stop()
  })
})

describe('a manager', () => {
  it('runs what needs no lead at once, what does when it has it, and stops all', async () => {
    const clock = manualClock()
    const running = new Set<string>()
    const part = (name: string, needsLeadership?: boolean): Runnable => ({
      name,
      ...(needsLeadership === undefined ? {} : { needsLeadership }),
      async run(signal) {
        running.add(name)
        await aborted(signal)
        running.delete(name)
      },
    })
    const blocker = candidate(clock, 'managed', 'blocker')
    await pass(clock, 1_000)
    const election = leaderElection({
      client: createClient(server.connection),
      clock,
      random: systemRandom(),
      log: silentLogger(),
      namespace: 'default',
      name: 'managed',
      identity: 'manager',
    })
    const all = manager({
      name: 'all',
      runnables: [part('server'), part('free', false), part('led', true)],
      log: silentLogger(),
      election,
    })
    const stop = new AbortController()
    const done = all.run(stop.signal)
    await pass(clock, 5_000)
    expect([...running].toSorted((a, b) => a.localeCompare(b))).toEqual(['free', 'server'])
    await blocker.stop()
    await pass(clock, 5_000)
    expect(running.has('led')).toBe(true)
    stop.abort()
    await done
    expect([...running]).toEqual([])
  })
})
