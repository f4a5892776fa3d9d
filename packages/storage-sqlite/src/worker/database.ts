import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite'
import type { KeyRange, Revision } from '@kairship/storage'
import { Packer, transferable } from '../packing.ts'
import type { Answers, Columns, Request, TestingOptions } from '../protocol.ts'
import { openFile, sqliteCode } from './open-file.ts'
import { readNumber } from './schema.ts'

/** An answer with the buffers that move with it. */
export interface Packed<T> {
  readonly answer: T
  readonly transfer: ArrayBuffer[]
}

/** One open file. Everything here blocks its thread, which is why it has one. */
export class Database {
  readonly #database: DatabaseSync
  readonly #statements: ReturnType<typeof prepare>
  #revision: Revision

  constructor(path: string, maxBytes: number | undefined, testing: TestingOptions | undefined) {
    this.#database = openFile(path, maxBytes, testing)
    this.#statements = prepare(this.#database)
    this.#revision = readNumber(this.#database, `SELECT value FROM meta WHERE name = 'revision'`)
  }

  /** What the main thread must know of every key. */
  index(): Packed<Answers['open']> {
    const entries = new ColumnsBuilder()
    for (const row of rows(this.#statements.index)) entries.add(row)
    return { answer: { revision: this.#revision, entries: entries.finish() }, transfer: [] }
  }

  commit({ writes, values }: Extract<Request, { readonly type: 'commit' }>): Packed<Answers['commit']> {
    const { put, remove, value: find, revision: setRevision, begin, commit } = this.#statements
    const previous = new Packer()
    let offset = 0
    try {
      begin.run()
      for (const { key, revision, createRevision, size, wantPrevious } of writes) {
        if (wantPrevious) previous.add(blob(rows(find, key).next().value?.[0]))
        if (size === undefined) {
          remove.run(key)
        } else {
          put.run(key, createRevision, revision, values.subarray(offset, offset + size))
          offset += size
        }
      }
      const last = writes.at(-1)?.revision ?? this.#revision
      setRevision.run(last)
      commit.run()
      this.#revision = last
    } catch (error) {
      return { answer: this.#failed(error), transfer: [] }
    }
    const packed = previous.finish()
    return { answer: { ok: true, previous: packed }, transfer: transferable(packed) }
  }

  read(range: KeyRange, limit: number | undefined, keysOnly: boolean): Packed<Answers['read']> {
    const statement = keysOnly ? this.#statements.keys : this.#statements.entries
    const entries = new ColumnsBuilder()
    const values = new Packer()
    let more = false
    for (const row of rows(statement, ...bounds(range), limit === undefined ? -1 : limit + 1)) {
      if (entries.length === limit) {
        more = true
        break
      }
      entries.add(row)
      if (!keysOnly) values.add(blob(row[3]))
    }
    const packed = keysOnly ? undefined : values.finish()
    return {
      answer: { revision: this.#revision, entries: entries.finish(), values: packed, more },
      transfer: packed === undefined ? [] : transferable(packed),
    }
  }

  count(range: KeyRange): Packed<Answers['count']> {
    const row = rows(this.#statements.count, ...bounds(range)).next().value
    return { answer: { revision: this.#revision, count: Number(row?.[0]) }, transfer: [] }
  }

  close(): void {
    this.#database.close()
  }

  /** Only a full disk is a state one can trust and come back from; after any other error the disk is in doubt. */
  #failed(error: unknown): Answers['commit'] {
    const message = error instanceof Error ? error.message : String(error)
    try {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
    } catch {
      return { ok: false, message, recoverable: false }
    }
    return { ok: false, message, recoverable: sqliteCode(error) === diskFull }
  }
}

const diskFull = 13

function prepare(database: DatabaseSync) {
  const statement = (sql: string): StatementSync => {
    const prepared = database.prepare(sql)
    prepared.setReturnArrays(true)
    return prepared
  }
  const inRange = 'FROM entries WHERE key >= ? AND key < ?'
  return {
    begin: statement('BEGIN IMMEDIATE'),
    commit: statement('COMMIT'),
    put: statement(`INSERT INTO entries (key, create_revision, mod_revision, value) VALUES (?1, ?2, ?3, ?4)
      ON CONFLICT (key) DO UPDATE SET create_revision = ?2, mod_revision = ?3, value = ?4`),
    remove: statement('DELETE FROM entries WHERE key = ?'),
    value: statement('SELECT value FROM entries WHERE key = ?'),
    revision: statement(`UPDATE meta SET value = ? WHERE name = 'revision'`),
    index: statement('SELECT key, create_revision, mod_revision FROM entries'),
    keys: statement(`SELECT key, create_revision, mod_revision ${inRange} ORDER BY key LIMIT ?`),
    entries: statement(`SELECT key, create_revision, mod_revision, value ${inRange} ORDER BY key LIMIT ?`),
    count: statement(`SELECT count(*) ${inRange}`),
  }
}

/** `[first, end)`; a single key is the range up to the next possible one. */
function bounds({ start, end }: KeyRange): [string, string] {
  return [start, end ?? `${start}\u0000`]
}

/** Rows as arrays, one at a time. */
function* rows(statement: StatementSync, ...parameters: (string | number)[]): Generator<SQLOutputValue[], undefined> {
  for (const row of statement.iterate(...parameters)) yield Array.isArray(row) ? row : Object.values(row)
}

function blob(value: SQLOutputValue | undefined): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw new Error('a value is missing in the file')
}

class ColumnsBuilder {
  readonly #keys: string[] = []
  readonly #createRevisions: number[] = []
  readonly #modRevisions: number[] = []

  get length(): number {
    return this.#keys.length
  }
  add([key, createRevision, modRevision]: readonly SQLOutputValue[]): void {
    this.#keys.push(String(key))
    this.#createRevisions.push(Number(createRevision))
    this.#modRevisions.push(Number(modRevision))
  }
  finish(): Columns {
    return {
      keys: this.#keys,
      createRevisions: Float64Array.from(this.#createRevisions),
      modRevisions: Float64Array.from(this.#modRevisions),
    }
  }
}
