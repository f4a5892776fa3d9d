import type { Pod, Service, ServicePort } from '@kairship/api/builtin'
import type { DeepReadonly } from '@kairship/apimachinery'
import { isFinished, isReady } from '../pods/facts.ts'

/** A pod behind a service. */
export interface Backend {
  readonly pod: DeepReadonly<Pod>
  readonly address: string
  readonly ready: boolean
  readonly terminating: boolean
}

export interface BackendPort {
  readonly name?: string
  readonly port: number
  readonly protocol: 'SCTP' | 'TCP' | 'UDP'
  readonly appProtocol?: string
}

/** The pods of a service that have an address, in a fixed order. */
export function backendsOf(service: DeepReadonly<Service>, pods: Iterable<DeepReadonly<Pod>>): readonly Backend[] {
  const selector = Object.entries(service.spec?.selector ?? {})
  const found: Backend[] = []
  for (const pod of pods) {
    const address = pod.status?.podIP ?? ''
    if (address === '' || isFinished(pod)) continue
    if (!selector.every(([key, value]) => pod.metadata.labels?.[key] === value)) continue
    const terminating = pod.metadata.deletionTimestamp !== undefined
    const serving = isReady(pod) || service.spec?.publishNotReadyAddresses === true
    found.push({ pod, address, ready: serving && !terminating, terminating })
  }
  return found.toSorted((a, b) => ((a.pod.metadata.name ?? '') < (b.pod.metadata.name ?? '') ? -1 : 1))
}

/** The service's ports as its pods have them; a port no pod has by that name is left out. */
export function portsOf(service: DeepReadonly<Service>, backends: readonly Backend[]): readonly BackendPort[] {
  return (service.spec?.ports ?? []).flatMap((port) => {
    const number = targetPort(port, backends[0]?.pod)
    if (number === undefined) return []
    return [
      {
        ...(port.name ? { name: port.name } : {}),
        port: number,
        protocol: port.protocol ?? 'TCP',
        ...(port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol }),
      },
    ]
  })
}

function targetPort(port: DeepReadonly<ServicePort>, pod: DeepReadonly<Pod> | undefined): number | undefined {
  const { targetPort: target = port.port } = port
  if (typeof target === 'number') return target === 0 ? port.port : target
  for (const container of pod?.spec?.containers ?? []) {
    for (const candidate of container.ports ?? []) if (candidate.name === target) return candidate.containerPort
  }
  return undefined
}
