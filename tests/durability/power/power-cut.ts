import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { everything, type Store } from '@kairship/storage'
import { createSqliteEngine, type SqliteEngine, type TestingOptions } from '@kairship/storage-sqlite'
import { run } from '../../support/process.ts'
import { Disk, type Random, type Survival } from './disk.ts'
import { parseJournal, type Step } from './journal.ts'
import { Knowledge, type Known, logName, valueOf } from './log.ts'
import { buildRecorder, type Fault, scratchDirectory } from './recorder.ts'

export interface Recording {
  readonly steps: readonly Step[]
  /** The data directory as the program left it. */
  readonly directory: string
  /** What the program had been promised when it ended. */
  readonly knowledge: Knowledge
}

/** Runs the writing program above the recorder. */
export async function record(options: {
  readonly scratch: string
  readonly requests: number
  readonly seed: number
  readonly testing?: TestingOptions
  readonly fault?: Fault
}): Promise<Recording> {
  using recorder = buildRecorder()
  const directory = join(options.scratch, 'data')
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
  const journal = join(options.scratch, 'journal')
  rmSync(journal, { force: true })
  const finished = await run(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      new URL('writer.ts', import.meta.url).pathname,
      directory,
      String(options.requests),
      String(options.seed),
      JSON.stringify(options.testing ?? {}),
    ],
    { env: { ...process.env, ...recorder.environment(directory, journal, options.fault) } },
  )
  if (finished.code !== 0 && options.fault === undefined) throw new Error(`the program failed: ${finished.stderr}`)
  const steps = parseJournal(readFileSync(journal))
  const knowledge = new Knowledge()
  knowledge.read(readFileSync(join(directory, logName)))
  return { steps, directory, knowledge }
}

/** What was wrong after some power cut. */
export interface Finding {
  readonly step: number
  readonly survival: Survival
  readonly problem: 'lost' | 'torn' | 'phantom' | 'unopenable' | 'revision'
  readonly detail: string
}
export interface CutReport {
  readonly cuts: number
  readonly syncs: number
  readonly writes: number
  readonly truncates: number
  /** Acknowledged writes there were to lose, over all cuts. */
  readonly acknowledged: number
  readonly findings: readonly Finding[]
}

const survivals: readonly Survival[] = ['nothing', 'some', 'some', 'everything']

/** Cuts the power at `cuts` moments spread at random over the recording, opens what is left and compares. */
export async function cutPower(
  recording: Recording,
  options: { readonly cuts: number; readonly random: Random; readonly stopAtFirst?: boolean },
): Promise<CutReport> {
  const scratch = scratchDirectory()
  const { steps } = recording
  const logFiles = new Set(steps.flatMap((step) => (step.kind === 'open' && step.name === logName ? [step.file] : [])))
  const perStep = options.cuts / steps.length
  const findings: Finding[] = []
  const count = (kind: Step['kind']): number => steps.filter((step) => step.kind === kind).length
  let cuts = 0
  let acknowledged = 0
  const disk = new Disk()
  const knowledge = new Knowledge()
  const engine = createSqliteEngine()
  try {
    for (const [index, step] of steps.entries()) {
      const isLog = 'file' in step && logFiles.has(step.file)
      if (isLog) {
        if (step.kind === 'write') knowledge.read(step.bytes)
      } else disk.apply(step)
      for (let due = perStep; due > 0; due--) {
        if (options.random() >= due) continue
        const survival = survivals[cuts % survivals.length] ?? 'nothing'
        const files = disk.afterPowerCut(survival, options.random)
        cuts++
        acknowledged += knowledge.acknowledged
        for (const found of await inspect(engine, join(scratch, String(cuts)), files, knowledge)) {
          findings.push({ step: index, survival, ...found })
        }
        if (options.stopAtFirst === true && findings.length > 0) break
      }
      if (options.stopAtFirst === true && findings.length > 0) break
    }
  } finally {
    await engine[Symbol.asyncDispose]()
    rmSync(scratch, { recursive: true, force: true })
  }
  return { cuts, syncs: count('sync'), writes: count('write'), truncates: count('truncate'), acknowledged, findings }
}

type Found = Omit<Finding, 'step' | 'survival'>

async function inspect(
  engine: SqliteEngine,
  directory: string,
  files: ReadonlyMap<string, Buffer>,
  knowledge: Knowledge,
): Promise<Found[]> {
  mkdirSync(directory)
  for (const [name, bytes] of files) if (name !== logName) writeFileSync(join(directory, name), bytes)
  try {
    const store = await engine.open(join(directory, 'store.db'))
    try {
      return await compare(store, knowledge)
    } finally {
      await store[Symbol.asyncDispose]()
    }
  } catch (error) {
    return [{ problem: 'unopenable', detail: String(error) }]
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** The store against what was promised: all acknowledged, the rest whole or absent, and fit to go on. */
export async function compare(store: Store, knowledge: Knowledge): Promise<Found[]> {
  const found: Found[] = []
  const { entries, revision } = await store.read(everything)
  if (revision < knowledge.revision) {
    found.push({ problem: 'revision', detail: `the store is at ${revision}; ${knowledge.revision} was acknowledged` })
  }
  const present = new Map(entries.map((entry) => [entry.key, entry]))
  for (const [key, known] of knowledge.keys) {
    const entry = present.get(key)
    present.delete(key)
    const allowed = possible(known)
    if (entry === undefined) {
      if (!allowed.includes(undefined)) found.push({ problem: 'lost', detail: `${key}: ${describe(known)}` })
      continue
    }
    const value = Buffer.from(entry.value)
    const n = Number(/#(\d+);/.exec(value.toString('latin1'))?.[1])
    if (!value.equals(valueOf(key, n))) found.push({ problem: 'torn', detail: `${key}: ${value.length} bytes` })
    else if (!allowed.includes(n)) found.push({ problem: 'lost', detail: `${key} is ${n}: ${describe(known)}` })
    else if (n === known.acknowledged && entry.modRevision !== known.revision) {
      found.push({ problem: 'revision', detail: `${key}: ${entry.modRevision} instead of ${known.revision}` })
    }
  }
  for (const key of present.keys()) found.push({ problem: 'phantom', detail: key })
  const next = await store.create('/afterwards', Buffer.from('x'))
  if (!next.ok || next.revision <= Math.max(revision, knowledge.revision)) {
    found.push({ problem: 'revision', detail: `the next write got ${JSON.stringify(next)} after ${revision}` })
  }
  return found
}

/** The states a key may be in: the acknowledged one, or that of a request without a good answer. */
function possible(known: Known): readonly (number | undefined)[] {
  const open = [...known.refused, ...(known.inFlight === undefined ? [] : [known.inFlight])]
  return [known.acknowledged, ...open.map(({ n, put }) => (put ? n : undefined))]
}

function describe(known: Known): string {
  return `acknowledged ${known.acknowledged ?? 'absent'}, in flight ${JSON.stringify(known.inFlight ?? 'nothing')}`
}

/** A repeatable sequence. */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
