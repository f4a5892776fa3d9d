import { ConnectionError, errors } from '@kairship/apimachinery'
import { systemClock } from '@kairship/runtime'
import { expect, it } from 'vitest'
import type { Terminal } from './command.ts'
import { CliError } from './exit.ts'
import { report } from './report.ts'

function reported(error: unknown): { readonly code: number; readonly text: string } {
  let text = ''
  const terminal: Terminal = {
    out: () => {},
    err: (line) => (text += line),
    interactive: false,
    clock: systemClock(),
    signal: new AbortController().signal,
    workingDirectory: '/',
    environment: {},
  }
  return { code: report(error, terminal), text }
}

it.each([
  [errors.notFound({ group: 'kairship.io', resource: 'instances' }, 'x'), 3],
  [errors.alreadyExists({ group: 'kairship.io', resource: 'instances' }, 'x'), 4],
  [errors.unauthorized(), 6],
  [errors.forbidden({ group: '', resource: 'pods' }, 'x', 'no'), 6],
  [errors.badRequest('no'), 7],
  [errors.unavailable('later'), 5],
  [errors.internal('broken'), 1],
  [new ConnectionError('connection refused'), 5],
  [new CliError('usage', 'wrong'), 2],
  [new Error('surprise'), 1],
])('answers %s with exit code %d', (error, code) => {
  expect(reported(error).code).toBe(code)
})

it('says what, why and what to do next, without saying anything twice', () => {
  const cause = new Error('reading: permission denied', { cause: new Error('EACCES') })
  const error = new CliError('failure', 'cannot start: reading: permission denied', { cause, next: 'check the rights' })
  expect(reported(error).text).toBe(
    'error: cannot start: reading: permission denied\n  cause: EACCES\n  next:  check the rights\n',
  )
})

it('reports what went wrong first when cleaning up failed too', () => {
  const error = new SuppressedError(new Error('cannot close'), new CliError('conflict', 'the port is taken'))
  expect(reported(error)).toEqual({ code: 4, text: 'error: the port is taken\n' })
})

it('understands coded errors of packages it has not loaded', () => {
  const error = Object.assign(new Error('taken'), { code: 'NAME_TAKEN', next: 'choose another' })
  expect(reported(error)).toEqual({ code: 4, text: 'error: taken\n  next:  choose another\n' })
})
