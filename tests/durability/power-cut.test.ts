import { describe, expect, it } from 'vitest'
import { cutsOf, withFault } from './power/scenarios.ts'

describe('the power fails', () => {
  it('at any moment: nothing acknowledged is lost, the rest is whole or absent, the file opens', async () => {
    const report = await cutsOf({ requests: 500, seed: 1, cuts: 200 })
    expect(report.findings).toEqual([])
    expect(report.cuts).toBeGreaterThan(120)
    // The run was no idle one: many commits, and the log was copied into the file and begun anew.
    expect(report.syncs).toBeGreaterThan(60)
    expect(report.acknowledged).toBeGreaterThan(10_000)
  })

  it('and the simulation notices a store that does not wait for the disk', async () => {
    const report = await cutsOf({ requests: 300, seed: 1, cuts: 60, weak: true })
    const problems = new Set(report.findings.map(({ problem }) => problem))
    expect(problems).toContain('lost')
    // Killing the process alone would not have told: what the kernel has is not lost.
    expect(report.findings.filter(({ survival }) => survival === 'everything')).toEqual([])
    // It is not broken, only forgetful.
    expect([...problems].filter((problem) => problem === 'torn' || problem === 'unopenable')).toEqual([])
  })
})

describe.concurrent('the disk', () => {
  const size = { requests: 300, cuts: 40 }

  it('is full for a while: writes are refused, nothing is lost, and later ones succeed', async () => {
    const fault = { call: 'write', error: 'ENOSPC', suffix: '-wal', skip: 200, count: 5 } as const
    const { acknowledged, refusals } = await withFault(fault, size)
    expect([...refusals]).toEqual(['database or disk is full'])
    expect(acknowledged).toBeGreaterThan(230)
  })

  it('fails to write: the store takes no more writes, and keeps what it had', async () => {
    const fault = { call: 'write', error: 'EIO', suffix: '-wal', skip: 200, count: 1 } as const
    const { acknowledged, refusals } = await withFault(fault, size)
    expect([...refusals]).toEqual(['disk I/O error'])
    expect(acknowledged).toBeGreaterThan(20)
    // One failure of the disk, but none of the writes after it was acknowledged.
    expect(acknowledged).toBeLessThan(200)
  })

  it('fails to sync a commit: it is never acknowledged by trying again', async () => {
    const fault = { call: 'sync', error: 'EIO', suffix: '-wal', skip: 12, count: 1 } as const
    const { acknowledged, refusals, recording } = await withFault(fault, size)
    expect([...refusals]).toEqual(['disk I/O error'])
    expect(recording.steps.filter(({ kind }) => kind === 'sync-failed')).toHaveLength(1)
    expect(acknowledged).toBeLessThan(150)
  })

  it('fails to sync the file that the log is copied into: the log is kept until that succeeds', async () => {
    const fault = { call: 'sync', error: 'EIO', suffix: '.db', skip: 3, count: 4 } as const
    const { acknowledged, recording } = await withFault(fault, size)
    expect(recording.steps.filter(({ kind }) => kind === 'sync-failed').length).toBeGreaterThan(0)
    expect(acknowledged).toBe(300)
  })
})
