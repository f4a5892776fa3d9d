import { expect, it } from 'vitest'
import type { Fault } from './power/recorder.ts'
import { cutsOf, withFault } from './power/scenarios.ts'

const cuts = Number(process.env['KAIRSHIP_POWER_CUTS'] ?? 4_000)
const faults = Number(process.env['KAIRSHIP_DISK_FAULTS'] ?? 24)
const runs = Math.max(2, Math.ceil(cuts / 2_000))

it(`loses nothing acknowledged in ${cuts} power cuts`, async () => {
  let done = 0
  let acknowledged = 0
  for (let seed = 1; seed <= runs; seed++) {
    // Every other run with the store's own rhythm of copying the log into the file.
    const options = { requests: 2_000, seed: seed * 101, cuts: cuts / runs, rareCheckpoints: seed % 2 === 0 }
    const report = await cutsOf(options)
    expect(report.findings, `seed ${options.seed}`).toEqual([])
    done += report.cuts
    acknowledged += report.acknowledged
  }
  expect(done).toBeGreaterThan(cuts * 0.6)
  console.info(`${done} power cuts, ${acknowledged} times an acknowledged write could have been lost`)
})

it(`loses nothing acknowledged when the disk fails in ${faults} ways`, async () => {
  const kinds = [
    'write ENOSPC -wal',
    'write EIO -wal',
    'sync EIO -wal',
    'write ENOSPC .db',
    'write EIO .db',
    'sync EIO .db',
  ]
  for (let index = 0; index < faults; index++) {
    const [call, error, suffix = ''] = (kinds[index % kinds.length] ?? '').split(' ')
    const round = Math.floor(index / kinds.length)
    const fault: Fault = {
      call: call === 'sync' ? 'sync' : 'write',
      error: error === 'EIO' ? 'EIO' : 'ENOSPC',
      suffix,
      skip: call === 'sync' ? 1 + round * 7 : 5 + round * 61,
      count: 1 + (index % 5),
    }
    await withFault(fault, { requests: 400, cuts: 100 })
  }
})
