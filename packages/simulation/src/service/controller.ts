import type { Endpoints, EndpointSlice, Pod, Service } from '@kairship/api/builtin'
import { EndpointSlices, EndpointsRef, Services } from '@kairship/api/builtin'
import type { DeepReadonly, KubeObject } from '@kairship/apimachinery'
import { deepEqual, isReason, objectKey } from '@kairship/apimachinery'
import type { Informer, ResourceClient } from '@kairship/client'
import type { Controller, Reconciler } from '@kairship/controller'
import { controller, informerSource, ownKey } from '@kairship/controller'
import { loadBalancerAddress } from '../nodes/addresses.ts'
import { remove, unlessGone, writeStatus } from '../world/write.ts'
import type { World } from '../world/world.ts'
import { backendsOf, portsOf } from './backends.ts'
import { endpointsOf, managedByLabel, manager, serviceNameLabel, slicesOf } from './endpoints.ts'

const bySelector = 'selector'
const byLabel = 'label'

/** Endpoints and endpoint slices of services, and addresses of load balancers. */
export function serviceController(world: World): Controller {
  const { informers, pods, profile } = world
  const services = informers.of(Services)
  const slices = informers.of(EndpointSlices)
  const endpoints = informers.of(EndpointsRef)
  services.index(bySelector, (service) => {
    const first = firstOfSelector(service)
    return first === undefined ? [] : [first]
  })
  pods.index(byLabel, (pod) => labelPairs(pod))
  slices.index(bySelector, (slice) => [
    `${slice.metadata.namespace ?? ''}/${slice.metadata.labels?.[serviceNameLabel] ?? ''}`,
  ])
  return controller<string>({
    name: 'services',
    sources: [
      informerSource(services, ownKey, { afterMs: profile.settleMs }),
      informerSource(pods, (pod) => servicesOf(services, pod), {
        afterMs: profile.settleMs * 2,
        when: (event) => event.type !== 'updated' || matters(event.previous, event.object),
      }),
    ],
    reconciler: new ServiceReconciler(world, services, slices, endpoints),
    concurrency: 16,
    clock: world.clock,
    log: world.log,
    needsLeadership: false,
  })
}

/** One pair of a selector is enough to find the few services a pod may belong to. */
function firstOfSelector(service: DeepReadonly<Service>): string | undefined {
  const [pair] = Object.entries(service.spec?.selector ?? {})
  return pair === undefined ? undefined : `${service.metadata.namespace ?? ''}/${pair[0]}=${pair[1]}`
}

function labelPairs(pod: DeepReadonly<Pod>): readonly string[] {
  const { namespace = '', labels = {} } = pod.metadata
  return Object.entries(labels).map(([key, value]) => `${namespace}/${key}=${value}`)
}

function servicesOf(services: Informer<Service>, pod: DeepReadonly<Pod>): Iterable<string> {
  return labelPairs(pod).flatMap((pair) => Array.from(services.cache.byIndex(bySelector, pair), objectKey))
}

function matters(before: DeepReadonly<Pod>, after: DeepReadonly<Pod>): boolean {
  return (
    before.status?.podIP !== after.status?.podIP ||
    before.status?.conditions !== after.status?.conditions ||
    before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp ||
    before.metadata.labels !== after.metadata.labels
  )
}

class ServiceReconciler implements Reconciler<string> {
  readonly #world: World
  readonly #services: Informer<Service>
  readonly #slices: Informer<EndpointSlice>
  readonly #endpoints: Informer<Endpoints>

  constructor(
    world: World,
    services: Informer<Service>,
    slices: Informer<EndpointSlice>,
    endpoints: Informer<Endpoints>,
  ) {
    this.#world = world
    this.#services = services
    this.#slices = slices
    this.#endpoints = endpoints
  }

