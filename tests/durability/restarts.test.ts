import { expect, it } from 'vitest'
import { restarts } from './server/scenarios.ts'

it('has every acknowledged state after each of 4 kills, and nothing that nobody wrote', async () => {
  expect((await restarts({ restarts: 4, watchers: 0 })).writes).toBeGreaterThan(100)
})

it('tells 16 watchers everything once and in order over 4 kills and restarts', async () => {
  const { events } = await restarts({ restarts: 4, watchers: 16, changes: 300 })
  expect(events).toBeGreaterThan(500)
})
