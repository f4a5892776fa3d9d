import { ManagedClusters } from '@kairship/api/kairship'
import { isReason } from '@kairship/apimachinery'
import type { Invocation } from '../command.ts'
import { openHub } from '../connect.ts'
import { dataDirectory, isName, kubeconfigFile } from '../data-directory.ts'
import { CliError } from '../exit.ts'
import { joinFromFile } from '../join-from-file.ts'
import { until } from '../wait.ts'

export async function run(invocation: Invocation): Promise<void> {
  const { options, terminal } = invocation
  const [name = ''] = invocation.arguments
  if (!isName(name)) {
    throw new CliError('invalid', `${JSON.stringify(name)} cannot be the name of a cluster`, {
      next: 'use lower-case letters, digits and "-", beginning and ending with a letter or digit',
    })
  }
  await using hub = await openHub(invocation)
  const clusters = hub.client.of(ManagedClusters)
  const provider = options.text('provider')
  const region = options.text('region')
  const kubernetesVersion = options.text('kubernetesVersion')
  try {
    await clusters.create(
      {
        apiVersion: 'kairship.io/v1alpha1',
        kind: 'ManagedCluster',
        metadata: { name },
        spec: {
          ...(provider === undefined ? {} : { provider }),
          ...(region === undefined ? {} : { region }),
          zones: [...options.many('zone')],
          simulation: {
            ...(kubernetesVersion === undefined ? {} : { kubernetesVersion }),
            nodes: wholeNumber(invocation, 'nodes'),
            nodeCpu: options.given('nodeCpu'),
            nodeMemory: options.given('nodeMemory'),
            podStartMilliseconds: wholeNumber(invocation, 'podStart'),
          },
        },
      },
      { signal: terminal.signal, fieldManager: 'kairship-cli' },
    )
  } catch (error) {
    if (!isReason(error, 'AlreadyExists')) throw error
    throw new CliError('conflict', `a cluster ${JSON.stringify(name)} exists already`, { next: 'choose another name' })
  }
  await until(
    invocation,
    async () => {
      const cluster = await clusters.get(name, { signal: terminal.signal })
      const ready = cluster.status?.conditions?.find((condition) => condition.type === 'Ready')
      if (cluster.status?.phase === 'Failed') {
        throw new CliError('failure', `the simulated cluster ${name} cannot start: ${ready?.message ?? ''}`, {
          next: `correct it, or remove it with \`kairship cluster delete-simulated ${name}\``,
        })
      }
      return cluster.status?.phase === 'Ready' ? true : undefined
    },
    () =>
      new CliError('timeout', `the simulated cluster ${name} is not ready yet`, {
        next: 'it continues in the background; look at `kairship status`',
      }),
  )
  terminal.out(`simulated cluster ${JSON.stringify(name)} created\n`)
  if (options.text('instance') === undefined) return
  const file = kubeconfigFile(dataDirectory(invocation), { kind: 'clusters', name })
  await joinFromFile(invocation, hub.client, { file, name })
}

function wholeNumber(invocation: Invocation, option: string): number {
  const text = invocation.options.given(option)
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new CliError('usage', `${JSON.stringify(text)} is not a whole number`, { next: `look at --help` })
}
