import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { createSqliteEngine } from '@kairship/storage-sqlite'
import { expect } from 'vitest'
import { compare, cutPower, type CutReport, record, type Recording, seeded } from './power-cut.ts'
import { type Fault, scratchDirectory } from './recorder.ts'

/** Small enough that a short run copies the log into the file many times. */
const checkpointPages = 100

/** Runs the program once and cuts the power `cuts` times (about). */
export async function cutsOf(options: {
  readonly requests: number
  readonly seed: number
  readonly cuts: number
  readonly weak?: boolean
  readonly rareCheckpoints?: boolean
}): Promise<CutReport> {
  const scratch = scratchDirectory()
  try {
    const recording = await record({
      scratch,
      requests: options.requests,
      seed: options.seed,
      testing: {
        ...(options.rareCheckpoints === true ? {} : { checkpointPages }),
        losesWritesOnPowerCut: options.weak ?? false,
      },
    })
    expect(recording.knowledge.acknowledged).toBe(options.requests)
    return await cutPower(recording, { cuts: options.cuts, random: seeded(options.seed) })
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/**
 * Runs the program with a fault: whatever it was promised is there, in the files it left and after power cuts. Returns
 * the refusals, and how many writes were acknowledged.
 */
export async function withFault(
  fault: Fault,
  options: { readonly requests: number; readonly cuts: number },
): Promise<{ readonly acknowledged: number; readonly refusals: ReadonlySet<string>; readonly recording: Recording }> {
  const scratch = scratchDirectory()
  try {
    const recording = await record({
      scratch,
      requests: options.requests,
      seed: fault.skip + 1,
      testing: { checkpointPages },
      fault,
    })
    const report = await cutPower(recording, { cuts: options.cuts, random: seeded(fault.skip) })
    expect(report.findings).toEqual([])
    await using engine = createSqliteEngine()
    await using store = await engine.open(join(recording.directory, 'store.db'))
    expect(await compare(store, recording.knowledge)).toEqual([])
    const { acknowledged, refusals } = recording.knowledge
    return { acknowledged, refusals: new Set(refusals), recording }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
