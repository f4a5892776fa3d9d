import { createClient, createInformers, type Informers } from '@kairship/client'
import { fetchConnection } from '@kairship/client'
import { silentLogger, systemClock, systemRandom } from '@kairship/runtime'

/** Everything the page reads: one set of shared informers per control plane, opened when first asked for. */
export interface Platform {
  readonly hub: Informers
  instance(name: string): Informers
}

export function createPlatform(options: { readonly origin: string }): Platform {
  const opened = new Map<string, Informers>()
  const open = (prefix: string): Informers => {
    const existing = opened.get(prefix)
    if (existing !== undefined) return existing
    const informers = createInformers({
      client: createClient(fetchConnection({ server: `${options.origin}${prefix}` })),
      clock: systemClock(),
      random: systemRandom(),
      log: silentLogger(),
    })
    opened.set(prefix, informers)
    return informers
  }
  return { hub: open(''), instance: (name) => open(`/instances/${encodeURIComponent(name)}`) }
}
