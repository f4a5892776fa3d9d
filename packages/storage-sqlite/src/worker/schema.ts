import type { DatabaseSync } from 'node:sqlite'

/** Marks the file as ours; "KAIR". */
export const applicationId = 0x4b414952

/**
 * Each step takes a file from the version of its index to the next. Steps are never changed once released, only added:
 * a file of any earlier version becomes a current one.
 *
 * Version 1: an ordinary table rather than WITHOUT ROWID, whose pages would push every value above a kilobyte into
 * pages of its own. Keys compare by their UTF-8 bytes, as `Store` wants.
 */
export const migrations: readonly string[] = [
  `CREATE TABLE entries (
     key TEXT NOT NULL PRIMARY KEY,
     create_revision INTEGER NOT NULL,
     mod_revision INTEGER NOT NULL,
     value BLOB NOT NULL
   ) STRICT;
   INSERT INTO meta (name, value) VALUES ('revision', 0);`,
]

export type SchemaState = 'new' | 'foreign' | { readonly version: number }

export function schemaState(database: DatabaseSync): SchemaState {
  const tables = readNumber(database, 'SELECT count(*) FROM sqlite_schema')
  const owner = readNumber(database, 'PRAGMA application_id')
  if (tables === 0 && owner === 0) return 'new'
  if (owner !== applicationId) return 'foreign'
  return { version: readNumber(database, `SELECT value FROM meta WHERE name = 'schema'`) }
}

/** Brings the file to the newest version, all or nothing. */
export function migrate(database: DatabaseSync, from: number, steps: readonly string[] = migrations): void {
  if (from === steps.length) return
  database.exec('BEGIN IMMEDIATE')
  try {
    if (from === 0) {
      database.exec(`PRAGMA application_id = ${applicationId};
        CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        INSERT INTO meta (name, value) VALUES ('schema', 0);`)
    }
    for (const step of steps.slice(from)) database.exec(step)
    database.prepare(`UPDATE meta SET value = ? WHERE name = 'schema'`).run(steps.length)
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

export function readNumber(database: DatabaseSync, sql: string): number {
  const [value] = Object.values(database.prepare(sql).get() ?? {})
  if (typeof value !== 'number') throw new Error(`no number from: ${sql}`)
  return value
}
