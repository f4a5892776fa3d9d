import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A directory that is gone after the test. */
export async function temporaryDirectory(): Promise<AsyncDisposable & { file(name: string): string }> {
  const directory = await mkdtemp(join(tmpdir(), 'kairship-sqlite-'))
  return {
    file: (name) => join(directory, name),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
}
