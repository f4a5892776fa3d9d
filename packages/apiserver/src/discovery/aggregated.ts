import type { JsonObject } from '@kairship/apimachinery'
import type { ResourceDefinition, SubresourceDefinition } from '@kairship/api'
import type { ServedGroup } from './groups.ts'

/** The one-request discovery document: `/api` and `/apis` with `as=APIGroupDiscoveryList`. */
export function aggregatedDiscovery(groups: readonly ServedGroup[], version: 'v2' | 'v2beta1'): JsonObject {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map(({ group, versions }) => ({
      metadata: group === '' ? {} : { name: group },
      versions: versions.map((served) => ({
        version: served.version,
        resources: served.remote === undefined ? served.definitions.map(resource) : [...served.remote.resources],
        freshness: served.remote?.stale === true ? 'Stale' : 'Current',
      })),
    })),
  }
}

function resource(definition: ResourceDefinition): JsonObject {
  const { kind, namespaced, singular, verbs, shortNames, categories, subresources } = definition
  return {
    resource: definition.resource,
    responseKind: { group: '', version: '', kind },
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs: [...verbs],
    ...(shortNames.length > 0 ? { shortNames: [...shortNames] } : {}),
    ...(categories.length > 0 ? { categories: [...categories] } : {}),
    ...(subresources.length > 0 ? { subresources: subresources.map((each) => subresource(each, kind)) } : {}),
  }
}

function subresource({ name, kind, verbs }: SubresourceDefinition, parent: string): JsonObject {
  const responseKind =
    kind === undefined
      ? { group: '', version: '', kind: parent }
      : { group: kind.group, version: kind.version, kind: kind.kind }
  return { subresource: name, responseKind, verbs: [...verbs] }
}
