import { Secrets } from '@kairship/api/builtin'
import { Clusters, karmadaCrds } from '@kairship/api/karmada'
import { createClient } from '@kairship/client'
import { releaseMember } from '@kairship/instances'
import type { Clock, Logger } from '@kairship/runtime'
import type { PlaneHosting } from '../hosting.ts'
import { embeddedTransport } from '../members/transport.ts'

/** Long enough for a slow member, short enough for whoever waits for a deletion. */
const releaseMs = 5000

/**
 * Takes back what joining created in the members of an instance that is being deleted; what was deployed there keeps
 * running. A member or an instance that cannot be reached never holds the deletion: it is logged and left.
 */
export async function releaseMembers(
  instance: string,
  options: {
    readonly hosting: PlaneHosting
    readonly clock: Clock
    readonly log: Logger
    readonly signal: AbortSignal
  },
): Promise<void> {
  const { hosting, clock, log, signal } = options
  try {
    // After a restart or while suspended the plane is closed; opening one that does not exist makes an empty one.
    const plane =
      hosting.find('instances', instance) ?? (await hosting.open('instances', instance, { builtinCrds: karmadaCrds() }))
    const client = createClient(plane.connect({ username: 'system:kairship:release', groups: ['system:masters'] }))
    const transport = embeddedTransport({ hosting, clock, requestMs: releaseMs })
    const secrets = {
      get: (reference: { readonly namespace: string; readonly name: string }) =>
        client.of(Secrets, reference.namespace).find(reference.name, { signal }),
    }
    const { items } = await client.of(Clusters).list({ signal })
    await Promise.all(
      items.map(async (cluster) => {
        const name = cluster.metadata.name ?? ''
        try {
          const connection = await transport.connect(cluster, secrets)
          await using owned = new AsyncDisposableStack()
          if (isDisposable(connection)) owned.use(connection)
          const { remaining } = await releaseMember(createClient(connection), name, signal)
          if (remaining.length > 0) log.warn('a member could not be released', { instance, member: name })
        } catch (error) {
          const problem = error instanceof Error ? error.message : String(error)
          log.warn('a member could not be released', { instance, member: name, problem })
        }
      }),
    )
  } catch (error) {
    if (signal.aborted) throw error
    const problem = error instanceof Error ? error.message : String(error)
    log.warn('the members of a deleted instance could not be released', { instance, problem })
  }
}

function isDisposable(value: object): value is AsyncDisposable {
  return Symbol.asyncDispose in value
}
