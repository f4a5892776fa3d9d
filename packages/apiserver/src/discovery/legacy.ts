import { formatApiVersion, type JsonObject } from '@kairship/apimachinery'
import type { ResourceDefinition, SubresourceDefinition } from '@kairship/api'
import type { ServedGroup, ServedVersion } from './groups.ts'

/** `/api`. */
export function apiVersions(groups: readonly ServedGroup[], host: string): JsonObject {
  const core = groups.find(({ group }) => group === '')
  return {
    kind: 'APIVersions',
    versions: core?.versions.map(({ version }) => version) ?? [],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: host }],
  }
}

/** `/apis`. */
export function apiGroupList(groups: readonly ServedGroup[]): JsonObject {
  const named = groups.filter(({ group }) => group !== '').map(members)
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: named }
}

/** `/apis/<group>`. */
export function apiGroup(group: ServedGroup): JsonObject {
  return { kind: 'APIGroup', apiVersion: 'v1', ...members(group) }
}

function members({ group, versions }: ServedGroup): JsonObject {
  const all = versions.map(({ version }) => ({ groupVersion: formatApiVersion(group, version), version }))
  return { name: group, versions: all, ...(all[0] === undefined ? {} : { preferredVersion: all[0] }) }
}

/** `/api/v1`, `/apis/<group>/<version>`. */
export function apiResourceList(group: string, { version, definitions }: ServedVersion): JsonObject {
  return {
    kind: 'APIResourceList',
    ...(group === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: formatApiVersion(group, version),
    resources: definitions.flatMap((definition) => [
      resource(definition),
      ...definition.subresources.map((each) => subresource(each, definition)),
    ]),
  }
}

function resource(definition: ResourceDefinition): JsonObject {
  const { singular, namespaced, kind, verbs, shortNames, categories } = definition
  return {
    name: definition.resource,
    singularName: singular,
    namespaced,
    kind,
    verbs: [...verbs],
    ...(shortNames.length > 0 ? { shortNames: [...shortNames] } : {}),
    ...(categories.length > 0 ? { categories: [...categories] } : {}),
  }
}

/** A kind of the parent's own version goes without saying which. */
function isOwn(kind: { readonly group: string; readonly version: string }, parent: ResourceDefinition): boolean {
  return kind.group === parent.group && kind.version === parent.version
}

function subresource({ name, kind, verbs }: SubresourceDefinition, parent: ResourceDefinition): JsonObject {
  return {
    name: `${parent.resource}/${name}`,
    singularName: '',
    namespaced: parent.namespaced,
    ...(kind === undefined || isOwn(kind, parent) ? {} : { group: kind.group, version: kind.version }),
    kind: kind?.kind ?? parent.kind,
    verbs: [...verbs],
  }
}
