import type { DeepReadonly, JsonObject, Unstructured } from '@kairship/apimachinery'
import { at, child, flag, integer, text } from '../builtin/fields.ts'
import { parseCaBundle, parseService, type ServiceReference } from '../outbound/targets.ts'

export const apiServices: { readonly group: string; readonly version: 'v1'; readonly resource: string } = Object.freeze(
  {
    group: 'apiregistration.k8s.io',
    version: 'v1',
    resource: 'apiservices',
  },
)

/** A group version that another server serves, as its APIService says. */
export interface Remote {
  /** Of the APIService: `v1beta1.metrics.k8s.io`. */
  readonly name: string
  readonly uid: string
  readonly group: string
  readonly version: string
  readonly versionPriority: number
  readonly service: ServiceReference
  readonly ca: string | undefined
  readonly insecure: boolean
}

/** `undefined` for a local APIService. */
export function parseRemote(apiService: DeepReadonly<Unstructured>): Remote | undefined {
  const spec = at(apiService, 'spec')
  const service = child(spec, 'service')
  if (service === undefined) return undefined
  const { name = '', uid = '' } = apiService.metadata
  return {
    name,
    uid,
    group: text(spec, 'group'),
    version: text(spec, 'version'),
    versionPriority: integer(spec, 'versionPriority') ?? 0,
    service: parseService(service),
    ca: parseCaBundle(spec),
    insecure: flag(spec, 'insecureSkipTLSVerify'),
  }
}

/** What is known of a remote group version: where it is served, and what it serves. */
export interface RemoteState {
  readonly remote: Remote
  readonly condition: Condition
  /** As in aggregated discovery; of the last check that went well. */
  readonly resources: readonly JsonObject[]
}

export interface Condition {
  readonly available: boolean
  readonly reason: string
  readonly message: string
}
