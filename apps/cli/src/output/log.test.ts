import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '@kairship/runtime'
import { type Invocation, Options } from '../command.ts'
import { LogFile, once, watchedLog } from './log.ts'

describe('the log of a server that people watch', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kairship-log-'))
  })
  afterEach(() => rm(directory, { recursive: true, force: true }))

  const start = (more: { readonly [name: string]: unknown } = {}) => {
    const shown: string[] = []
    const invocation: Invocation = {
      arguments: [],
      options: new Options({ logLevel: 'info', logFormat: 'text', ...more }),
      terminal: {
        out: () => {},
        err: (text) => void shown.push(text.replace(/^\S+ /, '')),
        interactive: false,
        clock: systemClock(),
        signal: new AbortController().signal,
        workingDirectory: directory,
        environment: {},
      },
    }
    const file = new LogFile(join(directory, 'data/log/kairship.log'))
    return { shown, file, log: watchedLog(invocation, file) }
  }

  it('shows a warning once and in one line, and keeps all of it in the file', async () => {
    const { shown, file, log } = start()
    for (const attempt of [3, 6, 12]) log.with({ key: 'a' }).error('it fails', new Error('no'), { attempt })
    log.with({ key: 'b' }).error('it fails', new Error('no'), { attempt: 3 })
    log.info('a detail')
    file[Symbol.dispose]()
    expect(shown).toEqual(['error it fails key=a attempt=3: no\n', 'error it fails key=b attempt=3: no\n'])
    const kept = await readFile(file.path, 'utf8')
    expect(kept.match(/it fails/g)).toHaveLength(4)
    expect(kept).toContain('  Error: no\n      at ')
    expect(kept).toContain('info  a detail\n')
  })

  it('shows everything when asked to', () => {
    const { shown, log } = start({ verbose: true })
    for (let time = 0; time < 2; time++) log.info('a detail')
    expect(shown).toEqual(['info  a detail\n', 'info  a detail\n'])
  })

  it('keeps no more than two files of bounded size, across restarts, and never fails', async () => {
    const path = join(directory, 'kairship.log')
    for (let start = 0; start < 4; start++) {
      using file = new LogFile(path, 100)
      for (let line = 0; line < 5; line++) file.write(`${start}.${line} ${'x'.repeat(30)}`)
    }
    const [now, before] = await Promise.all([readFile(path, 'utf8'), readFile(`${path}.1`, 'utf8')])
    expect(now.length + before.length).toBeLessThanOrEqual(200)
    expect(`${before}${now}`.trim().split('\n').at(-1)).toMatch(/^3\.4 /)
    // A file stands where its directory should be.
    expect(() => new LogFile(join(path, 'kairship.log')).write('a')).not.toThrow()
  })

  it('remembers a bounded number of warnings', () => {
    const accept = once(2)
    const record = (message: string) => ({ time: 0, level: 'warn' as const, message, fields: {} })
    expect(['a', 'a', 'b', 'a', 'c', 'a'].map((message) => accept(record(message)))).toEqual([
      true,
      false,
      true,
      false,
      true,
      true,
    ])
  })
})
