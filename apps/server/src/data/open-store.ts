import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Store } from '@kairship/storage'
import { type SqliteEngine, StoreOpenError } from '@kairship/storage-sqlite'
import { ServerError } from '../errors.ts'

/** Opens a plane's file; a file that cannot be opened is left as it is, and the error says what can be done. */
export async function openStore(engine: SqliteEngine, file: string): Promise<Store> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  try {
    return await engine.open(file)
  } catch (error) {
    if (!(error instanceof StoreOpenError)) throw error
    throw new ServerError(error.failure === 'newer' ? 'DATA_TOO_NEW' : 'DATA_FILE_UNUSABLE', error.message, {
      cause: error,
      next: steps[error.failure],
    })
  }
}

const steps: { readonly [failure in StoreOpenError['failure']]: string } = {
  'in-use': 'stop the other program that has it open',
  corrupt: 'restore the file from a backup',
  foreign: 'move the file away, or choose another data directory with --data DIR',
  newer: 'start the newer version again, or choose another data directory with --data DIR',
  inaccessible: 'check permissions and free space',
}
