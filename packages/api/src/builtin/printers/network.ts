import type { DeepReadonly } from '@kairship/apimachinery'
import type { Printer } from '../../definition.ts'
import type {
  Endpoints,
  EndpointSlice,
  Ingress,
  IngressClass,
  IPAddress,
  NetworkPolicy,
  Service,
  ServiceCIDR,
} from '../generated/types.gen.ts'
import {
  AGE,
  age,
  formatLabels,
  formatSelector,
  joinSome,
  NAME,
  nameOf,
  printer,
  text,
  wide,
} from '../../printing/cells.ts'

export const servicePrinter: Printer = printer<Service>(
  [NAME, text('Type'), text('Cluster-IP'), text('External-IP'), text('Port(s)'), AGE, wide('Selector')],
  (object, now) => [
    nameOf(object),
    object.spec?.type ?? '',
    object.spec?.clusterIPs?.[0] ?? '<none>',
    externalAddress(object),
    servicePorts(object),
    age(object, now),
    formatLabels(object.spec?.selector),
  ],
)

function externalAddress(service: DeepReadonly<Service>): string {
  const own = service.spec?.externalIPs ?? []
  switch (service.spec?.type) {
    case 'ClusterIP':
    case 'NodePort':
      return own.length > 0 ? own.join(',') : '<none>'
    case 'LoadBalancer': {
      const given = loadBalancerAddresses(service.status?.loadBalancer?.ingress)
      return [...given, ...own].join(',') || '<pending>'
    }
    case 'ExternalName':
      return service.spec.externalName ?? ''
    case undefined:
      return '<unknown>'
  }
}

function loadBalancerAddresses(
  ingress: readonly { readonly ip?: string; readonly hostname?: string }[] | undefined,
): string[] {
  const addresses = (ingress ?? []).map((entry) => entry.ip || entry.hostname || '').filter((address) => address !== '')
  return [...new Set(addresses)].sort()
}

function servicePorts(service: DeepReadonly<Service>): string {
  const ports = (service.spec?.ports ?? []).map((port) => {
    const number = port.nodePort ? `${port.port}:${port.nodePort}` : String(port.port)
    return `${number}/${port.protocol ?? 'TCP'}`
  })
  return ports.join(',') || '<none>'
}

export const ingressPrinter: Printer = printer<Ingress>(
  [NAME, text('Class'), text('Hosts'), text('Address'), text('Ports'), AGE],
  (object, now) => [
    nameOf(object),
    object.spec?.ingressClassName ?? '<none>',
    ingressHosts(object),
    loadBalancerAddresses(object.status?.loadBalancer?.ingress).join(','),
    (object.spec?.tls ?? []).length > 0 ? '80, 443' : '80',
    age(object, now),
  ],
)

function ingressHosts(ingress: DeepReadonly<Ingress>): string {
  const rules = ingress.spec?.rules ?? []
  const hosts: string[] = []
  let more = false
  for (const rule of rules) {
    if (hosts.length === 3) more = true
    else if (rule.host !== undefined && rule.host !== '') hosts.push(rule.host)
  }
  if (hosts.length === 0) return '*'
  return more ? `${hosts.join(',')} + ${rules.length - 3} more...` : hosts.join(',')
}

export const ingressClassPrinter: Printer = printer<IngressClass>(
  [NAME, text('Controller'), text('Parameters'), AGE],
  (object, now) => {
    const parameters = object.spec?.parameters
    const kind = parameters?.apiGroup === undefined ? parameters?.kind : `${parameters.kind}.${parameters.apiGroup}`
    return [
      nameOf(object),
      object.spec?.controller ?? '',
      parameters === undefined ? '<none>' : `${kind ?? ''}/${parameters.name}`,
      age(object, now),
    ]
  },
)

export const endpointsPrinter: Printer = printer<Endpoints>([NAME, text('Endpoints'), AGE], (object, now) => {
  const endpoints: string[] = []
  for (const subset of object.subsets ?? []) {
    const addresses = (subset.addresses ?? []).map((address) => address.ip)
    const ports = subset.ports ?? []
    if (ports.length === 0) endpoints.push(...addresses)
    for (const port of ports) endpoints.push(...addresses.map((ip) => hostPort(ip, port.port)))
  }
  return [nameOf(object), (object.subsets ?? []).length === 0 ? '<none>' : joinSome(endpoints, 3), age(object, now)]
})

function hostPort(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`
}

export const endpointSlicePrinter: Printer = printer<EndpointSlice>(
  [NAME, text('AddressType'), text('Ports'), text('Endpoints'), AGE],
  (object, now) => [
    nameOf(object),
    object.addressType,
    joinSome(
      (object.ports ?? []).map((port) => String(port.port ?? port.name ?? '*')),
      3,
    ) || '<unset>',
    joinSome(
      (object.endpoints ?? []).flatMap((endpoint) => endpoint.addresses),
      3,
    ) || '<unset>',
    age(object, now),
  ],
)

export const networkPolicyPrinter: Printer = printer<NetworkPolicy>(
  [NAME, text('Pod-Selector'), AGE],
  (object, now) => [nameOf(object), formatSelector(object.spec?.podSelector), age(object, now)],
)

export const ipAddressPrinter: Printer = printer<IPAddress>([NAME, text('ParentRef'), AGE], (object, now) => {
  const parent = object.spec?.parentRef
  const parts = [parent?.group, parent?.resource, parent?.namespace, parent?.name]
  const shown = parts.filter((part) => part !== undefined && part !== '').join('/')
  return [nameOf(object), shown || '<none>', age(object, now)]
})

export const serviceCidrPrinter: Printer = printer<ServiceCIDR>([NAME, text('CIDRs'), AGE], (object, now) => [
  nameOf(object),
  (object.spec?.cidrs ?? []).join(','),
  age(object, now),
])
