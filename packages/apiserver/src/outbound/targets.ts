import { at, child, integer, items, type ReadonlyFields, strings, text } from '../builtin/fields.ts'
import type { PlaneRegistry } from '../strategy.ts'
import { OutboundError } from './failure-text.ts'
import type { Endpoint } from './outbound.ts'

/** A `service` reference as webhooks, conversions and APIServices write it. */
export interface ServiceReference {
  readonly namespace: string
  readonly name: string
  readonly port: number
}

/** A `clientConfig`: a URL or a Service. */
export interface ClientConfig {
  /** As error texts show it, without query. */
  readonly url: string
  readonly path: string
  readonly service: ServiceReference | undefined
  readonly hostname: string
  readonly port: number
  readonly ca: string | undefined
}

export function parseClientConfig(fields: ReadonlyFields): ClientConfig {
  const ca = parseCaBundle(fields)
  const service = child(fields, 'service')
  if (service !== undefined) {
    const reference = parseService(service)
    const { name, namespace, port } = reference
    const path = text(service, 'path') || '/'
    const hostname = `${name}.${namespace}.svc`
    return { url: `https://${hostname}:${port}${path}`, path, service: reference, hostname, port, ca }
  }
  const url = new URL(text(fields, 'url'))
  const hostname = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const port = url.port === '' ? 443 : Number(url.port)
  return { url: `https://${url.host}${url.pathname}`, path: url.pathname, service: undefined, hostname, port, ca }
}

export function parseService(fields: ReadonlyFields): ServiceReference {
  return { namespace: text(fields, 'namespace'), name: text(fields, 'name'), port: integer(fields, 'port') ?? 443 }
}

export function parseCaBundle(fields: ReadonlyFields): string | undefined {
  const bundle = text(fields, 'caBundle')
  return bundle === '' ? undefined : Buffer.from(bundle, 'base64').toString()
}

/** Where the server of a `clientConfig` is now. Throws `OutboundError`. */
export function locate(config: ClientConfig, registry: Objects): Endpoint {
  const ca = config.ca === undefined ? {} : { ca: config.ca }
  if (config.service === undefined) return { hostname: config.hostname, port: config.port, ...ca }
  return { ...locateService(config.service, registry), ...ca }
}

type Objects = Pick<PlaneRegistry, 'get' | 'list'>

/**
 * The address behind a Service of the plane: its external name, or one of its endpoints. A plane in which there is no such
 * Service may be run where the name means something: then it is left to DNS.
 */
export function locateService(reference: ServiceReference, registry: Objects): Endpoint {
  const { namespace, name, port } = reference
  const servername = `${name}.${namespace}.svc`
  const service = registry.get('', 'services', namespace, name)
  if (service === undefined) return { hostname: servername, port, servername }
  const spec = at(service, 'spec')
  if (text(spec, 'type') === 'ExternalName') return { hostname: text(spec, 'externalName'), port, servername }
  const wanted = items(spec, 'ports').find((each) => integer(each, 'port') === port)
  if (wanted === undefined) {
    throw new OutboundError(`service ${JSON.stringify(name)} has no port ${port}`)
  }
  const found = endpointsOf(reference, text(wanted, 'name'), registry)
  const [first] = found.addresses
  if (first === undefined) throw new OutboundError(`no endpoints available for service ${JSON.stringify(name)}`)
  return { hostname: first.address, port: first.port, servername }
}

export interface Endpoints {
  /** False when there is no object that tells the endpoints. */
  readonly known: boolean
  readonly addresses: readonly { readonly address: string; readonly port: number }[]
}

/** The ready addresses of a Service's port, by its EndpointSlices or else its Endpoints. */
export function endpointsOf(
  { namespace, name }: Pick<ServiceReference, 'namespace' | 'name'>,
  portName: string,
  registry: Objects,
): Endpoints {
  let known = false
  const addresses: { address: string; port: number }[] = []
  const add = (ports: readonly ReadonlyFields[], hosts: readonly string[]): void => {
    for (const each of ports) {
      const port = integer(each, 'port')
      if (port === undefined || text(each, 'name') !== portName) continue
      for (const address of hosts) addresses.push({ address, port })
    }
  }
  for (const slice of registry.list('discovery.k8s.io', 'endpointslices', namespace)) {
    if (slice.metadata.labels?.['kubernetes.io/service-name'] !== name) continue
    known = true
    const ready = items(slice, 'endpoints').filter((each) => at(each, 'conditions')['ready'] !== false)
    add(
      items(slice, 'ports'),
      ready.flatMap((each) => strings(each, 'addresses')),
    )
  }
  if (addresses.length > 0) return { known, addresses }
  const endpoints = registry.get('', 'endpoints', namespace, name)
  if (endpoints === undefined) return { known, addresses }
  for (const subset of items(endpoints, 'subsets')) {
    add(
      items(subset, 'ports'),
      items(subset, 'addresses').map((each) => text(each, 'ip')),
    )
  }
  return { known: true, addresses }
}
