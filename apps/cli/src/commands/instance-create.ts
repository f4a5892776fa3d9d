import { type Instance, Instances } from '@kairship/api/kairship'
import { type DeepReadonly, isReason } from '@kairship/apimachinery'
import type { Invocation } from '../command.ts'
import { openHub } from '../connect.ts'
import { dataDirectory, isName, kubeconfigFile } from '../data-directory.ts'
import { CliError } from '../exit.ts'
import { print } from '../output/print.ts'
import { until } from '../wait.ts'

export async function run(invocation: Invocation): Promise<void> {
  const { options, terminal } = invocation
  const [name = ''] = invocation.arguments
  if (!isName(name)) {
    throw new CliError('invalid', `${JSON.stringify(name)} cannot be the name of an instance`, {
      next: 'use lower-case letters, digits and "-", beginning and ending with a letter or digit, at most 63',
    })
  }
  await using hub = await openHub(invocation)
  const instances = hub.client.of(Instances)
  const displayName = options.text('displayName')
  const kubernetesVersion = options.text('kubernetesVersion')
  try {
    await instances.create(
      {
        apiVersion: 'kairship.io/v1alpha1',
        kind: 'Instance',
        metadata: { name },
        spec: {
          provider: options.given('provider'),
          ...(displayName === undefined ? {} : { displayName }),
          ...(kubernetesVersion === undefined ? {} : { kubernetesVersion }),
        },
      },
      { signal: terminal.signal, fieldManager: 'kairship-cli' },
    )
  } catch (error) {
    if (!isReason(error, 'AlreadyExists')) throw error
    throw new CliError('conflict', `an instance ${JSON.stringify(name)} exists already`, {
      next: 'use it (kairship kubeconfig get), or choose another name',
    })
  }
  const created = options.flag('wait') ? await untilReady(invocation, name, () => instances.get(name)) : undefined
  const file = kubeconfigFile(dataDirectory(invocation), { kind: 'instances', name })
  if (options.text('output') === 'table') {
    terminal.out(`instance ${JSON.stringify(name)} created\n`)
    if (created !== undefined) terminal.out(`use it with:  export KUBECONFIG=${file}\n`)
    return
  }
  print(invocation, created ?? (await instances.get(name)), () => ({ headers: [], rows: [], empty: '' }))
}

async function untilReady(
  invocation: Invocation,
  name: string,
  get: () => Promise<DeepReadonly<Instance>>,
): Promise<DeepReadonly<Instance>> {
  let phase = 'Pending'
  return until(
    invocation,
    async () => {
      const instance = await get()
      phase = instance.status?.phase ?? phase
      if (phase === 'Failed') {
        const ready = instance.status?.conditions?.find((condition) => condition.type === 'Ready')
        throw new CliError('failure', `the instance ${name} cannot start: ${ready?.message ?? 'no reason recorded'}`, {
          next: `correct it, or remove it with \`kairship instance delete ${name}\``,
        })
      }
      return phase === 'Ready' ? instance : undefined
    },
    () =>
      new CliError('timeout', `the instance ${name} is not ready yet (${phase})`, {
        next: `it continues in the background; look at \`kairship instance get ${name} -o yaml\``,
      }),
  )
}
