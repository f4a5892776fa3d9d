import { systemClock } from '@kairship/runtime'
import { recordedLog } from '@kairship/runtime/testing'
import { CompactedError, everything, prefixRange, StoreUnavailableError, ValueTooLargeError } from '@kairship/storage'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Connection } from './connection/connection.ts'
import { createEtcdEngine, openEtcdStore, type EtcdEngine } from './etcd-engine.ts'
import { describeWithEtcd, startEtcd, startEtcdProxy, type EtcdServer } from './testing/index.ts'
import { bytes, contents, expectContinuous, listen, put, remove } from './testing/world.ts'
import { ProtoReader, ProtoWriter } from './wire/protobuf.ts'

/** Calls that only tests need: administration of users, alarms and disk space. */
async function administer(endpoint: string, method: string, message: Uint8Array = new Uint8Array(0)): Promise<Buffer> {
  const options = { endpoint, tls: undefined, clock: systemClock() }
  const connection = await Connection.open(options, AbortSignal.timeout(5_000))
  try {
    return await connection.unary(`/etcdserverpb.${method}`, message, {}, AbortSignal.timeout(5_000))
  } finally {
    connection.close()
  }
}

/** Tells etcd that the one alarm it has raised is over. */
async function disarm(endpoint: string): Promise<void> {
  const alarms = new ProtoReader(await administer(endpoint, 'Maintenance/Alarm'))
  while (alarms.next()) {
    if (alarms.field !== 2) continue
    // A member's number (field 1), which is larger than a number can be here, and the kind of the alarm (field 2).
    const alarm = alarms.bytes()
    const member = [0x10, ...alarm.subarray(1, -2)]
    await administer(endpoint, 'Maintenance/Alarm', Uint8Array.from([0x08, 2, ...member, 0x18, 1]))
  }
}

