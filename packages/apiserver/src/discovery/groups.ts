import type { ResourceDefinition } from '@kairship/api'
import type { JsonObject } from '@kairship/apimachinery'
import type { RemoteState } from '../aggregation/remote.ts'
import type { Resources } from '../registry/resources.ts'

export interface ServedVersion {
  readonly version: string
  readonly definitions: readonly ResourceDefinition[]
  /** Set when another server serves it. */
  readonly remote?: { readonly resources: readonly JsonObject[]; readonly stale: boolean }
}
export interface ServedGroup {
  readonly group: string
  /** Preferred first. */
  readonly versions: readonly ServedVersion[]
}

/** Upstream's order of its own groups; others follow by name. */
const builtinOrder = [
  '',
  'apiregistration.k8s.io',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
  'flowcontrol.apiserver.k8s.io',
]

/** What is served, grouped and ordered as discovery shows it. */
export function servedGroups(resources: Resources, remotes: Iterable<RemoteState> = []): readonly ServedGroup[] {
  const groups = new Map<string, Map<string, ResourceDefinition[]>>()
  for (const { definition } of resources) {
    let versions = groups.get(definition.group)
    if (versions === undefined) groups.set(definition.group, (versions = new Map()))
    const definitions = versions.get(definition.version)
    if (definitions === undefined) versions.set(definition.version, [definition])
    else definitions.push(definition)
  }
  const elsewhere = new Map<string, RemoteState>()
  for (const state of remotes) {
    const { group, version } = state.remote
    elsewhere.set(`${group}/${version}`, state)
    let versions = groups.get(group)
    if (versions === undefined) groups.set(group, (versions = new Map()))
    versions.set(version, [])
  }
  return [...groups]
    .map(([group, versions]) => ({
      group,
      versions: [...versions]
        .map(([version, definitions]) => {
          const state = elsewhere.get(`${group}/${version}`)
          if (state === undefined) return { version, definitions: definitions.toSorted(byResource) }
          return { version, definitions, remote: { resources: state.resources, stale: !state.condition.available } }
        })
        .toSorted((a, b) => compareVersions(a.version, b.version)),
    }))
    .toSorted((a, b) => rank(a.group) - rank(b.group) || compare(a.group, b.group))
}

function rank(group: string): number {
  const index = builtinOrder.indexOf(group)
  return index < 0 ? builtinOrder.length : index
}

function byResource(a: ResourceDefinition, b: ResourceDefinition): number {
  return compare(a.resource, b.resource)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** GA before beta before alpha, higher numbers first, anything else last by name. Negative when `a` is preferred. */
export function compareVersions(a: string, b: string): number {
  const left = parse(a)
  const right = parse(b)
  if (left === undefined || right === undefined) {
    if (left === right) return compare(a, b)
    return left === undefined ? 1 : -1
  }
  return right.stability - left.stability || right.major - left.major || right.minor - left.minor
}

function parse(version: string): { major: number; stability: number; minor: number } | undefined {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version)
  if (match === null) return undefined
  const stability = match[2] === undefined ? 2 : match[2] === 'beta' ? 1 : 0
  return { major: Number(match[1]), stability, minor: Number(match[3] ?? 0) }
}
