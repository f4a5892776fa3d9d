import { spawn } from 'node:child_process'
import { copyFile, readFile, stat, writeFile } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { CompactedError, everything, StoreUnavailableError, type Store } from '@kairship/storage'
import { describe, expect, it } from 'vitest'
import { createSqliteEngine } from './sqlite-engine.ts'
import { temporaryDirectory } from './testing/temporary.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

async function contents(store: Store): Promise<Map<string, string>> {
  const { entries } = await store.read(everything)
  return new Map(entries.map(({ key, value }) => [key, Buffer.from(value).toString()]))
}
async function createdRevision(store: Store, key: string, value = 'x'): Promise<number> {
  const result = await store.create(key, bytes(value))
  if (!result.ok) throw new Error(`${key} exists`)
  return result.revision
}

describe('a store file', () => {
  it('has everything when it is opened again, and revisions go on from where they were', async () => {
    await using directory = await temporaryDirectory()
    await using engine = createSqliteEngine()
    const first = await engine.open(directory.file('a.db'))
    const a = await createdRevision(first, '/a', '1')
    await first.update('/a', bytes('2'), a)
    await createdRevision(first, '/b')
    const deleted = await first.delete('/b')
    await first[Symbol.asyncDispose]()

    await using again = await engine.open(directory.file('a.db'))
    const revision = await again.revision()
    // The newest write was a delete: no entry carries its revision.
    expect(deleted).toEqual({ ok: true, revision })
    const { entries } = await again.read(everything)
    expect(entries.map(({ key, createRevision }) => [key, createRevision])).toEqual([['/a', a]])
    expect(await contents(again)).toEqual(new Map([['/a', '2']]))
    expect(await createdRevision(again, '/c')).toBeGreaterThan(revision)
  })

  it('decides races against what was written before it was opened', async () => {
    await using directory = await temporaryDirectory()
    await using engine = createSqliteEngine()
    const first = await engine.open(directory.file('a.db'))
    const a = await createdRevision(first, '/a', '1')
    await first[Symbol.asyncDispose]()
    await using again = await engine.open(directory.file('a.db'))
    const lost = await again.create('/a', bytes('2'))
    expect(lost.ok ? undefined : Buffer.from(lost.current?.value ?? []).toString()).toBe('1')
    expect((await again.update('/a', bytes('2'), a)).ok).toBe(true)
    const old = await again.read(everything, { at: a })
    expect(old.entries.map(({ value }) => Buffer.from(value).toString())).toEqual(['1'])
  })

  it('refuses to watch or read from before it was opened', async () => {
    await using directory = await temporaryDirectory()
    await using engine = createSqliteEngine()
    const first = await engine.open(directory.file('a.db'))
    const a = await createdRevision(first, '/a')
    const b = await createdRevision(first, '/b')
    await first[Symbol.asyncDispose]()
    await using again = await engine.open(directory.file('a.db'))
    await expect(again.read(everything, { at: a })).rejects.toMatchObject({ name: 'CompactedError', oldest: b })
    const watch = again.watch(everything, { after: a, signal: new AbortController().signal })
    await expect(watch[Symbol.asyncIterator]().next()).rejects.toThrow(CompactedError)
  })

  it('can be read by its owner only', async () => {
    await using directory = await temporaryDirectory()
    await using engine = createSqliteEngine()
    await using store = await engine.open(directory.file('a.db'))
    await createdRevision(store, '/a')
    for (const name of ['a.db', 'a.db-wal']) {
      expect(((await stat(directory.file(name))).mode & 0o777).toString(8)).toBe('600')
    }
  })

  it('refuses writes while the disk is full, loses nothing, and goes on when there is room', async () => {
    await using directory = await temporaryDirectory()
    await using engine = createSqliteEngine()
    await using store = await engine.open(directory.file('a.db'), { maxBytes: 400_000 })
    const written = new Map<string, number>()
    const fill = async (): Promise<unknown> => {
      for (let i = 0; ; i++) {
        try {
          const result = await store.create(`/k${i}`, new Uint8Array(20_000).fill(i))
          if (result.ok) written.set(`/k${i}`, result.revision)
        } catch (error) {
          return error
        }
      }
    }
    const refusal = await fill()
    expect(refusal).toBeInstanceOf(StoreUnavailableError)
    expect(refusal).toMatchObject({ cause: { message: expect.stringContaining('full') } })
    expect(written.size).toBeGreaterThan(10)
    const { entries } = await store.read(everything)
    expect(new Map(entries.map(({ key, modRevision }) => [key, modRevision]))).toEqual(written)
    expect((await store.delete('/k0')).ok).toBe(true)
    expect((await store.delete('/k1')).ok).toBe(true)
    expect((await store.create('/again', new Uint8Array(20_000))).ok).toBe(true)
  })
})

