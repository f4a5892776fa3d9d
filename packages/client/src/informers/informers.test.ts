import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConfigMap } from '@kairship/api/builtin'
import { ConfigMaps, Secrets } from '@kairship/api/builtin'
import type { Connection } from '@kairship/apimachinery'
import { ConnectionError, failure, resourceRef } from '@kairship/apimachinery'
import { startTestServer } from '@kairship/apiserver/testing'
import type { TestServer } from '@kairship/apiserver/testing'
import { silentLogger, systemClock, systemRandom } from '@kairship/runtime'
import { manualClock, settle } from '@kairship/runtime/testing'
import type { ManualClock } from '@kairship/runtime/testing'
import type { CacheEvent, Informers } from '../informer.ts'
import { withoutManagedFields } from '../objects.ts'
import { createClient } from '../typed-client.ts'
import { createInformers } from './informers.ts'
import { ForeignServer, map } from './test/foreign-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const never = new AbortController().signal
const maps = () => createClient(server.connection).of(ConfigMaps, 'default')
const told = (event: CacheEvent<ConfigMap>): string => {
  const { type, object } = event
  const more =
    type === 'added'
      ? event.initial
        ? ' initial'
        : ''
      : type === 'deleted' && event.finalStateUnknown
        ? ' unknown'
        : ''
  return `${type} ${object.metadata.name ?? ''}=${object.data?.['n'] ?? ''}${more}`
}
async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 1_000) throw new Error('did not happen')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

describe('an informer', () => {
  const open = (connection: Connection = server.connection): Informers =>
    createInformers({
      client: createClient(connection),
      clock: systemClock(),
      log: silentLogger(),
      transform: withoutManagedFields,
    })

  it('tells what exists first, then every change in order, to everyone', async () => {
    await maps().create(map('one', '1', { set: 'a' }))
    await using informers = open()
    const informer = informers.of(ConfigMaps, { namespace: 'default', labelSelector: 'set=a' })
    const first: string[] = []
    const second: string[] = []
    informer.subscribe((event) => first.push(told(event)))
    await informer.synced(never)
    expect(first).toEqual(['added one=1 initial'])
    await maps().create(map('two', '2', { set: 'a' }))
    await until(() => informer.cache.size === 2)
    informer.subscribe((event) => second.push(told(event)))
    expect(second).toEqual(['added one=1 initial', 'added two=2 initial'])
    await maps().patch('one', 'merge', { data: { n: '3' } })
    await maps().delete('two')
    await until(() => second.some((line) => line.startsWith('deleted')))
    expect(first).toEqual(['added one=1 initial', 'added two=2', 'updated one=3', 'deleted two=2'])
    expect(second.slice(2)).toEqual(['updated one=3', 'deleted two=2'])
  })

  it('shares one cache per resource and scope, of deep-frozen objects', async () => {
    await maps().create(map('frozen', '1', { set: 'f' }))
    await using informers = open()
    const informer = informers.of(ConfigMaps, { labelSelector: 'set=f' })
    expect(informers.of(ConfigMaps, { labelSelector: 'set=f' })).toBe(informer)
    expect(informers.of(ConfigMaps)).not.toBe(informer)
    await informer.synced(never)
    const object = informer.cache.get('default/frozen')
    expect(Object.isFrozen(object)).toBe(true)
    expect(Object.isFrozen(object?.metadata.labels)).toBe(true)
    expect(object?.metadata.managedFields).toBeUndefined()
    expect(informer.age()).toBeLessThan(60_000)
    expect(informer.problem).toBeUndefined()
  })

  it('keeps indexes in step, also those added late', async () => {
    for (const n of ['1', '2', '3']) await maps().create(map(`index-${n}`, n === '3' ? '1' : n, { set: 'i' }))
    await using informers = open()
    const informer = informers.of(ConfigMaps, { labelSelector: 'set=i' })
    await informer.synced(never)
    informer.index('n', (object) => [object.data?.['n'] ?? ''])
    const names = (n: string): string[] =>
      Array.from(informer.cache.byIndex('n', n), ({ metadata }) => metadata.name ?? '')
    expect(names('1')).toEqual(['index-1', 'index-3'])
    await maps().patch('index-1', 'merge', { data: { n: '2' } })
    await maps().delete('index-3')
    await until(() => names('1').length === 0)
    expect(names('2')).toEqual(['index-2', 'index-1'])
    expect([...informer.cache.list({ namespace: 'default' })]).toHaveLength(2)
    expect([...informer.cache.list({ namespace: 'other' })]).toHaveLength(0)
    expect(() => informer.index('n', () => [])).toThrow(/already/)
    expect(() => informer.cache.byIndex('nonsense', '')).toThrow(/no index/)
  })

  it('is not stopped by a listener that fails, and stops telling one that left', async () => {
    await using informers = open()
    const informer = informers.of(ConfigMaps, { labelSelector: 'set=l' })
    const heard: string[] = []
    informer.subscribe(() => {
      throw new Error('faulty')
    })
    const subscription = informer.subscribe((event) => heard.push(told(event)))
    await informer.synced(never)
    await maps().create(map('listened', '1', { set: 'l' }))
    await until(() => heard.length === 1)
    subscription[Symbol.dispose]()
    await maps().delete('listened')
    await until(() => informer.cache.size === 0)
    expect(heard).toEqual(['added listened=1'])
  })

  it('lets a resource that does not exist hold up only itself', async () => {
    await using informers = open()
    const missing = informers.of(
      resourceRef({ group: 'no.such', version: 'v1', resource: 'things', kind: 'Thing', namespaced: true }),
    )
    const secrets = informers.of(Secrets)
    await secrets.synced(never)
    await until(() => missing.problem !== undefined)
    expect(missing.hasSynced).toBe(false)
    expect(missing.age()).toBe(Infinity)
    await informers.drop(Secrets)
    expect(informers.of(Secrets)).not.toBe(secrets)
  })
})

