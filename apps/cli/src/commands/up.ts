import { join } from 'node:path'
import { Instances } from '@kairship/api/kairship'
import type { Server } from '@kairship/server'
import type { Invocation } from '../command.ts'
import { openHub } from '../connect.ts'
import { dataDirectory, kubeconfigFile } from '../data-directory.ts'
import { LogFile, watchedLog } from '../output/log.ts'
import { progressTo } from '../output/progress.ts'
import { report } from '../report.ts'
import { type Overview, readOverview, renderOverview } from '../overview.ts'

/** Workloads of an instance that `up` lists; `kairship status` lists them all. */
const shownWorkloads = 20

/** How long `up` waits for workloads to become ready before it prints what there is: a new demo longer than the rest. */
const settleMs = { demo: 10_000, other: 1_000 }

export async function run(invocation: Invocation): Promise<void> {
  const { options, terminal } = invocation
  const say = progressTo(terminal)
  const { serve, untilStopped } = await import('../serve.ts')
  using file = new LogFile(join(dataDirectory(invocation), 'log/kairship.log'))
  const log = watchedLog(invocation, file)
  const server = await serve(invocation, { demo: options.flag('demo'), log, onProgress: say })
  try {
    await Promise.race([server.seeded, stopped(terminal.signal)])
    if (!terminal.signal.aborted) say((await isReady(invocation)) ? 'ready' : 'running, but not all of it is ready')
    if (!terminal.signal.aborted) await introduce(invocation, server, file.path)
  } catch (error) {
    // The server runs; what could not be shown or set up is no reason to take it away.
    if (!terminal.signal.aborted) report(error, terminal)
  }
  await untilStopped(invocation, server)
}

async function isReady(invocation: Invocation): Promise<boolean> {
  await using hub = await openHub(invocation)
  const { status } = await hub.client.connection.raw('/readyz', { signal: invocation.terminal.signal })
  return status === 200
}

async function introduce(invocation: Invocation, server: Server, logFile: string): Promise<void> {
  const { terminal } = invocation
  await using hub = await openHub(invocation)
  const deadline = terminal.clock.now() + (server.seeding ? settleMs.demo : settleMs.other)
  let overview = await readOverview(invocation, hub.client)
  while (!isSettled(overview) && terminal.clock.now() < deadline && !terminal.signal.aborted) {
    await Promise.race([terminal.clock.sleep(200), stopped(terminal.signal)])
    overview = await readOverview(invocation, hub.client)
  }
  terminal.out(`\n${renderOverview(overview, shownWorkloads)}\n${addresses(server, logFile)}\n`)
  const { items } = await hub.client.of(Instances).list()
  terminal.out(suggestions(server, items[0]?.metadata.name))
}

/** Every replica that was placed is ready. */
function isSettled(overview: Overview): boolean {
  return overview.instances.every((instance) =>
    instance.workloads.every((workload) => workload.clusters.length > 0 && workload.ready === workload.replicas),
  )
}

function addresses(server: Server, logFile: string): string {
  const lines = [`API:      ${server.url}  (kubeconfigs in ${server.paths.root}/kubeconfig)`]
  lines.push(`Log:      ${logFile}`)
  if (server.ui !== undefined) lines.unshift(`Web page: ${server.ui}`)
  return `${lines.join('\n')}\n`
}

function suggestions(server: Server, instance: string | undefined): string {
  if (instance === undefined) {
    return `Try, in another terminal:
  ./kairship instance create shop
  ./kairship cluster create-simulated test --instance shop
  ./kairship status
`
  }
  const file = kubeconfigFile(server.paths.root, { kind: 'instances', name: instance })
  return `Try, in another terminal:
  export KUBECONFIG=${file}
  kubectl get clusters -o wide
  kubectl get deployments -A
Stop with Ctrl-C; everything is kept in ${server.paths.root}.
`
}

function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
