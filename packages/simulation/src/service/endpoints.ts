import type { Endpoint, Endpoints, EndpointSlice, Node, ObjectReference, Service } from '@kairship/api/builtin'
import { Services } from '@kairship/api/builtin'
import type { DeepReadonly } from '@kairship/apimachinery'
import { safeEncode } from '@kairship/apimachinery'
import type { Cache } from '@kairship/client'
import { controlledBy } from '../world/owners.ts'
import type { Backend, BackendPort } from './backends.ts'

const perSlice = 100
export const serviceNameLabel = 'kubernetes.io/service-name'
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by'
export const manager = 'endpointslice-controller.k8s.io'

export function endpointsOf(
  service: DeepReadonly<Service>,
  backends: readonly Backend[],
  ports: readonly BackendPort[],
): DeepReadonly<Endpoints> {
  const address = ({ pod, address: ip }: Backend): object => ({
    ip,
    ...(pod.spec?.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    targetRef: referenceTo(pod.metadata),
  })
  const ready = backends.filter((backend) => backend.ready).map(address)
  const notReady = backends.filter((backend) => !backend.ready && !backend.terminating).map(address)
  const empty = ready.length === 0 && notReady.length === 0
  const subset = {
    ...(ready.length > 0 ? { addresses: ready } : {}),
    ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
    ...(ports.length > 0 ? { ports } : {}),
  }
  const endpoints = {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      name: service.metadata.name ?? '',
      namespace: service.metadata.namespace ?? '',
      labels: {
        ...service.metadata.labels,
        'endpoints.kubernetes.io/managed-by': 'endpoint-controller',
        ...(isHeadless(service) ? { 'service.kubernetes.io/headless': '' } : {}),
      },
    },
    ...(empty ? {} : { subsets: [subset] }),
  }
  return endpoints as DeepReadonly<Endpoints>
}

/** At least one slice, so that "no endpoints" is a fact and not a gap. */
export function slicesOf(
  service: DeepReadonly<Service>,
  backends: readonly Backend[],
  ports: readonly BackendPort[],
  nodes: Cache<Node>,
): readonly DeepReadonly<EndpointSlice>[] {
  const count = Math.max(1, Math.ceil(backends.length / perSlice))
  const { name = '', namespace = '', uid = '' } = service.metadata
  return Array.from({ length: count }, (_, index) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      // From the service's identity: a second run finds the slices of the first.
      name: `${name.slice(0, 57)}-${safeEncode(`${uid.slice(0, 4)}${index}`).slice(0, 5)}`,
      generateName: `${name}-`,
      namespace,
      labels: {
        ...service.metadata.labels,
        [serviceNameLabel]: name,
        [managedByLabel]: manager,
        ...(isHeadless(service) ? { 'service.kubernetes.io/headless': '' } : {}),
      },
      ownerReferences: [controlledBy(Services, service)],
    },
    addressType: 'IPv4' as const,
    endpoints: backends.slice(index * perSlice, (index + 1) * perSlice).map((backend) => endpoint(backend, nodes)),
    // Ports of a slice always have a name, if only an empty one.
    ports: ports.map((port) => ({ ...port, name: port.name ?? '' })),
  }))
}

function endpoint(backend: Backend, nodes: Cache<Node>): DeepReadonly<Endpoint> {
  const { pod, address, ready, terminating } = backend
  const nodeName = pod.spec?.nodeName
  const zone = nodes.get(nodeName ?? '')?.metadata.labels?.['topology.kubernetes.io/zone']
  return {
    addresses: [address],
    conditions: { ready, serving: ready || terminating, terminating },
    ...(nodeName ? { nodeName } : {}),
    targetRef: referenceTo(pod.metadata),
    ...(zone === undefined ? {} : { zone }),
  }
}

function referenceTo(metadata: Backend['pod']['metadata']): ObjectReference {
  const { name = '', namespace = '', uid = '' } = metadata
  return { kind: 'Pod', namespace, name, uid }
}

function isHeadless(service: DeepReadonly<Service>): boolean {
  return service.spec?.clusterIP === 'None'
}
