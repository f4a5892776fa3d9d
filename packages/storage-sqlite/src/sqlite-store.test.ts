import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { storeContract } from '@kairship/storage/testing'
import { afterAll, beforeAll } from 'vitest'
import { createSqliteEngine } from './sqlite-engine.ts'

const engine = createSqliteEngine()
let directory = ''
let files = 0
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kairship-sqlite-'))
})
afterAll(async () => {
  await engine[Symbol.asyncDispose]()
  await rm(directory, { recursive: true })
})

storeContract('sqlite', () => engine.open(join(directory, `${files++}.db`)))
