import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@kairship/runtime'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ServerError } from '../errors.ts'
import { lockDataDirectory } from './lock.ts'
import { DataPaths } from './paths.ts'
import { writeRunning } from './running.ts'

describe('the lock of a data directory', () => {
  let paths: DataPaths
  beforeEach(async () => {
    paths = new DataPaths(await mkdtemp(join(tmpdir(), 'kairship-lock-')))
  })
  afterEach(async () => {
    await rm(paths.root, { recursive: true })
  })

  it('refuses a second holder, names the first, and can be taken again after it was let go', async () => {
    const first = await lockDataDirectory(paths, systemClock())
    await writeRunning(paths, { pid: 4711, url: 'https://127.0.0.1:1', ui: null, urls: [] })
    const refused = await lockDataDirectory(paths, systemClock()).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(ServerError)
    expect(refused).toMatchObject({ code: 'DATA_DIRECTORY_IN_USE' })
    expect(String(refused)).toContain('process 4711, https://127.0.0.1:1')
    first[Symbol.dispose]()
    const second = await lockDataDirectory(paths, systemClock())
    second[Symbol.dispose]()
  })

  it('disappears with a killed process', async () => {
    const holder = spawn(process.execPath, [
      '-e',
      `const { DatabaseSync } = require('node:sqlite')
       const db = new DatabaseSync(${JSON.stringify(paths.lock)})
       db.exec('PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE')
       console.log('held')
       setInterval(() => db, 1000)`,
    ])
    await new Promise((resolve) => holder.stdout.once('data', resolve))
    await expect(lockDataDirectory(paths, systemClock())).rejects.toThrow(/in use/)
    holder.kill('SIGKILL')
    await new Promise((resolve) => holder.once('exit', resolve))
    const lock = await lockDataDirectory(paths, systemClock())
    lock[Symbol.dispose]()
  })

  it('says that a directory cannot be created', async () => {
    await writeFile(join(paths.root, 'file'), '')
    const impossible = new DataPaths(join(paths.root, 'file', 'below'))
    await expect(lockDataDirectory(impossible, systemClock())).rejects.toMatchObject({
      code: 'DATA_DIRECTORY_UNUSABLE',
    })
  })
})