describe('opening', () => {
  it('is refused while the file is open in this process, and possible afterwards', async () => {
    await using directory = await temporaryDirectory()
    await using engine = createSqliteEngine({ threads: 2 })
    const path = directory.file('a.db')
    const first = await engine.open(path)
    const refused = await engine.open(path).catch((error: unknown) => error)
    expect(refused).toMatchObject({ name: 'StoreOpenError', failure: 'in-use' })
    await createdRevision(first, '/still-works')
    await first[Symbol.asyncDispose]()
    await using second = await engine.open(path)
    expect(await second.count(everything)).toBe(1)
  })

  it('is refused for a file that another process has open', async () => {
    await using directory = await temporaryDirectory()
    const path = directory.file('a.db')
    await using child = crashWriter(path)
    await child.acknowledged(1)
    await using engine = createSqliteEngine()
    await expect(engine.open(path)).rejects.toMatchObject({
      failure: 'in-use',
      message: expect.stringContaining(`cannot open ${path}: another process`),
    })
  })

  it('is refused for a file of a newer release, which stays as it is', async () => {
    await using directory = await temporaryDirectory()
    await using engine = createSqliteEngine()
    const path = directory.file('a.db')
    await (await engine.open(path))[Symbol.asyncDispose]()
    const file = new DatabaseSync(path)
    file.exec(`UPDATE meta SET value = 99 WHERE name = 'schema'; PRAGMA journal_mode = DELETE`)
    file.close()
    const before = await readFile(path)
    await expect(engine.open(path)).rejects.toMatchObject({
      failure: 'newer',
      message: expect.stringContaining('format 99'),
    })
    expect((await readFile(path)).equals(before)).toBe(true)
  })

  it('is refused for a damaged file, for one that is no database, and for one of another program', async () => {
    await using directory = await temporaryDirectory()
    await using engine = createSqliteEngine()
    const path = directory.file('a.db')
    const store = await engine.open(path)
    for (let i = 0; i < 200; i++) await createdRevision(store, `/k${i}`, 'x'.repeat(1000))
    await store[Symbol.asyncDispose]()
    const damaged = await readFile(path)
    damaged.fill(0xff, damaged.length >> 1, (damaged.length >> 1) + 8192)
    await writeFile(directory.file('damaged.db'), damaged)
    await writeFile(directory.file('text.db'), 'this is a text, and a long one, but certainly no database'.repeat(100))
    const foreign = new DatabaseSync(directory.file('foreign.db'))
    foreign.exec('CREATE TABLE notes (text)')
    foreign.close()
    await expect(engine.open(directory.file('damaged.db'))).rejects.toMatchObject({ failure: 'corrupt' })
    await expect(engine.open(directory.file('text.db'))).rejects.toMatchObject({ failure: 'corrupt' })
    await expect(engine.open(directory.file('foreign.db'))).rejects.toMatchObject({ failure: 'foreign' })
    await expect(engine.open(directory.file('no/such/directory.db'))).rejects.toMatchObject({ failure: 'inaccessible' })
    await using whole = await engine.open(path)
    expect(await whole.count(everything)).toBe(200)
  })

  it('takes up a file whose making was interrupted', async () => {
    await using directory = await temporaryDirectory()
    await using engine = createSqliteEngine()
    const path = directory.file('a.db')
    const interrupted = new DatabaseSync(path)
    interrupted.exec('PRAGMA journal_mode = WAL')
    interrupted.close()
    await using store = await engine.open(path)
    await createdRevision(store, '/a')
  })
})

