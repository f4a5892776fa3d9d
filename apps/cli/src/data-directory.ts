import { join, resolve } from 'node:path'
import type { Invocation } from './command.ts'

/** `--data`, else `KAIRSHIP_DATA`, else `.kairship` in the working directory. */
export function dataDirectory({ options, terminal }: Invocation): string {
  const chosen = options.text('data') ?? terminal.environment['KAIRSHIP_DATA']
  return resolve(terminal.workingDirectory, chosen === undefined || chosen === '' ? '.kairship' : chosen)
}

/** The kubeconfigs the server writes; their names are part of the interface. */
export function kubeconfigFile(directory: string, target: KubeconfigTarget): string {
  const folder = join(directory, 'kubeconfig')
  return target.kind === 'hub' ? join(folder, 'hub.yaml') : join(folder, target.kind, `${target.name}.yaml`)
}

export type KubeconfigTarget =
  | { readonly kind: 'hub' }
  | { readonly kind: 'instances' | 'clusters'; readonly name: string }

/** A name that becomes part of a path or URL. */
export function isName(text: string): boolean {
  return /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text)
}
