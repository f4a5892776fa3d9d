import { deepEqual, isReason } from '@kairship/apimachinery'
import { at, draftOf, items, text } from '../builtin/fields.ts'
import { KeyedLoop, type Outcome } from '../lifecycle/keyed-loop.ts'
import { callUnless, parseBody } from '../lifecycle/requests.ts'
import type { Outbound } from '../outbound/outbound.ts'
import { timestamp } from '../registry/metadata.ts'
import type { PlaneRegistry, RegistryEvent } from '../strategy.ts'
import { check } from './availability.ts'
import type { FrontProxy } from './front-proxy.ts'
import { apiServices, type Condition, parseRemote, type Remote, type RemoteState } from './remote.ts'

const checkEveryMs = 30_000
const unchecked: Condition = Object.freeze({ available: false, reason: 'FailedDiscoveryCheck', message: '' })

export interface AggregatorOptions {
  readonly registry: PlaneRegistry
  readonly outbound: Outbound
  readonly frontProxy: FrontProxy
  /** Called when the front proxy's CA is needed for the first time. */
  readonly onFirst?: () => void
}

/** Follows the APIServices that name another server, and whether that server can be used. */
export class Aggregator implements AsyncDisposable {
  readonly #options: AggregatorOptions
  /** By `group/version`. */
  readonly #states = new Map<string, RemoteState>()
  readonly #byName = new Map<string, Remote>()
  readonly #loop: KeyedLoop
  readonly #subscriptions = new DisposableStack()
  #following = false
  /** Grows with every change of what discovery shows. */
  generation = 0

  constructor(options: AggregatorOptions) {
    this.#options = options
    const { registry } = options
    this.#loop = new KeyedLoop({
      name: 'apiservice-availability',
      registry,
      reconcile: (name, signal) => this.#reconcile(name, signal),
    })
    const { group, resource } = apiServices
    this.#subscriptions.use(registry.subscribe(group, resource, (event) => this.#onChange(event)))
  }

  /** The remote group version; `undefined` when it is served here or nowhere. */
  find(group: string, version: string): RemoteState | undefined {
    return this.#states.size === 0 ? undefined : this.#states.get(`${group}/${version}`)
  }

  states(): Iterable<RemoteState> {
    return this.#states.values()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscriptions[Symbol.dispose]()
    await this.#loop[Symbol.asyncDispose]()
  }

  #onChange(event: RegistryEvent): void {
    const { name = '' } = event.object.metadata
    const remote = event.type === 'delete' ? undefined : parseRemote(event.object)
    const before = this.#byName.get(name)
    if (before !== undefined && deepEqual(before, remote)) return
    if (before !== undefined) this.#states.delete(`${before.group}/${before.version}`)
    this.#byName.delete(name)
    if (before !== undefined || remote !== undefined) this.generation++
    if (remote === undefined) return
    this.#byName.set(name, remote)
    this.#states.set(`${remote.group}/${remote.version}`, { remote, condition: unchecked, resources: [] })
    this.#follow()
    this.#loop.add(name)
  }

  /** Services and their endpoints matter as soon as one APIService names one. */
  #follow(): void {
    if (this.#following) return
    this.#following = true
    const { registry, onFirst } = this.#options
    const onBackend = (namespace: string, service: string): void => {
      for (const { name, service: own } of this.#byName.values()) {
        if (own.namespace === namespace && own.name === service) this.#loop.add(name)
      }
    }
    for (const [group, resource] of [
      ['', 'services'],
      ['', 'endpoints'],
      ['discovery.k8s.io', 'endpointslices'],
    ] as const) {
      const listener = ({ object: { metadata } }: RegistryEvent): void => {
        const { namespace = '', name = '', labels } = metadata
        onBackend(namespace, group === '' ? name : (labels?.['kubernetes.io/service-name'] ?? ''))
      }
      this.#subscriptions.use(registry.subscribe(group, resource, listener))
    }
    onFirst?.()
  }

  async #reconcile(name: string, signal: AbortSignal): Promise<Outcome> {
    const remote = this.#byName.get(name)
    if (remote === undefined) return undefined
    const { registry, outbound, frontProxy } = this.#options
    const client = (): ReturnType<FrontProxy['client']> => frontProxy.client()
    const { condition, resources } = await check(remote, { registry, outbound, client }, signal)
    if (this.#byName.get(name) !== remote || signal.aborted) return undefined
    const key = `${remote.group}/${remote.version}`
    const before = this.#states.get(key)
    const state = { remote, condition, resources: resources ?? before?.resources ?? [] }
    if (!deepEqual(before, state)) {
      this.#states.set(key, state)
      this.generation++
    }
    await this.#report(name, condition)
    return { again: checkEveryMs }
  }

  async #report(name: string, { available, reason, message }: Condition): Promise<void> {
    const { registry } = this.#options
    const object = registry.get(apiServices.group, apiServices.resource, '', name)
    if (object === undefined) return
    const conditions = items(at(object, 'status'), 'conditions')
    const before = conditions.find((each) => text(each, 'type') === 'Available')
    const status = available ? 'True' : 'False'
    const is = [before?.['status'], before?.['reason'], before?.['message']]
    if (deepEqual(is, [status, reason, message])) return
    const since = before?.['status'] === status ? before['lastTransitionTime'] : timestamp(registry.clock.now())
    const condition = { type: 'Available', status, lastTransitionTime: since, reason, message }
    const others = conditions.filter((each) => each !== before)
    const draft = { ...draftOf(object), status: { conditions: [...others, condition] } }
    const body = parseBody(draft)
    try {
      await callUnless(registry, [404], { ...apiServices, verb: 'update', name, subresource: 'status', body })
    } catch (error) {
      // It changed meanwhile: the next round tells it.
      if (isReason(error, 'Conflict')) this.#loop.add(name)
      else throw error
    }
  }
}
