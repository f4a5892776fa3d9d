import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Fails `count` calls of one kind on files with this ending, after the first `skip`. */
export interface Fault {
  readonly call: 'write' | 'sync'
  readonly error: 'ENOSPC' | 'EIO'
  readonly suffix: string
  readonly skip: number
  readonly count: number
}

/** The compiled recorder, to be loaded below a process. */
export interface Recorder extends Disposable {
  environment(directory: string, journal: string, fault?: Fault): Record<string, string>
}

const numbers = { EIO: 5, ENOSPC: 28 }

/** Compiles the recorder with the machine's C compiler. */
export function buildRecorder(): Recorder {
  if (process.platform !== 'linux') throw new Error('the power-cut simulation needs Linux (LD_PRELOAD)')
  const directory = mkdtempSync(join(tmpdir(), 'kairship-recorder-'))
  const library = join(directory, 'recorder.so')
  const source = new URL('recorder.c', import.meta.url).pathname
  try {
    execFileSync('gcc', ['-O2', '-shared', '-fPIC', '-o', library, source, '-ldl', '-lpthread'], { stdio: 'pipe' })
  } catch (error) {
    rmSync(directory, { recursive: true, force: true })
    throw new Error('the power-cut simulation needs gcc (Debian: apt-get install gcc libc6-dev)', { cause: error })
  }
  return {
    environment: (recorded, journal, fault) => ({
      LD_PRELOAD: library,
      RECORDER_DIRECTORY: recorded,
      RECORDER_JOURNAL: journal,
      ...(fault === undefined
        ? {}
        : { RECORDER_FAULT: `${fault.call} ${numbers[fault.error]} ${fault.suffix} ${fault.skip} ${fault.count}` }),
    }),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  }
}

/** Where simulated disks are rebuilt: in memory when there is such a place, because they are many. */
export function scratchDirectory(): string {
  return mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'kairship-power-'))
}