describe('an informer of a server that is not always there', () => {
  function open(streaming: ForeignServer['streaming'] = 'refused'): {
    foreign: ForeignServer
    clock: ManualClock
    informers: Informers
    events: string[]
  } {
    const foreign = new ForeignServer()
    foreign.streaming = streaming
    foreign.put('a', '1')
    foreign.put('b', '1')
    const clock = manualClock()
    const informers = createInformers({
      client: createClient(foreign),
      clock,
      random: systemRandom(),
      log: silentLogger(),
    })
    const events: string[] = []
    informers.of(ConfigMaps).subscribe((event) => events.push(told(event)))
    return { foreign, clock, informers, events }
  }
  const initial = ['added a=1 initial', 'added b=1 initial']

  it('lists where initial events are refused, and remembers that for its other resources', async () => {
    const { foreign, informers, events } = open()
    await using _ = informers
    await informers.of(ConfigMaps).synced(never)
    await settle()
    expect(events).toEqual(initial)
    expect(foreign.watches.map(({ query }) => query?.sendInitialEvents ?? false)).toEqual([true, false])
    await informers.of(Secrets).synced(never)
    expect(foreign.watches.filter(({ query }) => query?.sendInitialEvents).length).toBe(1)
    expect(foreign.watches[1]?.query).toMatchObject({ resourceVersion: '3', allowWatchBookmarks: true })
  })

  it('reads the initial events where the server streams them', async () => {
    const { foreign, informers, events } = open('yes')
    await using _ = informers
    await informers.of(ConfigMaps).synced(never)
    expect(events).toEqual(initial)
    expect(foreign.lists).toBe(0)
  })

  it('lists when a server ignores the wish for initial events', async () => {
    const { foreign, clock, informers, events } = open('ignored')
    await using _ = informers
    await clock.advance(9_000)
    expect(informers.of(ConfigMaps).hasSynced).toBe(false)
    await clock.advance(2_000)
    await informers.of(ConfigMaps).synced(never)
    expect(foreign.lists).toBe(1)
    expect(events).toEqual(initial)
  })

  it('goes on from where a watch ended', async () => {
    const { foreign, clock, informers, events } = open()
    await using _ = informers
    await informers.of(ConfigMaps).synced(never)
    await settle()
    foreign.send([{ type: 'MODIFIED', object: foreign.put('a', '2') }])
    await settle()
    foreign.send([{ type: 'BOOKMARK', resourceVersion: '77', initialEventsEnd: false }])
    await settle()
    foreign.send(undefined)
    await clock.advance(1_000)
    expect(foreign.watches.at(-1)?.query?.resourceVersion).toBe('77')
    expect(foreign.lists).toBe(1)
    expect(events.slice(2)).toEqual(['updated a=2'])
  })

  it('after 410 lists again and tells only the differences', async () => {
    const { foreign, clock, informers, events } = open()
    await using _ = informers
    await informers.of(ConfigMaps).synced(never)
    await settle()
    foreign.put('c', '1')
    foreign.objects.delete('b')
    foreign.put('a', '1', 'another-uid')
    foreign.send(failure(410, 'Expired', 'too old resource version'))
    await clock.advance(0)
    await settle()
    expect(events.slice(2)).toEqual(['deleted a=1 unknown', 'added a=1', 'added c=1', 'deleted b=1 unknown'])
    expect(informers.of(ConfigMaps).cache.size).toBe(2)
  })

  it('keeps its cache and says how old it is while the server cannot be reached, and backs off', async () => {
    const { foreign, clock, informers } = open()
    await using _ = informers
    const informer = informers.of(ConfigMaps)
    await informer.synced(never)
    await settle()
    foreign.failure = new ConnectionError('connection refused')
    foreign.send(new ConnectionError('reset'))
    await clock.advance(600_000)
    expect(informer.cache.size).toBe(2)
    expect(informer.age()).toBe(600_000)
    expect(informer.problem?.message).toBe('connection refused')
    const attempts = foreign.watches.length
    // Between half of and the full 30 s apart once it has backed off.
    expect(attempts).toBeGreaterThan(20)
    expect(attempts).toBeLessThan(60)
    foreign.failure = undefined
    await clock.advance(30_000)
    foreign.send([{ type: 'MODIFIED', object: foreign.put('a', '9') }])
    await settle()
    expect(informer.cache.get('default/a')?.data?.['n']).toBe('9')
    expect(informer.problem).toBeUndefined()
  })
})
