import { expect, it } from 'vitest'
import { temporaryDirectory } from '../testing/temporary.ts'
import { openFile } from './open-file.ts'
import { readNumber } from './schema.ts'

// SIGKILL cannot tell this setting from a weaker one: only a power cut could, or this.
it('lets every commit wait for the disk', async () => {
  await using directory = await temporaryDirectory()
  const database = openFile(directory.file('a.db'), undefined)
  expect(readNumber(database, 'PRAGMA synchronous')).toBe(2)
  expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
  database.close()
})
