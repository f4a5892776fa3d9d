import type { ResourceRef } from '@kairship/apimachinery'
import { formatApiVersion } from '@kairship/apimachinery'
import type { Obj } from '../manifest/prune.ts'
import { EXECUTION_PREFIX } from '../names/names.ts'

const systemGroups = new Set(
  ['cluster', 'policy', 'work', 'config', 'networking', 'autoscaling', 'remedy', 'apps', 'operator', 'search'].map(
    (group) => `${group}.karmada.io`,
  ),
)

/** Which templates may be propagated at all. */
export class PropagationScope {
  readonly #namespaces: readonly RegExp[]
  readonly #apis: readonly string[]

  constructor(skippedNamespaces: readonly string[], skippedApis: readonly string[]) {
    this.#namespaces = skippedNamespaces.map((pattern) => new RegExp(`^(?:${pattern})$`))
    this.#apis = skippedApis
  }

  /** Karmada's own kinds, events and leases never are; nor what the operator excluded. */
  allowsResource({ group, version, kind }: ResourceRef): boolean {
    if (systemGroups.has(group) || group === 'events.k8s.io' || group === 'kairship.io') return false
    if (group === '' && kind === 'Event') return false
    if (group === 'coordination.k8s.io') return false
    return !this.#apis.some((api) => {
      const [first = '', second, kinds] = api.split('/')
      if (second === undefined) return first === group
      if (kinds === undefined) return `${first}/${second}` === formatApiVersion(group, version) || api === `/${version}`
      return `${first}/${second}` === `${group}/${version}` && kinds.split(',').includes(kind)
    })
  }

  allowsNamespace(namespace: string): boolean {
    return !isReservedNamespace(namespace) && !this.#namespaces.some((pattern) => pattern.test(namespace))
  }

  /** For a Namespace itself its own name counts. */
  allowsObject(ref: ResourceRef, object: Obj): boolean {
    const { namespace, name = '' } = object.metadata
    if (namespace) return this.allowsNamespace(namespace) && !isServersOwn(ref, object)
    return ref.kind !== 'Namespace' || ref.group !== '' || this.allowsNamespace(name)
  }
}

/**
 * What an API server makes by itself in every namespace. Members have their own, so a policy for all ConfigMaps would only
 * collect conflicts. A ServiceAccount `default` that a user has given something to is a template like any other.
 */
function isServersOwn({ group, kind }: ResourceRef, object: Obj): boolean {
  const { namespace, name, labels, annotations } = object.metadata
  if (namespace === 'default' && name === 'kubernetes') {
    return kind === 'Service' || kind === 'Endpoints' || kind === 'EndpointSlice'
  }
  if (group !== '') return false
  if (kind === 'ConfigMap') return name === 'kube-root-ca.crt'
  return (
    kind === 'ServiceAccount' &&
    name === 'default' &&
    Object.keys({ ...labels, ...annotations }).length === 0 &&
    ['secrets', 'imagePullSecrets', 'automountServiceAccountToken'].every((field) => object[field] === undefined)
  )
}

/** Namespaces of the control plane's own machinery. */
function isReservedNamespace(namespace: string): boolean {
  return namespace === 'karmada-system' || namespace === 'karmada-cluster' || namespace.startsWith(EXECUTION_PREFIX)
}