await describeWithEtcd(process.env, 'stores on one etcd', (binary) => {
  let server: EtcdServer
  let first: EtcdEngine
  let second: EtcdEngine
  let planes = 0
  const prefix = (): string => `/kairship/${planes++}`
  beforeAll(async () => {
    server = await startEtcd(binary)
    first = createEtcdEngine({ endpoints: [server.endpoint] })
    second = createEtcdEngine({ endpoints: [server.endpoint] })
  })
  afterAll(async () => {
    await first[Symbol.asyncDispose]()
    await second[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  it('that share a prefix see one truth: the same winners, the same events in the same order', async () => {
    const plane = prefix()
    await using a = await first.open(plane)
    await using b = await second.open(plane)
    const start = await a.revision()
    const stories = [listen(a, start), listen(b, start)]
    const write = async (name: string): Promise<number> => {
      let won = 0
      for (let i = 0; i < 50; i++) {
        const store = name === 'a' ? a : b
        if ((await store.create(`/${i}`, bytes(name))).ok) won++
      }
      return won
    }
    const [byA, byB] = await Promise.all([write('a'), write('b')])
    expect(byA + byB).toBe(50)
    const last = await a.revision()
    for (const story of stories) {
      await story.reached(last)
      await story.stop()
      expectContinuous(story)
    }
    expect(stories[0]?.events.length).toBe(50)
    expect(stories[1]?.events).toEqual(stories[0]?.events)
    expect(await contents(a)).toEqual(await contents(b))
  })

  it('tell with their revision of writes that others made, and their watches get there without another write', async () => {
    const plane = prefix()
    await using a = await first.open(plane)
    await using b = await second.open(plane)
    const story = listen(b, await b.revision())
    for (let i = 0; i < 20; i++) {
      const written = await put(a, '/k', String(i))
      const asked = await Promise.all([b.revision(), b.revision(), b.revision()])
      expect(asked).toEqual([written, written, written])
      await story.reached(written)
    }
    await story.stop()
  })

  it('do not see one another below different prefixes, also when one name begins like the other', async () => {
    const plane = prefix()
    await using a = await first.open(plane)
    await using longer = await first.open(`${plane}1`)
    await using dotted = await first.open(`${plane}.x/`)
    const before = await a.revision()
    const story = listen(a, before)
    await put(longer, '/a', 'not yours')
    await put(dotted, '/a', 'not yours')
    expect(await a.revision()).toBe(before)
    expect((await a.read(everything)).revision).toBe(before)
    expect(await a.count(prefixRange('/'))).toBe(0)
    const mine = await put(a, '/a', 'mine')
    await story.reached(mine)
    await story.stop()
    expect(story.events).toEqual([`${mine} /a ->mine`])
    expect(mine).toBeGreaterThan(before + 2)
  })

  it('replay what happened before they were opened, and then what happens', async () => {
    const plane = prefix()
    await using a = await first.open(plane)
    const start = await a.revision()
    for (let i = 0; i < 10; i++) await put(a, `/k${i % 3}`, String(i))
    await remove(a, '/k1')
    await using b = await second.open(plane)
    const story = listen(b, start)
    const last = await put(a, '/k1', 'again')
    await story.reached(last)
    await story.stop()
    expectContinuous(story)
    expect(story.events.length).toBe(12)
  })

  it('replay from etcd what no longer fits in memory, at the pace of the reader', async () => {
    await using store = await first.open(prefix(), { history: { events: 5 } })
    const start = await store.revision()
    const iterator = store
      .watch(everything, { after: start, signal: AbortSignal.timeout(10_000) })
      [Symbol.asyncIterator]()
    const revisions: number[] = []
    for (let i = 0; i < 20; i++) revisions.push(await put(store, '/k', String(i)))
    // This one was opened when memory reached back far enough; it has been overtaken since.
    await expect(iterator.next()).rejects.toThrow(CompactedError)
    const story = listen(store, start)
    await story.reached(revisions.at(-1) ?? 0)
    revisions.push(await put(store, '/k', 'live'))
    await story.reached(revisions.at(-1) ?? 0)
    await story.stop()
    expect(story.revisions).toEqual(revisions)
    expectContinuous(story)
  })

  it('are not held up by readers of old history who do not read', { timeout: 30_000 }, async () => {
    const plane = prefix()
    await using writer = await first.open(plane)
    const start = await writer.revision()
    for (let i = 0; i < 30; i++) await writer.create(`/large-${i}`, new Uint8Array(1_000_000))
    await using store = await second.open(plane)
    const stop = new AbortController()
    const lazy = Array.from({ length: 6 }, () =>
      store.watch(everything, { after: start, signal: stop.signal })[Symbol.asyncIterator](),
    )
    // Each has begun and holds what it was sent.
    for (const reader of lazy) expect((await reader.next()).done).toBe(false)
    const story = listen(store, await store.revision())
    for (let i = 0; i < 20; i++) await story.reached(await put(store, '/small', String(i)))
    await story.stop()
    stop.abort()
    for (const reader of lazy) await reader.return?.()
  })

  it('read large planes in parts of one revision', { timeout: 30_000 }, async () => {
    await using store = await first.open(prefix())
    const keys = Array.from({ length: 4_500 }, (_, i) => `/k${String(i).padStart(5, '0')}`)
    await Promise.all(keys.map((key) => store.create(key, bytes('x'))))
    const reading = store.read(everything)
    const late = store.create('/z', bytes('x'))
    const page = await reading
    const names = page.entries.map(({ key }) => key)
    expect(names.filter((name) => name !== '/z')).toEqual(keys)
    await late
    expect((await store.read(everything, { limit: 3_000 })).entries.length).toBe(3_000)
    expect((await store.read(everything, { limit: 3_000 })).more).toBe(true)
    expect(await store.count(everything)).toBe(4_501)
  })

  it('refuse a value that etcd does not take, and keep working', async () => {
    await using store = await first.open(prefix())
    await expect(store.create('/large', new Uint8Array(1_600_000))).rejects.toThrow(ValueTooLargeError)
    await expect(store.create('/huge', new Uint8Array(5_000_000))).rejects.toThrow(ValueTooLargeError)
    expect((await store.create('/fits', new Uint8Array(1_500_000))).ok).toBe(true)
    expect((await store.read(everything)).entries.map(({ key }) => key)).toEqual(['/fits'])
  })

  it('give up history that is two rounds old, and not more', async () => {
    const plane = prefix()
    await using engine = createEtcdEngine({ endpoints: [server.endpoint], compactAfterMs: 200 })
    await using store = await engine.open(plane)
    const old = await put(store, '/a', '1')
    const next = await put(store, '/a', '2')
    const story = listen(store, next)
    for (;;) {
      const refused = await store.read(everything, { at: old }).catch((error: unknown) => error)
      if (refused instanceof CompactedError) break
      await put(store, '/b', 'tick')
    }
    const newest = await store.revision()
    expect((await store.read(everything, { at: newest })).revision).toBe(newest)
    await story.reached(newest)
    await story.stop()
  })

  it('are refused when there is no etcd, at once and for a reason one can read', async () => {
    const open = openEtcdStore({ endpoints: ['127.0.0.1:1'], prefix: '/p', timeoutMs: 300 })
    await expect(open).rejects.toThrow(/no connection to http:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/u)
    await expect(openEtcdStore({ endpoints: [], prefix: '/p' })).rejects.toThrow(TypeError)
    await expect(openEtcdStore({ endpoints: ['ftp://x'], prefix: '/p' })).rejects.toThrow(/not an endpoint/u)
  })

  it('go to the next endpoint when one is not there', async () => {
    await using store = await openEtcdStore({ endpoints: ['127.0.0.1:1', server.endpoint], prefix: prefix() })
    await put(store, '/a', '1')
    expect(await contents(store)).toEqual({ '/a': '1' })
  })

  it('close while their connection is cut, and leave nothing running', async () => {
    const proxy = await startEtcdProxy(server.endpoint)
    const { log, records } = recordedLog()
    const store = await openEtcdStore({ endpoints: [proxy.endpoint], prefix: prefix(), timeoutMs: 300, log })
    const story = listen(store, await store.revision())
    proxy.cut()
    const write = store.create('/a', bytes('1'))
    await expect(write).rejects.toThrow(StoreUnavailableError)
    await store[Symbol.asyncDispose]()
    expect(await story.ended).toBeUndefined()
    await proxy[Symbol.asyncDispose]()
    expect(records.filter(({ level }) => level === 'error')).toEqual([])
  })
})

await describeWithEtcd(process.env, 'an etcd that is full', (binary) => {
  it('refuses writes, answers reads, takes deletes, and takes writes again when there is room', async () => {
    await using server = await startEtcd(binary, { flags: { 'quota-backend-bytes': String(4 * 2 ** 20) } })
    await using store = await openEtcdStore({ endpoints: [server.endpoint], prefix: '/p' })
    const story = listen(store, await store.revision())
    const value = new Uint8Array(500_000)
    let refusal: unknown
    for (let i = 0; refusal === undefined; i++) {
      refusal = await store.create(`/k${i}`, value).then(
        () => undefined,
        (error: unknown) => error,
      )
    }
    expect(refusal).toBeInstanceOf(StoreUnavailableError)
    expect(refusal).toMatchObject({ message: expect.stringContaining('database space exceeded') })
    const { entries } = await store.read(everything)
    expect(entries.length).toBeGreaterThan(2)
    for (const { key } of entries.slice(1)) await remove(store, key)
    // Room: forget all but the newest history, give the pages back, tell etcd that it is over.
    await administer(
      server.endpoint,
      'KV/Compact',
      new ProtoWriter()
        .varint(1, await store.revision())
        .bool(2, true)
        .finish(),
    )
    await administer(server.endpoint, 'Maintenance/Defragment')
    await disarm(server.endpoint)
    const last = await put(store, '/small', 'x')
    await story.reached(last)
    await story.stop()
    expectContinuous(story)
  })
})

await describeWithEtcd(process.env, 'an etcd with users', (binary) => {
  const text = (...fields: string[]): ProtoWriter => {
    const writer = new ProtoWriter()
    for (const [index, field] of fields.entries()) writer.text(index + 1, field)
    return writer
  }
  const permission = (key: string, end: string): Uint8Array =>
    new ProtoWriter().varint(1, 2).text(2, key).text(3, end).finish()

  it('lets a plane be used by whoever may, and by nobody else', async () => {
    await using server = await startEtcd(binary)
    const { endpoint } = server
    await administer(endpoint, 'Auth/RoleAdd', text('plane').finish())
    await administer(endpoint, 'Auth/RoleGrantPermission', text('plane').message(2, permission('/p/', '/p0')).finish())
    for (const [user, role] of [
      ['root', 'root'],
      ['kairship', 'plane'],
    ] as const) {
      await administer(endpoint, 'Auth/UserAdd', text(user, 'secret').finish())
      if (role === 'root') await administer(endpoint, 'Auth/RoleAdd', text('root').finish())
      await administer(endpoint, 'Auth/UserGrantRole', text(user, role).finish())
    }
    await administer(endpoint, 'Auth/AuthEnable')

    const login = { endpoints: [endpoint], username: 'kairship', password: 'secret', timeoutMs: 1_000 }
    const { log, records } = recordedLog()
    await using store = await openEtcdStore({ ...login, prefix: '/p', log })
    const story = listen(store, await store.revision())
    await put(store, '/a', '1')
    // Tokens are kept in etcd's memory: after this it knows them no more.
    await server.kill()
    await server.start()
    const last = await put(store, '/a', '2')
    await story.reached(last)
    await story.stop()
    expectContinuous(story)

    await expect(openEtcdStore({ ...login, prefix: '/q' })).rejects.toThrow(/permission denied/u)
    await expect(openEtcdStore({ ...login, prefix: '/p', password: 'wrong' })).rejects.toThrow(/authentication failed/u)
    await expect(openEtcdStore({ endpoints: [endpoint], prefix: '/p', timeoutMs: 500 })).rejects.toThrow(
      StoreUnavailableError,
    )
    expect(JSON.stringify(records)).not.toContain('secret')
  })
})