describe('an engine', () => {
  it('serves many files with few threads and closes them all', async () => {
    await using directory = await temporaryDirectory()
    const engine = createSqliteEngine({ threads: 2 })
    const stores = await Promise.all(Array.from({ length: 20 }, (_, i) => engine.open(directory.file(`${i}.db`))))
    const writes = stores.flatMap((store, i) =>
      Array.from({ length: 10 }, (_, j) => store.create(`/${i}/${j}`, bytes(`${i}`))),
    )
    await engine[Symbol.asyncDispose]()
    expect((await Promise.all(writes)).every(({ ok }) => ok)).toBe(true)
    await expect(engine.open(directory.file('0.db'))).rejects.toThrow('closed')
    await using again = createSqliteEngine()
    for (const i of stores.keys()) {
      const store = await again.open(directory.file(`${i}.db`))
      expect(await store.count(everything)).toBe(10)
    }
  })
})

describe('a process that is killed in the middle of writing', () => {
  it('loses nothing that it has acknowledged, time after time', { timeout: 60_000 }, async () => {
    await using directory = await temporaryDirectory()
    const path = directory.file('a.db')
    const expected = new Map<string, string | undefined>()
    for (let round = 0; round < 5; round++) {
      const child = crashWriter(path)
      await child.acknowledged(150 + 130 * round)
      await child.kill()
      for (const line of child.lines) {
        const [key = '', revision] = line.split(' ')
        const second = expected.has(key)
        expected.set(key, revision === '-' ? undefined : `${key} ${second ? 2 : 1}`)
      }
      // On a copy, so that the next round begins with what the kill left, not with what opening made of it.
      await copyFile(path, directory.file('copy.db'))
      await copyFile(`${path}-wal`, directory.file('copy.db-wal')).catch(() => {})
      await using engine = createSqliteEngine()
      const store = await engine.open(directory.file('copy.db'))
      const found = await contents(store)
      const wrong = [...expected].filter(([key, value]) => !agrees(key, value, found.get(key)))
      expect(wrong).toEqual([])
      await store[Symbol.asyncDispose]()
    }
    expect(expected.size).toBeGreaterThan(1000)
  })
})

/** What was asked for last may have happened without its answer getting out; what was answered must be there. */
function agrees(key: string, acknowledged: string | undefined, found: string | undefined): boolean {
  if (found === acknowledged) return true
  const step = Number(key.split('/').at(-1)) % 3
  if (acknowledged !== `${key} 1`) return false
  return (step === 0 && found === `${key} 2`) || (step === 1 && found === undefined)
}

interface CrashWriter extends AsyncDisposable {
  readonly lines: readonly string[]
  acknowledged(count: number): Promise<void>
  kill(): Promise<void>
}

function crashWriter(path: string): CrashWriter {
  const program = fileURLToPath(new URL('./testing/crash-writer.ts', import.meta.url))
  const child = spawn(process.execPath, [program, path], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let errors = ''
  const lines = (): string[] =>
    output
      .slice(0, output.lastIndexOf('\n') + 1)
      .split('\n')
      .slice(0, -1)
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await closed
  }
  return {
    get lines() {
      return lines()
    },
    acknowledged: (count) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (lines().length >= count) resolve()
        }
        child.stdout.on('data', look)
        child.once('close', () => reject(new Error(`the writer ended: ${errors}`)))
        look()
      }),
    kill,
    [Symbol.asyncDispose]: kill,
  }
}
