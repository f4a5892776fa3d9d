import { expect, it } from 'vitest'
import { fuzzPlane } from './fuzz-scenario.ts'

it('answers 600 strange requests: no crash, no 500, no long pause, no changed prototype', async () => {
  const { statuses, longestBlockMs } = await fuzzPlane({ runs: 600 })
  // They were not all refused at the door.
  expect((statuses.get(200) ?? 0) + (statuses.get(201) ?? 0)).toBeGreaterThan(0)
  expect(longestBlockMs).toBeLessThan(1_000)
})
