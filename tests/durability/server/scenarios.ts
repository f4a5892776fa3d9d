import { expect } from 'vitest'
import { eventually } from '../../support/process.ts'
import { serverProcess } from './process.ts'
import { checkWatchers } from './truth.ts'
import { Watcher } from './watcher.ts'
import { Workload } from './workload.ts'

/**
 * Writers, and watchers if wanted, over `restarts` ends of the server: mostly SIGKILL at random moments, with watchers
 * every third one an orderly stop. Everything is compared after each start, the watchers at the end.
 */
export async function restarts(options: {
  readonly restarts: number
  readonly watchers: number
  readonly changes?: number
}): Promise<{ readonly writes: number; readonly events: number; readonly expired: number }> {
  await using server = await serverProcess(options.changes === undefined ? {} : { changes: options.changes })
  const workload = new Workload(server)
  const plain: Watcher[] = []
  const filtered: { watcher: Watcher; selects: (n: number) => boolean }[] = []
  for (let i = 0; i < options.watchers; i++) {
    // Every fourth selects by a label that comes and goes, every eighth of the others reads slowly.
    if (i % 4 !== 3) plain.push(new Watcher(server, { slow: i % 8 === 0 }))
    else filtered.push({ watcher: new Watcher(server, { selector: 'g=g0' }), selects: (n) => n % 3 === 0 })
  }
  await server.start()
  const watchers = [...plain, ...filtered.map(({ watcher }) => watcher)]
  const watching = watchers.map((watcher) => watcher.run())
  try {
    for (let round = 0; round < options.restarts; round++) {
      const before = workload.writes
      const writing = workload.run(8)
      // A run is worth nothing when too little was written before the end.
      await eventually(() => expect(workload.writes).toBeGreaterThan(before + 20), 20_000, 5)
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 120))
      await server.end(options.watchers > 0 && round % 3 === 2 ? 'SIGTERM' : 'SIGKILL')
      workload.stop()
      await writing
      await server.start()
      await workload.verify()
      if (workload.problems.length > 0) break
    }
    expect(workload.problems).toEqual([])
    const last = await server.send('POST', '/api/v1/namespaces/default/configmaps', {
      metadata: { name: 'last', labels: { g: 'g0' } },
      data: { n: '0' },
    })
    const rv = Number(JSON.parse(last.body).metadata.resourceVersion)
    await eventually(() => {
      for (const watcher of watchers) expect(watcher.position).toBeGreaterThanOrEqual(rv)
    }, 30_000)
  } finally {
    for (const watcher of watchers) watcher.stop()
    workload.stop()
    await Promise.all(watching)
  }
  const { problems, events } = checkWatchers(plain, filtered, workload.acknowledged)
  expect(problems.slice(0, 10)).toEqual([])
  return { writes: workload.writes, events, expired: watchers.reduce((sum, { expired }) => sum + expired, 0) }
}
