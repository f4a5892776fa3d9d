import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { migrate, migrations, schemaState } from './schema.ts'

describe('migrations', () => {
  it('take a file of an earlier version forward with its content', () => {
    const database = new DatabaseSync(':memory:')
    migrate(database, 0)
    database.exec(`INSERT INTO entries VALUES ('/a', 1, 1, x'00')`)
    migrate(database, migrations.length, [
      ...migrations,
      `ALTER TABLE entries ADD COLUMN later TEXT NOT NULL DEFAULT 'x'`,
    ])
    expect(schemaState(database)).toEqual({ version: migrations.length + 1 })
    expect(database.prepare('SELECT key, later FROM entries').all()).toMatchObject([{ key: '/a', later: 'x' }])
  })

  it('change nothing when one of several fails', () => {
    const database = new DatabaseSync(':memory:')
    migrate(database, 0)
    const steps = [...migrations, 'ALTER TABLE entries ADD COLUMN later TEXT', 'this is no SQL']
    expect(() => migrate(database, migrations.length, steps)).toThrow('syntax error')
    expect(schemaState(database)).toEqual({ version: migrations.length })
    expect(
      database
        .prepare('SELECT * FROM entries')
        .columns()
        .map(({ name }) => name),
    ).not.toContain('later')
  })

  it('leave a new file new when its making fails', () => {
    const database = new DatabaseSync(':memory:')
    expect(() => migrate(database, 0, ['this is no SQL'])).toThrow()
    expect(schemaState(database)).toBe('new')
  })
})
