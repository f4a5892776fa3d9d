import { deepEqual } from '@kairship/apimachinery'
import type { DeepReadonly } from '@kairship/apimachinery'
import { Secrets } from '@kairship/api/builtin'
import { KarmadaNamespaces } from '@kairship/api/karmada'
import type { Cluster } from '@kairship/api/karmada'
import { aborted, taskGroup } from '@kairship/runtime'
import type { Runnable, TaskGroup } from '@kairship/runtime'
import type { EngineContext } from '../engine/context.ts'
import { joinKey } from '../engine/keys.ts'
import { Member } from './member.ts'
import type { MemberTransport } from './transport.ts'

export interface MembersOptions {
  readonly context: EngineContext
  readonly transport: MemberTransport
  /** What runs for each member, for as long as it is reached in the same way. */
  readonly runnables: (member: Member) => readonly Runnable[]
}

interface Run {
  readonly stop: AbortController
  readonly reach: unknown
  readonly done: Promise<void>
}

/**
 * Runs the per-member controllers of every push-mode cluster, each member apart from the others. A changed address or
 * credential starts them anew.
 */
export class Members implements Runnable {
  readonly name = 'members'
  readonly #options: MembersOptions
  readonly #runs = new Map<string, Run>()

  constructor(options: MembersOptions) {
    this.#options = options
  }

  async run(signal: AbortSignal): Promise<void> {
    const { context } = this.#options
    const { informer } = context.stores.clusters
    const secrets = context.informers.of(Secrets, { namespace: KarmadaNamespaces.cluster })
    await context.stores.synced(signal)
    await secrets.synced(signal)
    await using tasks = taskGroup({ name: this.name, log: context.log, signal })
    using _clusters = informer.subscribe(({ type, object }) => this.#follow(tasks, object, type === 'deleted'))
    using _secrets = secrets.subscribe(({ object }) => {
      for (const cluster of informer.cache.list()) {
        const reference = cluster.spec.secretRef
        if (reference?.name === object.metadata.name && reference?.namespace === object.metadata.namespace) {
          this.#follow(tasks, cluster, false)
        }
      }
    })
    await aborted(signal)
  }

  #follow(tasks: TaskGroup, cluster: DeepReadonly<Cluster>, gone: boolean): void {
    const name = cluster.metadata.name ?? ''
    const current = this.#runs.get(name)
    const reach = gone || cluster.spec.syncMode !== 'Push' ? undefined : this.#reach(cluster)
    if (current !== undefined && reach !== undefined && deepEqual(current.reach, reach)) return
    current?.stop.abort()
    this.#runs.delete(name)
    if (reach === undefined || tasks.signal.aborted) return
    const stop = new AbortController()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#runs.set(name, { stop, reach, done: promise })
    tasks.run(name, async (signal) => {
      try {
        await current?.done
        await this.#runMember(name, AbortSignal.any([signal, stop.signal]))
      } finally {
        resolve()
      }
    })
  }

  /** What must stay the same for a connection to stay right. */
  #reach({ metadata, spec }: DeepReadonly<Cluster>): unknown {
    const { apiEndpoint, secretRef, insecureSkipTLSVerification, proxyURL, proxyHeader } = spec
    const secrets = this.#options.context.informers.of(Secrets, { namespace: KarmadaNamespaces.cluster })
    const secret = secretRef && secrets.cache.get(joinKey(secretRef.namespace, secretRef.name))
    const { uid } = metadata
    return { uid, apiEndpoint, secretRef, insecureSkipTLSVerification, proxyURL, proxyHeader, data: secret?.data }
  }

  async #runMember(name: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const { context, transport, runnables } = this.#options
    const log = context.log.with({ member: name })
    await using member = new Member(name, { ...context, log }, transport)
    await using tasks = taskGroup({ name, log, signal })
    for (const runnable of runnables(member)) tasks.run(runnable.name, (stop) => runnable.run(stop))
    await aborted(signal)
  }
}
