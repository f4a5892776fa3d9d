import { mkdir } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import type { Clock } from '@kairship/runtime'
import { ServerError } from '../errors.ts'
import type { DataPaths } from './paths.ts'
import { readRunning } from './running.ts'

/** How long a holder that is just ending is waited for. */
const patienceMs = 1000

/**
 * Holds the data directory for one process. The lock is the operating system's (through SQLite's file locking), so it
 * disappears with the process, however that ends.
 */
export async function lockDataDirectory(paths: DataPaths, clock: Clock): Promise<Disposable> {
  try {
    await mkdir(paths.root, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new ServerError('DATA_DIRECTORY_UNUSABLE', `cannot create the data directory ${paths.root}`, {
      cause: error,
      next: 'choose another one with --data DIR',
    })
  }
  const deadline = clock.now() + patienceMs
  for (;;) {
    const database = tryLock(paths)
    if (database !== undefined) return { [Symbol.dispose]: () => database.close() }
    if (clock.now() >= deadline) break
    await clock.sleep(50)
  }
  throw new ServerError('DATA_DIRECTORY_IN_USE', await whoHoldsIt(paths), {
    next: 'use the running server (kairship status), stop it first, or choose another directory with --data DIR',
  })
}

function tryLock(paths: DataPaths): DatabaseSync | undefined {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(paths.lock, { timeout: 0 })
    database.exec('PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE')
    return database
  } catch (error) {
    database?.close()
    if (error instanceof Error && /locked|busy/i.test(error.message)) return undefined
    throw new ServerError('DATA_DIRECTORY_UNUSABLE', `cannot use the data directory ${paths.root}`, {
      cause: error,
      next: 'check its permissions, or choose another one with --data DIR',
    })
  }
}

async function whoHoldsIt(paths: DataPaths): Promise<string> {
  const about = await readRunning(paths)
  const who = about === undefined ? 'another server' : `another server (process ${about.pid}, ${about.url})`
  return `the data directory ${paths.root} is in use by ${who}`
}
