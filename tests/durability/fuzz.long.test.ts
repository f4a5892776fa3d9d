import { expect, it } from 'vitest'
import { fuzzPlane } from './fuzz-scenario.ts'

const runs = Number(process.env['KAIRSHIP_FUZZ_RUNS'] ?? 6_000)

it(`answers ${runs} strange requests: no crash, no 500, no long pause, no changed prototype`, async () => {
  const { statuses, longestBlockMs } = await fuzzPlane({ runs })
  console.info(`statuses ${JSON.stringify([...statuses])}; longest pause ${longestBlockMs.toFixed(0)} ms`)
  expect(longestBlockMs).toBeLessThan(1_000)
})
