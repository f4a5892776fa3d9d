import { describe, expect, it } from 'vitest'
import { aborted } from './abort.ts'
import { deferred } from './deferred.ts'
import { taskGroup } from './task-group.ts'
import { recordedLog, settle } from './testing/index.ts'

describe('task group', () => {
  it('aborts its tasks and waits for them when disposed, also those of its children', async () => {
    const { log, records } = recordedLog()
    const ended: string[] = []
    const group = taskGroup({ name: 'outer', log })
    const task = (name: string) => async (signal: AbortSignal) => {
      await aborted(signal)
      await settle()
      ended.push(name)
      signal.throwIfAborted()
    }
    group.run('a', task('a'))
    group.child('inner').run('b', task('b'))
    await group[Symbol.asyncDispose]()
    expect(ended.toSorted()).toEqual(['a', 'b'])
    expect(records).toEqual([])
  })

  it('logs a failed task with its name and lets the others go on', async () => {
    const { log, records } = recordedLog()
    await using group = taskGroup({ name: 'g', log })
    const other = deferred<string>()
    group.run('bad', () => Promise.reject(new Error('broken')))
    group.run('good', async () => other.resolve('done'))
    await expect(other.promise).resolves.toBe('done')
    await settle()
    expect(records).toMatchObject([
      { level: 'error', fields: { group: 'g', task: 'bad' }, error: { message: 'broken' } },
    ])
  })

  it('reports a failure of its own that happens while it is stopping', async () => {
    const failures: unknown[] = []
    const group = taskGroup({ name: 'g', log: recordedLog().log, onError: (error) => failures.push(error) })
    group.run('flush', async (signal) => {
      await aborted(signal)
      throw new Error('disk full')
    })
    await group[Symbol.asyncDispose]()
    expect(failures).toMatchObject([{ message: 'disk full' }])
  })

  it('does not start a task after it was stopped', async () => {
    const group = taskGroup({ name: 'g', log: recordedLog().log })
    await group[Symbol.asyncDispose]()
    group.run('late', () => expect.unreachable())
    await settle()
  })

  it('stops a child alone without touching its siblings', async () => {
    await using group = taskGroup({ name: 'g', log: recordedLog().log })
    const child = group.child('c')
    await child[Symbol.asyncDispose]()
    expect([child.signal.aborted, group.signal.aborted]).toEqual([true, false])
  })
})
