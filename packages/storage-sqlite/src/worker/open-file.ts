import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { StoreOpenError } from '../open-error.ts'
import type { TestingOptions } from '../protocol.ts'
import { migrate, migrations, schemaState } from './schema.ts'

/**
 * Opens or makes a store's file: takes it for us alone, makes sure that it is whole and ours, and brings it to the
 * newest version. In this order, so that a file which is refused stays as it is.
 */
export function openFile(path: string, maxBytes: number | undefined, testing?: TestingOptions): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    // Secrets are in it. SQLite gives its own side files the same rights.
    closeSync(openSync(path, 'a', 0o600))
    database = new DatabaseSync(path, { enableForeignKeyConstraints: false })
    lock(database)
    check(database, path)
    const state = schemaState(database)
    if (state === 'foreign') throw new StoreOpenError(path, 'foreign', 'it is a database of another program')
    const version = state === 'new' ? 0 : state.version
    if (version > migrations.length) {
      throw new StoreOpenError(
        path,
        'newer',
        `it was written by a newer release (format ${version}; this one knows up to ${migrations.length}). Use that release, or restore a backup made by this one`,
      )
    }
    configure(database, maxBytes)
    migrate(database, version)
    if (testing !== undefined) configureForTest(database, testing)
    return database
  } catch (error) {
    database?.close()
    throw error instanceof StoreOpenError ? error : explain(path, error)
  }
}

/** Nobody else may open the file until it is closed or the process ends, however it ends. */
function lock(database: DatabaseSync): void {
  // Exclusive before the first access: then the index of the write-ahead log is in memory and not in a shared file.
  database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT')
}

function check(database: DatabaseSync, path: string): void {
  const result = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {})
  if (result[0] !== 'ok') throw corrupt(path, String(result[0]))
}

function configure(database: DatabaseSync, maxBytes: number | undefined): void {
  // FULL: a commit returns when it is on the disk (I2). A longer log is copied into the file less often.
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = 4000;
    PRAGMA journal_size_limit = 33554432;
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON;`)
  if (maxBytes !== undefined) database.exec(`PRAGMA max_page_count = ${Math.max(16, Math.floor(maxBytes / 4096))}`)
}

function configureForTest(database: DatabaseSync, testing: TestingOptions): void {
  if (testing.losesWritesOnPowerCut === true) database.exec('PRAGMA synchronous = NORMAL')
  if (testing.checkpointPages !== undefined) database.exec(`PRAGMA wal_autocheckpoint = ${testing.checkpointPages}`)
}

const busy = 5
const damaged: readonly unknown[] = [11, 26]

function explain(path: string, error: unknown): StoreOpenError {
  const detail = error instanceof Error ? error.message : String(error)
  const code = sqliteCode(error)
  if (code === busy)
    return new StoreOpenError(path, 'in-use', 'another process, or another store of this one, has it open')
  if (damaged.includes(code)) return corrupt(path, detail)
  return new StoreOpenError(path, 'inaccessible', detail)
}

function corrupt(path: string, detail: string): StoreOpenError {
  return new StoreOpenError(path, 'corrupt', `it is damaged (${detail}). Nothing was changed; restore it from a backup`)
}

/** SQLite's primary result code, when the error is one of its own. */
export function sqliteCode(error: unknown): number | undefined {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined
  return typeof code === 'number' ? code & 0xff : undefined
}
