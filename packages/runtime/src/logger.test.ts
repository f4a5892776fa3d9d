import { describe, expect, it } from 'vitest'
import type { Logger } from './contracts.ts'
import { errorMessage } from './error-text.ts'
import { jsonLogger, teeLogger, textLogger, type LoggerOptions } from './logger.ts'
import { manualClock } from './testing/index.ts'

function lines(create: (options: LoggerOptions) => Logger, use: (log: Logger) => void): string[] {
  const written: string[] = []
  use(create({ write: (line) => written.push(line), clock: manualClock(0) }))
  return written
}

describe('loggers', () => {
  it('write one JSON object per record, with bound fields and the chain of causes', () => {
    const [first = '', second = ''] = lines(jsonLogger, (log) => {
      log.with({ instance: 'demo' }).info('ready', { port: 1 })
      log.error('lost', new Error('outer', { cause: new Error('inner') }))
    })
    expect(JSON.parse(first)).toEqual({
      time: '1970-01-01T00:00:00.000Z',
      level: 'info',
      message: 'ready',
      instance: 'demo',
      port: 1,
    })
    expect(JSON.parse(second)).toMatchObject({ error: { message: 'outer', cause: { message: 'inner' } } })
  })

  it('drop what is below their level', () => {
    expect(lines(textLogger, (log) => log.debug('quiet'))).toEqual([])
  })

  it('keep text from outside on its line and away from the terminal', () => {
    const [line = ''] = lines(textLogger, (log) => log.info('a\nb\u001b[2J', { user: 'x\n12:00 error forged' }))
    expect(line).toBe('00:00:00.000 info  a\\u000ab\\u001b[2J user="x\\n12:00 error forged"')
  })

  it('show an error with its causes, indented', () => {
    const [line = ''] = lines(textLogger, (log) => log.error('lost', new Error('outer', { cause: 'a string' })))
    expect(line).toMatch(/^00:00:00\.000 error lost\n {2}Error: outer\n(.*\n)+ {2}caused by NonError: a string$/)
  })

  it('leave out stacks and what is not accepted, and write to several places', () => {
    const full: string[] = []
    const clock = manualClock(0)
    const brief = lines(
      (options) =>
        teeLogger(
          textLogger({ ...options, stacks: false, accept: ({ fields }) => fields['loud'] !== true }),
          textLogger({ write: (line) => full.push(line), clock }),
        ),
      (log) => {
        log.with({ member: 'a' }).error('lost', new Error('outer', { cause: new Error('inner') }))
        log.with({ loud: true }).warn('again')
      },
    )
    expect(brief).toEqual(['00:00:00.000 error lost member=a: outer: inner'])
    expect(full).toHaveLength(2)
    expect(full[0]).toContain('  Error: outer\n')
  })

  it('say an error and its causes in one line without repeating', () => {
    expect(errorMessage(new Error('open: no such file', { cause: new Error('no such file') }))).toBe(
      'open: no such file',
    )
    expect(errorMessage(new Error('open', { cause: new Error('no such file') }))).toBe('open: no such file')
  })
})
