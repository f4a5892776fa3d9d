import { openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createSqliteEngine } from '@kairship/storage-sqlite'
import { everything } from '@kairship/storage'
import { type Line, logName, valueOf } from './log.ts'

/**
 * The program whose files are recorded: several writers create, change and delete keys of their own in a real store,
 * and say so in the log. Arguments: directory, requests, seed, and optionally JSON of the store's testing options.
 */
const [directory = '', requests = '0', seed = '1', testing = '{}'] = process.argv.slice(2)
const log = openSync(join(directory, logName), 'a')
const say = (line: Line): void => void writeSync(log, `${JSON.stringify(line)}\n`)

let state = Number(seed)
const random = (): number => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return state / 2 ** 32
}

await using engine = createSqliteEngine()
const store = await engine.open(join(directory, 'store.db'), { testing: JSON.parse(testing) })
const revisions = new Map((await store.read(everything)).entries.map(({ key, modRevision }) => [key, modRevision]))
say({ type: 'opened', revision: await store.revision() })

let left = Number(requests)
let n = (await store.revision()) * 10
let refusedInARow = 0

async function writer(name: number): Promise<void> {
  while (left-- > 0) {
    const key = `/things/${name}/${Math.floor(random() * 6)}`
    const mine = ++n
    const known = revisions.get(key)
    const put = known === undefined || random() < 0.7
    say({ type: 'intent', key, n: mine, put })
    try {
      const result =
        known === undefined
          ? await store.create(key, valueOf(key, mine))
          : put
            ? await store.update(key, valueOf(key, mine), known)
            : await store.delete(key, known)
      if (!result.ok) throw new Error(`${key} was changed by somebody else`)
      if (put) revisions.set(key, result.revision)
      else revisions.delete(key)
      say({ type: 'done', key, n: mine, revision: result.revision })
      refusedInARow = 0
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'StoreUnavailableError') throw error
      const cause = error.cause instanceof Error ? error.cause.message : error.message
      say({ type: 'refused', key, n: mine, message: cause })
      // A store that is given up says no for ever.
      if (++refusedInARow > 50) return
    }
  }
}
await Promise.all(Array.from({ length: 8 }, (_, name) => writer(name)))
