import { type Client, createClient } from '@kairship/client'
import { joinCluster } from '@kairship/instances'
import type { Invocation } from './command.ts'
import { chosenInstance, openInstance } from './connect.ts'
import { openKubeconfig } from './kubeconfig-file.ts'
import { print } from './output/print.ts'
import { progressTo } from './output/progress.ts'
import { timeoutMs } from './wait.ts'

export interface JoinSource {
  readonly file: string
  readonly context?: string | undefined
  /** The context's name when left out. */
  readonly name?: string | undefined
}

/** Joins the cluster of a kubeconfig context to the chosen instance, with progress for people. */
export async function joinFromFile(invocation: Invocation, hub: Client, source: JoinSource): Promise<void> {
  const { options, terminal } = invocation
  const limit = timeoutMs(invocation)
  await using member = await openKubeconfig(terminal, {
    file: source.file,
    context: source.context,
    timeouts: { connectMs: Math.min(limit, 10_000), requestMs: limit },
  })
  const instanceName = await chosenInstance(invocation, hub)
  await using instance = await openInstance(invocation, instanceName)
  const provider = options.text('provider')
  const region = options.text('region')
  const name = source.name ?? member.context
  const joined = await joinCluster({
    instance: instance.client,
    member: createClient(member.connection),
    endpoint: member.server,
    ...(member.ca === undefined ? {} : { caBundle: member.ca }),
    insecure: member.insecure,
    name,
    place: {
      ...(provider === undefined ? {} : { provider }),
      ...(region === undefined ? {} : { region }),
      zones: options.many('zone'),
    },
    shared: options.flag('shared'),
    clock: terminal.clock,
    signal: terminal.signal,
    onProgress: progressTo(terminal),
  })
  const format = options.text('output')
  if (format === 'json' || format === 'yaml') {
    return print(invocation, joined.cluster, () => ({ headers: [], rows: [], empty: '' }))
  }
  terminal.out(
    `cluster ${JSON.stringify(name)} (Kubernetes ${joined.version}) is a member of the instance ${JSON.stringify(instanceName)}\n`,
  )
}
