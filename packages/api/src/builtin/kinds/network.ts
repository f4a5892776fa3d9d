import { eventsEventPrinter } from '../printers/events.ts'
import * as printers from '../printers/network.ts'
import { STATUS, type GroupKinds } from './kind.ts'

const networking: GroupKinds = {
  group: 'networking.k8s.io',
  version: 'v1',
  types: 'io.k8s.api.networking.v1',
  kinds: [
    {
      kind: 'IngressClass',
      resource: 'ingressclasses',
      cluster: true,
      generation: true,
      printer: printers.ingressClassPrinter,
    },
    {
      kind: 'Ingress',
      resource: 'ingresses',
      short: ['ing'],
      generation: true,
      subresources: [STATUS],
      printer: printers.ingressPrinter,
    },
    {
      kind: 'IPAddress',
      resource: 'ipaddresses',
      cluster: true,
      short: ['ip'],
      fields: ['spec.parentRef.name'],
      printer: printers.ipAddressPrinter,
    },
    {
      kind: 'NetworkPolicy',
      resource: 'networkpolicies',
      short: ['netpol'],
      generation: true,
      printer: printers.networkPolicyPrinter,
    },
    {
      kind: 'ServiceCIDR',
      resource: 'servicecidrs',
      cluster: true,
      subresources: [STATUS],
      printer: printers.serviceCidrPrinter,
    },
  ],
}

const discovery: GroupKinds = {
  group: 'discovery.k8s.io',
  version: 'v1',
  types: 'io.k8s.api.discovery.v1',
  kinds: [
    {
      kind: 'EndpointSlice',
      resource: 'endpointslices',
      generation: true,
      printer: printers.endpointSlicePrinter,
    },
  ],
}

/** The same objects as core events, with other field names. */
const events: GroupKinds = {
  group: 'events.k8s.io',
  version: 'v1',
  types: 'io.k8s.api.events.v1',
  storageGroup: '',
  kinds: [
    {
      kind: 'Event',
      resource: 'events',
      short: ['ev'],
      createOnUpdate: true,
      fields: [
        'regarding.kind',
        'regarding.namespace',
        'regarding.name',
        'regarding.uid',
        'regarding.apiVersion',
        'regarding.resourceVersion',
        'regarding.fieldPath',
        'reason',
        'reportingController',
        'source',
        'type',
      ],
      fieldPaths: { source: 'deprecatedSource.component' },
      printer: eventsEventPrinter,
    },
  ],
}

export const networkGroups: readonly GroupKinds[] = [networking, discovery, events]
