import { isPlainObject, type JsonObject, parseJson } from '@kairship/apimachinery'
import { at, integer, items, text } from '../builtin/fields.ts'
import { failureText, hostPort, OutboundError } from '../outbound/failure-text.ts'
import type { Endpoint, Outbound } from '../outbound/outbound.ts'
import { endpointsOf, locateService } from '../outbound/targets.ts'
import type { PlaneRegistry } from '../strategy.ts'
import { identityHeaders } from './identity.ts'
import type { Condition, Remote } from './remote.ts'
import { discoveredResources } from './resources.ts'

const timeoutMs = 5000
const maxListBytes = 4 * 1024 * 1024
const aggregator = Object.freeze({ username: 'system:kube-aggregator', groups: Object.freeze(['system:masters']) })

export interface Checked {
  readonly condition: Condition
  /** Absent when the server could not be asked. */
  readonly resources?: readonly JsonObject[]
}

export interface Checker {
  readonly registry: PlaneRegistry
  readonly outbound: Outbound
  readonly client: () => Promise<{ readonly certificate: string; readonly key: string }>
}

/** Whether the server of an APIService can be used: its Service, its endpoints, and an answer to discovery. */
export async function check(remote: Remote, checker: Checker, signal: AbortSignal): Promise<Checked> {
  const problem = checkService(remote, checker.registry)
  if (problem !== undefined) return { condition: problem }
  return checkDiscovery(remote, checker, signal)
}

function checkService({ service }: Remote, registry: PlaneRegistry): Condition | undefined {
  const { name, namespace, port } = service
  const where = `service/${name} in ${JSON.stringify(namespace)}`
  const object = registry.get('', 'services', namespace, name)
  if (object === undefined) return unavailable('ServiceNotFound', `${where} is not present`)
  const spec = at(object, 'spec')
  if (text(spec, 'type') === 'ExternalName') return undefined
  const wanted = items(spec, 'ports').find((each) => integer(each, 'port') === port)
  if (wanted === undefined) return unavailable('ServicePortError', `${where} is not listening on port ${port}`)
  const portName = text(wanted, 'name')
  const { known, addresses } = endpointsOf(service, portName, registry)
  if (!known) return unavailable('EndpointsNotFound', `cannot find endpoints for ${where}`)
  if (addresses.length > 0) return undefined
  const message = `endpoints for ${where} have no addresses with port name ${JSON.stringify(portName)}`
  return unavailable('MissingEndpoints', message)
}

async function checkDiscovery(remote: Remote, checker: Checker, signal: AbortSignal): Promise<Checked> {
  const { group, version } = remote
  const path = `/apis/${group}/${version}`
  let url = ''
  try {
    const endpoint = await endpointOf(remote, checker)
    url = `https://${hostPort(endpoint.hostname, endpoint.port)}${path}`
    const headers = { accept: 'application/json', ...identityHeaders(aggregator) }
    const call = { method: 'GET', path, headers, timeoutMs, maxBytes: maxListBytes, signal }
    const answer = await checker.outbound.call(endpoint, call).catch((error: unknown) => {
      throw new OutboundError(`Get ${JSON.stringify(url)}: ${failureText(error, endpoint.hostname, endpoint.port)}`)
    })
    if (answer.status < 200 || answer.status > 299) {
      throw new OutboundError(`bad status from ${url}: ${answer.status}`)
    }
    return {
      condition: { available: true, reason: 'Passed', message: 'all checks passed' },
      resources: discoveredResources(parseList(answer.body), group, version),
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { condition: unavailable('FailedDiscoveryCheck', `failing or missing response from ${url}: ${reason}`) }
  }
}

/** The server of an APIService, with who asks. Throws `OutboundError`. */
export async function endpointOf(
  { service, ca, insecure }: Remote,
  { registry, client }: Pick<Checker, 'registry' | 'client'>,
): Promise<Endpoint> {
  const found = locateService(service, registry)
  return { ...found, insecure, client: await client(), ...(ca === undefined ? {} : { ca }) }
}

function parseList(body: Buffer): unknown {
  try {
    const { value } = parseJson(body)
    return isPlainObject(value) ? value : undefined
  } catch {
    // Servers that answer something else to discovery serve nothing that could be shown.
    return undefined
  }
}

function unavailable(reason: string, message: string): Condition {
  return { available: false, reason, message }
}
