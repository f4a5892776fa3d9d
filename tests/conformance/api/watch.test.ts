import type { JsonObject } from '@kairship/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configMap, foo, fooCrd, install } from './objects.ts'
import { at, startWorld, text, type World } from './support.ts'

const merge = 'application/merge-patch+json'

describe('Watch', () => {
  let world: World
  let maps: string
  const foos = '/apis/ex.io/v1/namespaces/test/foos'
  beforeAll(async () => {
    world = await startWorld()
    maps = `${await world.namespace('test')}/configmaps`
    await install(world, fooCrd())
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const revisionOf = async (path: string): Promise<string> =>
    text(await world.ok('GET', path), 'metadata.resourceVersion')
  const kinds = [
    ['configmaps', configMap],
    ['foos', foo],
  ] as const
  const pathOf = (resource: string): string => (resource === 'foos' ? foos : maps)

  it('sends its headers before there is anything to tell (trap 3)', async () => {
    for (const [resource] of kinds) {
      using watch = await world.watch(`${pathOf(resource)}?watch=1&labelSelector=none`)
      expect([watch.code, watch.headers['content-type']]).toEqual([200, 'application/json'])
      expect(watch.headers['transfer-encoding']).toBe('chunked')
      expect(watch.headers).not.toHaveProperty('content-length')
    }
  })

  it('tells of creations, changes and deletions, whole objects with kind, one line each, in order', async () => {
    for (const [resource, make] of kinds) {
      const path = pathOf(resource)
      using watch = await world.watch(`${path}?watch=true&resourceVersion=${await revisionOf(path)}`)
      const created = await world.ok('POST', path, { body: make('seen') })
      const changed = await world.ok('PATCH', `${path}/seen`, {
        type: merge,
        body: { metadata: { labels: { a: 'b' } } },
      })
      await world.ok('DELETE', `${path}/seen`)
      expect(await watch.next()).toEqual({ type: 'ADDED', object: created })
      expect(await watch.next()).toEqual({ type: 'MODIFIED', object: changed })
      const deleted = await watch.next()
      expect(deleted).toMatchObject({ type: 'DELETED', object: { kind: created['kind'], metadata: { name: 'seen' } } })
    }
  })

  it('carries the revision of the deletion in DELETED events (trap 10)', async () => {
    for (const [resource, make] of kinds) {
      const path = pathOf(resource)
      const created = await world.ok('POST', path, { body: make('counted') })
      const revision = text(created, 'metadata.resourceVersion')
      using watch = await world.watch(`${path}?watch=1&resourceVersion=${revision}`)
      await world.ok('DELETE', `${path}/counted`)
      const event = await watch.next()
      expect(Number(text(event, 'object.metadata.resourceVersion'))).toBeGreaterThan(Number(revision))
      expect(event).toMatchObject({ type: 'DELETED', object: { metadata: { uid: at(created, 'metadata.uid') } } })
    }
  })

  it('begins with the present state when the revision is unset or 0', async () => {
    for (const [resource, make] of kinds) {
      const path = pathOf(resource)
      for (const name of ['p1', 'p2']) {
        await world.ok('POST', path, { body: make(name, { metadata: { name, labels: { present: '' } } }) })
      }
      for (const from of ['', '&resourceVersion=0', '&resourceVersion=']) {
        using watch = await world.watch(`${path}?watch=1&labelSelector=present${from}`)
        expect((await watch.names(2)).toSorted()).toEqual(['ADDED p1', 'ADDED p2'])
        const labels = { present: from === '' ? '1' : '' }
        await world.ok('PATCH', `${path}/p1`, { type: merge, body: { metadata: { labels, annotations: { from } } } })
        expect(await watch.names(1)).toEqual(['MODIFIED p1'])
      }
    }
  })

  it('tells only what came after a revision', async () => {
    const first = await world.ok('POST', maps, { body: configMap('after1') })
    await world.ok('POST', maps, { body: configMap('after2') })
    using watch = await world.watch(`${maps}?watch=1&resourceVersion=${text(first, 'metadata.resourceVersion')}`)
    expect(await watch.names(1)).toEqual(['ADDED after2'])
  })

  it('refuses a revision that is no number: 500 without a reason', async () => {
    for (const path of [maps, foos]) {
      const refused = await world.refused('GET', `${path}?watch=1&resourceVersion=abc`)
      expect([refused.code, refused.reason]).toEqual([500, undefined])
    }
  })

  it('accepts a revision from the future and tells nothing; ends by timeoutSeconds, cleanly', async () => {
    const started = performance.now()
    using watch = await world.watch(`${maps}?watch=1&resourceVersion=99999999&timeoutSeconds=1`)
    expect(watch.code).toBe(200)
    expect(await watch.next()).toBeUndefined()
    expect(performance.now() - started).toBeGreaterThan(900)
  })

  it('turns an object that leaves the selector into DELETED with its old state, one that enters into ADDED', async () => {
    for (const [resource, make] of kinds) {
      const path = pathOf(resource)
      await world.ok('POST', path, { body: make('moves', { metadata: { name: 'moves', labels: { in: 'yes' } } }) })
      const query = `watch=1&labelSelector=in%3Dyes&resourceVersion=${await revisionOf(path)}`
      using watch = await world.watch(`${path}?${query}`)
      const move = (value: string): Promise<JsonObject> =>
        world.ok('PATCH', `${path}/moves`, { type: merge, body: { metadata: { labels: { in: value } } } })
      const left = await move('no')
      const leave = await watch.next()
      expect(leave).toMatchObject({ type: 'DELETED', object: { metadata: { labels: { in: 'yes' } } } })
      expect(text(leave, 'object.metadata.resourceVersion')).toBe(text(left, 'metadata.resourceVersion'))
      await world.ok('PATCH', `${path}/moves`, { type: merge, body: { metadata: { labels: { more: 'x' } } } })
      const back = await move('yes')
      expect(await watch.next()).toEqual({ type: 'ADDED', object: back })
    }
  })

  it('tells all watchers the same events in the same order', async () => {
    const from = await revisionOf(maps)
    const watches = await Promise.all(
      Array.from({ length: 4 }, () => world.watch(`${maps}?watch=1&resourceVersion=${from}`)),
    )
    await Promise.all(Array.from({ length: 20 }, (_, i) => world.ok('POST', maps, { body: configMap(`same-${i}`) })))
    const seen = await Promise.all(watches.map((watch) => watch.names(20)))
    for (const events of seen) expect(events).toEqual(seen[0])
    expect(new Set(seen[0]).size).toBe(20)
    for (const watch of watches) watch[Symbol.dispose]()
  })

  it('can be continued from the last revision seen', async () => {
    const from = await revisionOf(maps)
    for (const name of ['r1', 'r2', 'r3']) await world.ok('POST', maps, { body: configMap(name) })
    let last = ''
    {
      using watch = await world.watch(`${maps}?watch=1&resourceVersion=${from}`)
      last = text(await watch.next(), 'object.metadata.resourceVersion')
    }
    using again = await world.watch(`${maps}?watch=1&resourceVersion=${last}`)
    expect(await again.names(2)).toEqual(['ADDED r2', 'ADDED r3'])
  })

  it('sends bookmarks before its end when asked to, and never otherwise', async () => {
    for (const path of [maps, foos]) {
      const query = 'watch=1&labelSelector=nothing&timeoutSeconds=1'
      using asked = await world.watch(`${path}?${query}&allowWatchBookmarks=true`)
      using silent = await world.watch(`${path}?${query}`)
      const bookmark = await asked.next()
      expect(bookmark).toMatchObject({
        type: 'BOOKMARK',
        object: { metadata: { resourceVersion: expect.stringMatching(/^\d+$/) } },
      })
      expect(Object.keys(at(bookmark, 'object') as object).toSorted()).toEqual(['apiVersion', 'kind', 'metadata'])
      expect(await asked.next()).toBeUndefined()
      expect(await silent.next()).toBeUndefined()
    }
  })

  it('watches one object by its name', async () => {
    await world.ok('POST', maps, { body: configMap('only') })
    using watch = await world.watch(`${maps}?watch=1&fieldSelector=metadata.name%3Donly`)
    expect(await watch.names(1)).toEqual(['ADDED only'])
    await world.ok('POST', maps, { body: configMap('only-not') })
    await world.ok('DELETE', `${maps}/only`)
    expect(await watch.names(1)).toEqual(['DELETED only'])
  })

  it('serves the legacy paths /watch/…', async () => {
    using watch = await world.watch('/api/v1/watch/namespaces/test/configmaps/only2')
    await world.ok('POST', maps, { body: configMap('only2') })
    expect(await watch.names(1)).toEqual(['ADDED only2'])
  })
})

describe('Watch with initial events (WatchList)', () => {
  let world: World
  let maps: string
  const foos = '/apis/ex.io/v1/namespaces/test/foos'
  beforeAll(async () => {
    world = await startWorld()
    maps = `${await world.namespace('test')}/configmaps`
    await install(world, fooCrd())
    for (const name of ['a', 'b']) {
      const more = { metadata: { name, labels: { l: '' } } }
      await world.ok('POST', maps, { body: configMap(name, more) })
      await world.ok('POST', foos, { body: foo(name, more) })
    }
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const query =
    'watch=true&labelSelector=l&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan'

  it('sends the state, then a bookmark annotated k8s.io/initial-events-end, then what happens (trap 2)', async () => {
    for (const [path, kind, apiVersion] of [
      [maps, 'ConfigMap', 'v1'],
      [foos, 'Foo', 'ex.io/v1'],
    ] as const) {
      for (const from of ['', '&resourceVersion=', '&resourceVersion=0', '&resourceVersion=1']) {
        using watch = await world.watch(`${path}?${query}${from}`)
        expect((await watch.names(2)).toSorted()).toEqual(['ADDED a', 'ADDED b'])
        expect(await watch.next()).toEqual({
          type: 'BOOKMARK',
          object: {
            kind,
            apiVersion,
            metadata: {
              resourceVersion: expect.stringMatching(/^\d+$/),
              annotations: { 'k8s.io/initial-events-end': 'true' },
            },
          },
        })
        await world.ok('PATCH', `${path}/a`, { type: merge, body: { metadata: { annotations: { from: `${from}.` } } } })
        expect(await watch.names(1)).toEqual(['MODIFIED a'])
      }
    }
  })

  it('sends no bookmark without allowWatchBookmarks', async () => {
    using watch = await world.watch(`${maps}?${query.replace('allowWatchBookmarks=true&', '')}&timeoutSeconds=1`)
    expect((await watch.names(2)).toSorted()).toEqual(['ADDED a', 'ADDED b'])
    expect(await watch.next()).toBeUndefined()
  })

  it('requires resourceVersionMatch=NotOlderThan: 422', async () => {
    const field = 'resourceVersionMatch'
    const message = 'Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'
    for (const path of [maps, foos]) {
      expect(await world.refused('GET', `${path}?watch=1&sendInitialEvents=true&allowWatchBookmarks=true`)).toEqual({
        code: 422,
        reason: 'Invalid',
        message: `ListOptions.meta.k8s.io "" is invalid: ${field}: ${message}`,
        details: {
          group: 'meta.k8s.io',
          kind: 'ListOptions',
          causes: [{ reason: 'FieldValueForbidden', message, field }],
        },
      })
    }
  })

  it('forbids resourceVersionMatch without sendInitialEvents: 422', async () => {
    const refused = await world.refused('GET', `${maps}?watch=1&resourceVersionMatch=NotOlderThan`)
    expect([refused.code, refused.message]).toEqual([
      422,
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for ' +
        'watch unless sendInitialEvents is provided',
    ])
  })
})
