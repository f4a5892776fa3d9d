import { readFile } from 'node:fs/promises'
import type { Invocation } from '../command.ts'
import { type KubeconfigTarget, dataDirectory, isName, kubeconfigFile } from '../data-directory.ts'
import { CliError } from '../exit.ts'

export async function run(invocation: Invocation): Promise<void> {
  const { options, terminal } = invocation
  const [word = 'hub'] = invocation.arguments
  const file = kubeconfigFile(dataDirectory(invocation), targetOf(word))
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new CliError('notFound', `there is no kubeconfig for ${JSON.stringify(word)}`, {
      cause: error,
      next: 'look at `kairship status` for what exists; simulated clusters are written cluster/NAME',
    })
  }
  terminal.out(options.flag('path') ? `${file}\n` : text)
}

/** `hub`, `NAME` or `instance/NAME`, `cluster/NAME`. */
function targetOf(word: string): KubeconfigTarget {
  if (word === 'hub') return { kind: 'hub' }
  const [first = '', second] = word.split('/', 2)
  const name = second ?? first
  const kind = second === undefined ? 'instances' : kinds[first]
  if (kind !== undefined && isName(name)) return { kind, name }
  throw new CliError('usage', `${JSON.stringify(word)} names no kubeconfig`, {
    next: 'use hub, the name of an instance, or cluster/NAME',
  })
}

const kinds: { readonly [word: string]: 'instances' | 'clusters' } = {
  instance: 'instances',
  instances: 'instances',
  cluster: 'clusters',
  clusters: 'clusters',
}
