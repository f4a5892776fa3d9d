import { writeSync } from 'node:fs'
import { createSqliteEngine } from '../sqlite-engine.ts'

/**
 * A program to be killed: writes to the file named by its argument as fast as it can, from several writers, and prints
 * each write once it is acknowledged: `key revision`, or `key -` for a delete.
 */
const path = process.argv[2] ?? ''
const engine = createSqliteEngine()
const store = await engine.open(path)
const round = await store.revision()

/** Written before anything else happens, whole, also when the reader is slow and the pipe is full. */
function say(line: string): void {
  let rest = Buffer.from(`${line}\n`)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest))
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    }
  }
}

async function writer(name: number): Promise<void> {
  for (let i = 0; ; i++) {
    const key = `/${round}/${name}/${i}`
    const created = await store.create(key, new TextEncoder().encode(`${key} 1`))
    if (!created.ok) throw new Error(`${key} exists`)
    say(`${key} ${created.revision}`)
    if (i % 3 === 0) {
      const updated = await store.update(key, new TextEncoder().encode(`${key} 2`), created.revision)
      if (!updated.ok) throw new Error(`${key} was changed by somebody else`)
      say(`${key} ${updated.revision}`)
    } else if (i % 3 === 1) {
      await store.delete(key, created.revision)
      say(`${key} -`)
    }
  }
}
await Promise.all(Array.from({ length: 16 }, (_, name) => writer(name)))