  async reconcile(key: string): Promise<void> {
    const service = this.#services.cache.get(key)
    if (service === undefined) return this.#forget(key)
    if (service.metadata.deletionTimestamp !== undefined) return
    await Promise.all([this.#balance(service), this.#connect(key, service)])
  }

  /** Slices go with their owner; Endpoints have none. */
  async #forget(key: string): Promise<void> {
    const endpoints = this.#endpoints.cache.get(key)
    if (endpoints === undefined || endpoints.metadata.labels?.['endpoints.kubernetes.io/managed-by'] === undefined)
      return
    await remove(this.#world.client.of(EndpointsRef, endpoints.metadata.namespace), endpoints)
  }

  async #balance(service: DeepReadonly<Service>): Promise<void> {
    const wants = service.spec?.type === 'LoadBalancer'
    const has = (service.status?.loadBalancer?.ingress ?? []).length > 0
    if (wants === has) return
    const ip = loadBalancerAddress(service.metadata.uid ?? '')
    const loadBalancer = wants ? { ingress: [{ ip, ipMode: 'VIP' }] } : {}
    const resource = this.#world.client.of(Services, service.metadata.namespace)
    await unlessGone(writeStatus(resource, service, { ...service.status, loadBalancer }))
  }

  async #connect(key: string, service: DeepReadonly<Service>): Promise<void> {
    const first = firstOfSelector(service)
    // Without a selector somebody else says where the service leads.
    if (first === undefined || service.spec?.type === 'ExternalName') return
    const { client, pods, nodes } = this.#world
    const { namespace } = service.metadata
    const backends = backendsOf(service, pods.cache.byIndex(byLabel, first))
    const ports = portsOf(service, backends)
    const wanted = slicesOf(service, backends, ports, nodes.cache)
    const names = new Set(wanted.map((slice) => slice.metadata.name))
    const surplus = [...this.#slices.cache.byIndex(bySelector, key)].filter(
      (slice) => slice.metadata.labels?.[managedByLabel] === manager && !names.has(slice.metadata.name),
    )
    const slices = client.of(EndpointSlices, namespace)
    await Promise.all([
      put<Endpoints>(client.of(EndpointsRef, namespace), this.#endpoints, endpointsOf(service, backends, ports), [
        'subsets',
      ]),
      ...wanted.map((slice) => put<EndpointSlice>(slices, this.#slices, slice, ['endpoints', 'ports'])),
      ...surplus.map((slice) => remove(slices, slice)),
    ])
  }
}

/** Creates the object, or brings its labels and the named fields up to date. */
async function put<T extends KubeObject>(
  resource: ResourceClient<T>,
  informer: Informer<T>,
  wanted: DeepReadonly<NoInfer<T>>,
  fields: readonly string[],
): Promise<void> {
  const known = informer.cache.get(objectKey(wanted))
  if (known === undefined) {
    try {
      await resource.create(wanted)
    } catch (error) {
      // Created by our last run, and not seen yet: its event brings us back.
      if (!isReason(error, 'AlreadyExists')) throw error
      const found = await resource.find(wanted.metadata.name ?? '')
      if (found !== undefined) await update(resource, found, wanted, fields)
    }
    return
  }
  await update(resource, known, wanted, fields)
}

async function update<T extends KubeObject>(
  resource: ResourceClient<T>,
  known: DeepReadonly<T>,
  wanted: DeepReadonly<T>,
  fields: readonly string[],
): Promise<void> {
  const read = (object: DeepReadonly<T>, field: string): unknown =>
    Object.entries(object).find(([key]) => key === field)?.[1]
  const same =
    deepEqual(known.metadata.labels, wanted.metadata.labels) &&
    fields.every((field) => deepEqual(read(known, field) ?? [], read(wanted, field) ?? []))
  if (same) return
  const { resourceVersion, uid } = known.metadata
  await unlessGone(
    resource.update({
      ...wanted,
      metadata: { ...known.metadata, labels: wanted.metadata.labels, resourceVersion, uid },
    } as DeepReadonly<T>),
  )
}
