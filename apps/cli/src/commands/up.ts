import { Instances } from '@kairship/api/kairship'
import type { Server } from '@kairship/server'
import type { Invocation } from '../command.ts'
import { openHub } from '../connect.ts'
import { kubeconfigFile } from '../data-directory.ts'
import { progressTo } from '../output/progress.ts'
import { report } from '../report.ts'
import { type Overview, readOverview, renderOverview } from '../overview.ts'

/** How long `up` waits for workloads to become ready before it prints what there is: a new demo longer than the rest. */
const settleMs = { demo: 10_000, other: 1_000 }

export async function run(invocation: Invocation): Promise<void> {
  const { options, terminal } = invocation
  const say = progressTo(terminal)
  const { serve, untilStopped } = await import('../serve.ts')
  const server = await serve(invocation, { demo: options.flag('demo'), onProgress: say })
  try {
    await Promise.race([server.seeded, stopped(terminal.signal)])
    say('ready')
    if (!terminal.signal.aborted) await introduce(invocation, server)
  } catch (error) {
    // The server runs; what could not be shown or set up is no reason to take it away.
    if (!terminal.signal.aborted) report(error, terminal)
  }
  await untilStopped(invocation, server)
}

async function introduce(invocation: Invocation, server: Server): Promise<void> {
  const { terminal } = invocation
  await using hub = await openHub(invocation)
  const deadline = terminal.clock.now() + (server.seeding ? settleMs.demo : settleMs.other)
  let overview = await readOverview(invocation, hub.client)
  while (!isSettled(overview) && terminal.clock.now() < deadline && !terminal.signal.aborted) {
    await Promise.race([terminal.clock.sleep(200), stopped(terminal.signal)])
    overview = await readOverview(invocation, hub.client)
  }
  terminal.out(`\n${renderOverview(overview)}\n${addresses(server)}\n`)
  const { items } = await hub.client.of(Instances).list()
  terminal.out(suggestions(server, items[0]?.metadata.name))
}

/** Every replica that was placed is ready. */
function isSettled(overview: Overview): boolean {
  return overview.instances.every((instance) =>
    instance.workloads.every((workload) => workload.clusters.length > 0 && workload.ready === workload.replicas),
  )
}

function addresses(server: Server): string {
  const lines = [`API:      ${server.url}  (kubeconfigs in ${server.paths.root}/kubeconfig)`]
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
