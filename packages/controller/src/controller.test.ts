import { describe, expect, it } from 'vitest'
import { ConnectionError, failure } from '@kairship/apimachinery'
import type { ConfigMap } from '@kairship/api/builtin'
import { ConfigMaps } from '@kairship/api/builtin'
import { startTestServer } from '@kairship/apiserver/testing'
import type { TestServer } from '@kairship/apiserver/testing'
import { createClient, createInformers } from '@kairship/client'
import { silentLogger, systemClock } from '@kairship/runtime'
import { manualClock, recordedLog, settle } from '@kairship/runtime/testing'
import type { Outcome } from './controller.ts'
import { Blocked, controller, TerminalError } from './controller.ts'
import { controllerKey, informerSource, ownKey, pushSource } from './sources.ts'

const log = silentLogger()

describe('a controller', () => {
  it('works on what exists before it works on anything else, and on every later change', async () => {
    await using server: TestServer = await startTestServer()
    const maps = createClient(server.connection).of(ConfigMaps, 'default')
    const map = (name: string, data = {}): ConfigMap => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: 'default' },
      data,
    })
    await maps.create(map('source'))
    const client = createClient(server.connection)
    await using informers = createInformers({ client, clock: systemClock(), log })
    const informer = informers.of(ConfigMaps, { namespace: 'default' })
    // Copies each map to one that is named after it: level-based, so that nothing depends on the event.
    const copier = controller<string>({
      name: 'copier',
      sources: [informerSource(informer, ownKey)],
      reconciler: {
        async reconcile(key) {
          const object = informer.cache.get(key)
          const name = object?.metadata.name ?? ''
          if (object === undefined || name.startsWith('copy-') || name.startsWith('kube-')) return
          const copy = informer.cache.get(`default/copy-${name}`)
          if (copy === undefined) await maps.create(map(`copy-${name}`, object.data))
          else await maps.patch(`copy-${name}`, 'merge', { data: { ...object.data } })
        },
      },
      clock: systemClock(),
      log,
    })
    const stop = new AbortController()
    const running = copier.run(stop.signal)
    const value = async (name: string, expected: string | undefined): Promise<void> => {
      while ((await maps.find(name))?.data?.['v'] !== expected) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await value('copy-source', undefined)
    await maps.patch('source', 'merge', { data: { v: '1' } })
    await value('copy-source', '1')
    await maps.create(map('late', { v: '2' }))
    await value('copy-late', '2')
    stop.abort()
    await running
  })

  it('retries failures with backoff, obeys times asked for, and gives up on what cannot be helped', async () => {
    const clock = manualClock()
    const { log: recorded, records } = recordedLog()
    const source = pushSource<string>()
    const runs: string[] = []
    const outcomes: Outcome['result'][] = []
    const runner = controller<string>({
      name: 'runner',
      sources: [source],
      reconciler: {
        async reconcile(key) {
          runs.push(`${key} ${clock.now() - start}`)
          const times = runs.filter((run) => run.startsWith(`${key} `)).length
          if (key === 'flaky' && times < 3) throw new Error('not yet')
          if (key === 'hopeless') throw new TerminalError('never')
          if (key === 'later' && times === 1) return { requeueAfterMs: 500 }
          return undefined
        },
      },
      concurrency: 1,
      clock,
      log: recorded,
      onOutcome: ({ result }) => outcomes.push(result),
    })
    const start = clock.now()
    for (const key of ['flaky', 'hopeless', 'later']) source.push(key)
    const stop = new AbortController()
    const running = runner.run(stop.signal)
    await settle()
    await clock.advance(1_000)
    expect(runs).toEqual(['flaky 0', 'hopeless 0', 'later 0', 'flaky 10', 'flaky 30', 'later 500'])
    expect(outcomes).toEqual(['retried', 'terminal', 'requeued', 'retried', 'done', 'done'])
    expect(records.filter(({ level }) => level === 'error').map(({ fields }) => fields?.['key'])).toEqual(['hopeless'])
    stop.abort()
    await running
    expect(clock.pending).toBe(0)
  })

  it('says what goes on failing ever more rarely, refusals without stack, and waiting only to those who look for details', async () => {
    const clock = manualClock()
    const { log: recorded, records } = recordedLog()
    const source = pushSource<string>()
    const runner = controller<string>({
      name: 'runner',
      sources: [source],
      reconciler: {
        async reconcile(key) {
          if (key === 'waiting') throw new Blocked('the namespace is not there yet')
          if (key === 'refused') throw failure(403, 'Forbidden', 'no')
          throw new Error('a bug')
        },
      },
      concurrency: 1,
      clock,
      log: recorded,
      backoff: () => 10,
    })
    for (const key of ['waiting', 'refused', 'broken']) source.push(key)
    const stop = new AbortController()
    const running = runner.run(stop.signal)
    await settle()
    for (let attempt = 0; attempt < 25; attempt++) await clock.advance(10)
    const said = (key: string, least: readonly string[]): number =>
      records.filter(({ level, fields }) => fields['key'] === key && least.includes(level)).length
    expect(said('waiting', ['warn', 'error'])).toBe(0)
    expect(said('waiting', ['info'])).toBe(1)
    // Attempts 3, 6, 12 and 24.
    expect([said('refused', ['warn']), said('refused', ['error'])]).toEqual([4, 0])
    expect([said('broken', ['warn']), said('broken', ['error'])]).toEqual([0, 4])
    stop.abort()
    await running
  })

  it('says once that a server does not answer, however many keys wait for it', async () => {
    const clock = manualClock()
    const { log: recorded, records } = recordedLog()
    const source = pushSource<string>()
    const runner = controller<string>({
      name: 'runner',
      sources: [source],
      reconciler: { reconcile: () => Promise.reject(new ConnectionError('connection refused')) },
      clock,
      log: recorded,
      backoff: (attempt) => 10 * 2 ** attempt,
    })
    for (let key = 0; key < 50; key++) source.push(`key-${key}`)
    const stop = new AbortController()
    const running = runner.run(stop.signal)
    await settle()
    await clock.advance(1_000)
    const warnings = (): number => records.filter(({ level }) => level === 'warn' || level === 'error').length
    expect(warnings()).toBe(1)
    await clock.advance(100_000)
    expect(warnings()).toBe(2)
    stop.abort()
    await running
  })

  it('works on different keys side by side and never on one key twice at a time', async () => {
    const source = pushSource<string>()
    const busy = new Set<string>()
    let most = 0
    let clashed = false
    let done = 0
    const runner = controller<string>({
      name: 'parallel',
      sources: [source],
      reconciler: {
        async reconcile(key) {
          if (busy.has(key)) clashed = true
          busy.add(key)
          most = Math.max(most, busy.size)
          await settle()
          busy.delete(key)
          done++
        },
      },
      concurrency: 3,
      clock: systemClock(),
      log,
    })
    const stop = new AbortController()
    const running = runner.run(stop.signal)
    for (let round = 0; round < 20; round++) {
      for (const key of ['a', 'b', 'c', 'd', 'e']) source.push(key)
      await settle()
    }
    while (busy.size > 0) await settle()
    stop.abort()
    await running
    expect(clashed).toBe(false)
    expect(most).toBe(3)
    expect(done).toBeGreaterThan(20)
  })

  it('finishes what it is doing before it has stopped', async () => {
    const source = pushSource<string>()
    let finish = (): void => undefined
    const work = new Promise<void>((resolve) => (finish = resolve))
    const runner = controller<string>({
      name: 'slow',
      sources: [source],
      reconciler: { reconcile: () => work },
      clock: systemClock(),
      log,
    })
    source.push('a')
    const stop = new AbortController()
    let stopped = false
    const running = runner.run(stop.signal).then(() => (stopped = true))
    await settle()
    stop.abort()
    await settle()
    expect(stopped).toBe(false)
    finish()
    await running
  })
})

describe('the key of a controlling owner', () => {
  it('is found by group and kind', () => {
    const keys = controllerKey('apps', 'ReplicaSet')
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rs', uid: 'u', controller: true }
    const pod = (ownerReferences: (typeof owner)[]) => ({ metadata: { name: 'p', namespace: 'n', ownerReferences } })
    expect(keys(pod([owner]))).toEqual(['n/rs'])
    expect(keys(pod([{ ...owner, controller: false }]))).toEqual([])
    expect(keys(pod([{ ...owner, apiVersion: 'other/v1' }]))).toEqual([])
    expect(keys({ metadata: { name: 'p' } })).toEqual([])
  })
})
