import type { Logger, Runnable } from '@kairship/runtime'
import { aborted, taskGroup } from '@kairship/runtime'
import type { Controller } from './contracts.ts'
import type { LeaderElection } from './leader-election.ts'

export interface ManagerOptions {
  readonly name: string
  readonly runnables: readonly (Runnable | Controller)[]
  readonly log: Logger
  /** Without it everything runs at once: there is only this process. */
  readonly election?: LeaderElection
}

/**
 * Runs controllers and other runnables until stopped. One that fails is reported and costs the others nothing. Those that
 * need leadership start when it is won, stop when it is lost, and start again with the next win.
 */
export function manager(options: ManagerOptions): Runnable {
  const { name, runnables, log, election } = options
  const needsLead = (runnable: Runnable | Controller): boolean =>
    election !== undefined && 'needsLeadership' in runnable && runnable.needsLeadership
  const runAll = async (which: readonly Runnable[], signal: AbortSignal): Promise<void> => {
    await using tasks = taskGroup({ name, log, signal })
    for (const runnable of which) tasks.run(runnable.name, (stop) => runnable.run(stop))
    await aborted(signal)
  }
  return {
    name,
    async run(signal) {
      const leading = runnables.filter(needsLead)
      const free = runnables.filter((runnable) => !needsLead(runnable))
      await using tasks = taskGroup({ name, log, signal })
      tasks.run('always', (stop) => runAll(free, stop))
      if (election !== undefined && leading.length > 0) {
        tasks.run('leader', (stop) => election.lead(stop, (lead) => runAll(leading, lead)))
      }
      await aborted(signal)
    },
  }
}
