import { memoryStore } from '@kairship/storage'
import { describe, expect, it } from 'vitest'
import { configMap, foo, fooCrd, install } from './objects.ts'
import { namesOf, startWorld, text, type World } from './support.ts'

const foos = '/apis/ex.io/v1/namespaces/test/foos'
const maps = '/api/v1/namespaces/test/configmaps'

/** A plane that has forgotten the past: what was read from it before it was opened again. */
async function withPast<T>(
  past: (world: World) => Promise<T>,
  now: (world: World, past: T) => Promise<void>,
): Promise<void> {
  await using store = memoryStore()
  const before = await startWorld({ store })
  await before.namespace('test')
  await install(before, fooCrd())
  for (const name of ['a', 'b', 'c']) {
    await before.ok('POST', foos, { body: foo(name) })
    await before.ok('POST', maps, { body: configMap(name, { metadata: { name, labels: { l: '' } } }) })
  }
  const found = await past(before)
  await before.ok('POST', foos, { body: foo('later') })
  await before[Symbol.asyncDispose]()
  await using after = await startWorld({ store })
  await now(after, found)
}

describe('Reads of a past that is compacted', () => {
  it('answer an old page with 410 and a token for the rest as it is now', async () => {
    for (const path of [`${foos}?limit=1`, `${maps}?labelSelector=l&limit=1`]) {
      await withPast(
        async (world) => text(await world.ok('GET', path), 'metadata.continue'),
        async (world, token) => {
          const expired = await world.call('GET', `${path}&continue=${token}`)
          expect(expired.code).toBe(410)
          expect(expired.json).toEqual({
            kind: 'Status',
            apiVersion: 'v1',
            metadata: { continue: expect.any(String) },
            status: 'Failure',
            message:
              'The provided continue parameter is too old to display a consistent list result. You can start a new list ' +
              'without the continue parameter, or use the continue token in this response to retrieve the remainder of ' +
              'the results. Continuing with the provided token results in an inconsistent list - objects that were ' +
              'created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
            reason: 'Expired',
            code: 410,
          })
          const next = text(expired.json, 'metadata.continue')
          expect(JSON.parse(Buffer.from(next, 'base64url').toString())).toMatchObject({ v: 'meta.k8s.io/v1', rv: -1 })
          const rest = await world.ok('GET', `${path}&continue=${next}`)
          expect(namesOf(rest)).toEqual(['b'])
        },
      )
    }
  })

  it('refuse an exact revision that is too old: 410', async () => {
    await withPast(
      async (world) => text(await world.ok('GET', foos), 'metadata.resourceVersion'),
      async (world, revision) => {
        expect(await world.refused('GET', `${foos}?resourceVersion=${revision}&resourceVersionMatch=Exact`)).toEqual({
          code: 410,
          reason: 'Expired',
          message: 'The resourceVersion for the provided list is too old.',
          details: undefined,
        })
        expect(namesOf(await world.ok('GET', `${foos}?resourceVersion=${revision}`))).toEqual(['a', 'b', 'c', 'later'])
      },
    )
  })

  it('end a watch at once with an ERROR event of code 410', async () => {
    await withPast(
      async (world) => text(await world.ok('GET', foos), 'metadata.resourceVersion'),
      async (world, revision) => {
        for (const path of [foos, maps]) {
          using watch = await world.watch(`${path}?watch=1&resourceVersion=${revision}`)
          expect(watch.code).toBe(200)
          const event = await watch.next()
          expect(event).toMatchObject({
            type: 'ERROR',
            object: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason: 'Expired', code: 410 },
          })
          expect(text(event, 'object.message')).toMatch(
            new RegExp(`^too old resource version: ${revision} \\(\\d+\\)$`),
          )
          expect(await watch.next()).toBeUndefined()
        }
      },
    )
  })
})
