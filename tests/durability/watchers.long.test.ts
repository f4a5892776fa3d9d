import { expect, it } from 'vitest'
import { restarts } from './server/scenarios.ts'

const watched = Number(process.env['KAIRSHIP_WATCHED_RESTARTS'] ?? 200)

it(`tells 64 watchers everything once and in order over ${watched} kills and restarts`, async () => {
  const { writes, events, expired } = await restarts({ restarts: watched, watchers: 64, changes: 300 })
  console.info(`${watched} restarts, ${writes} writes, ${events} events told, ${expired} times 410`)
  // The history was too short for some: they were told so, and listed anew.
  expect(expired).toBeGreaterThan(0)
}, 1_800_000)
