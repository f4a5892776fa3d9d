import { manualClock } from '@kairship/runtime/testing'
import { describe, expect, it } from 'vitest'
import { configMap } from './objects.ts'
import { startWorld, text } from './support.ts'

const minute = 60_000
const maps = '/api/v1/namespaces/default/configmaps'

describe('Times of requests', () => {
  it('a watch with bookmarks gets one at least every minute', async () => {
    const clock = manualClock(Date.UTC(2026, 0, 1))
    await using world = await startWorld({ clock })
    using watch = await world.watch(`${maps}?watch=1&labelSelector=none&allowWatchBookmarks=true`)
    let last = 0
    for (let i = 0; i < 3; i++) {
      await world.ok('POST', maps, { body: configMap(`m${i}`) })
      await clock.advance(minute)
      const event = await watch.next()
      expect(event).toMatchObject({ type: 'BOOKMARK', object: { kind: 'ConfigMap', apiVersion: 'v1' } })
      const revision = Number(text(event, 'object.metadata.resourceVersion'))
      expect(revision).toBeGreaterThan(last)
      last = revision
    }
  })

  it('a watch ends by itself after 30 to 60 minutes', async () => {
    const clock = manualClock(Date.UTC(2026, 0, 1))
    await using world = await startWorld({ clock })
    using watch = await world.watch(`${maps}?watch=1&labelSelector=none`)
    let ended = false
    const end = watch.next().then((event) => {
      ended = event === undefined
    })
    await clock.advance(29 * minute)
    expect(ended).toBe(false)
    await clock.advance(31 * minute)
    await end
    expect(ended).toBe(true)
  })

  it('other requests get 504 after the time that they ask for', async () => {
    await using world = await startWorld()
    expect(await world.refused('GET', `${maps}?resourceVersion=99999999&timeout=50ms`)).toMatchObject({
      code: 504,
      reason: 'Timeout',
      message: 'Timeout: request did not complete within requested timeout',
    })
  })
})
