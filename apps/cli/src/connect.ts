import { access } from 'node:fs/promises'
import { Instances } from '@kairship/api/kairship'
import { type Client, createClient } from '@kairship/client'
import type { Invocation } from './command.ts'
import { type KubeconfigTarget, dataDirectory, isName, kubeconfigFile } from './data-directory.ts'
import { CliError } from './exit.ts'
import { openKubeconfig } from './kubeconfig-file.ts'

/** A client and the sockets under it. */
export interface Opened extends AsyncDisposable {
  readonly client: Client
}

/** The running server's hub, through the kubeconfig it wrote: like every other client. */
export async function openHub(invocation: Invocation): Promise<Opened> {
  return open(invocation, { kind: 'hub' })
}

/** An instance's API. The instance must exist; its kubeconfig lies beside the hub's. */
export async function openInstance(invocation: Invocation, name: string): Promise<Opened> {
  return open(invocation, { kind: 'instances', name })
}

/** The simulated cluster's API. */
export async function openSimulated(invocation: Invocation, name: string): Promise<Opened> {
  return open(invocation, { kind: 'clusters', name })
}

/** The instance that `--instance` names, or the only one there is. */
export async function chosenInstance(invocation: Invocation, hub: Client): Promise<string> {
  const { signal } = invocation.terminal
  const chosen = invocation.options.text('instance')
  if (chosen !== undefined) {
    if (!isName(chosen) || (await hub.of(Instances).find(chosen, { signal })) === undefined) {
      throw new CliError('notFound', `there is no instance ${JSON.stringify(chosen)}`, {
        next: 'list them with `kairship instance list`, or create it with `kairship instance create`',
      })
    }
    return chosen
  }
  const names = (await hub.of(Instances).list({ signal })).items.map((instance) => instance.metadata.name ?? '')
  const [only] = names
  if (names.length === 1 && only !== undefined) return only
  throw new CliError('usage', names.length === 0 ? 'there is no instance yet' : 'several instances exist', {
    next:
      names.length === 0
        ? 'create one with `kairship instance create NAME`'
        : `say which one with --instance: ${names.join(', ')}`,
  })
}

async function open(invocation: Invocation, target: KubeconfigTarget): Promise<Opened> {
  const directory = dataDirectory(invocation)
  const file = kubeconfigFile(directory, target)
  try {
    await access(file)
  } catch (error) {
    if (target.kind !== 'hub') {
      const noun = target.kind === 'instances' ? 'instance' : 'simulated cluster'
      throw new CliError('notFound', `there is no kubeconfig of the ${noun} ${target.name} (${file})`, {
        cause: error,
        next: 'it is written when it starts; look at `kairship status`',
      })
    }
    throw new CliError('unreachable', `there is no server data in ${directory}`, {
      next: 'start a server with `kairship up`, or name the directory of a running one with --data',
    })
  }
  const opened = await openKubeconfig(invocation.terminal, { file })
  return { client: createClient(opened.connection), [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() }
}
