import { expect, it } from 'vitest'
import { restarts } from './server/scenarios.ts'

const kills = Number(process.env['KAIRSHIP_KILLS'] ?? 200)

it(`has every acknowledged state after each of ${kills} kills, and nothing that nobody wrote`, async () => {
  const { writes } = await restarts({ restarts: kills, watchers: 0 })
  console.info(`${kills} kills, ${writes} acknowledged writes`)
  expect(writes).toBeGreaterThan(kills * 20)
}, 1_800_000)
