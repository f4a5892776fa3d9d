import type { Connection } from '@kairship/apimachinery'
import { aggregatedAccept, parseAggregated } from './aggregated.ts'
import { readDocument } from './document.ts'
import { readLegacyCore, readLegacyGroups } from './legacy.ts'
import type { Discovery, DiscoveryFailure } from './types.ts'

export interface ServerVersion {
  readonly major: string
  readonly minor: string
  readonly gitVersion: string
  readonly platform: string
}

/** Everything a server serves: two requests where it can aggregate, one per group version elsewhere. */
export async function discover(
  connection: Connection,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Discovery> {
  const { signal } = options
  const [version, core, named] = await Promise.all([
    serverVersion(connection, options),
    readDocument(connection, '/api', aggregatedAccept, signal),
    readDocument(connection, '/apis', aggregatedAccept, signal),
  ])
  const failures: DiscoveryFailure[] = []
  const groups = [
    ...(core.aggregated
      ? parseAggregated(core.body, failures)
      : await readLegacyCore(connection, core.body, failures, signal)),
    ...(named.aggregated
      ? parseAggregated(named.body, failures)
      : await readLegacyGroups(connection, named.body, failures, signal)),
  ]
  return { serverVersion: version.gitVersion, groups, failures }
}

export async function serverVersion(
  connection: Connection,
  options: { readonly signal?: AbortSignal } = {},
): Promise<ServerVersion> {
  const { body } = await readDocument(connection, '/version', 'application/json', options.signal)
  const text = (field: string): string => (typeof body[field] === 'string' ? body[field] : '')
  return { major: text('major'), minor: text('minor'), gitVersion: text('gitVersion'), platform: text('platform') }
}
