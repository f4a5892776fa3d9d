import type { DiscoveredResource, Discovery } from './types.ts'

/** All resources of all versions; of one group only the preferred version of each resource with `preferred`. */
export function discoveredResources(
  discovery: Discovery,
  options: { readonly preferred?: boolean } = {},
): readonly DiscoveredResource[] {
  return discovery.groups.flatMap((group) => {
    const seen = new Set<string>()
    return group.versions.flatMap(({ resources }) =>
      resources.filter(({ resource }) => {
        const first = !seen.has(resource)
        seen.add(resource)
        return first || options.preferred !== true
      }),
    )
  })
}

/**
 * The resource a person means by a plural, singular, short name or kind, optionally with its group (`deploy`,
 * `deployments.apps`, `Deployment`). Earlier groups win, as in kubectl.
 */
export function findResource(discovery: Discovery, word: string): DiscoveredResource | undefined {
  const dot = word.indexOf('.')
  const name = (dot < 0 ? word : word.slice(0, dot)).toLowerCase()
  const group = dot < 0 ? undefined : word.slice(dot + 1)
  const known = discoveredResources(discovery, { preferred: true }).filter(
    (resource) => group === undefined || resource.group === group || resource.group.startsWith(`${group}.`),
  )
  return (
    known.find((resource) => resource.resource === name || resource.singular === name) ??
    known.find((resource) => resource.shortNames.includes(name)) ??
    known.find((resource) => resource.kind.toLowerCase() === name)
  )
}

/** The resource that serves a kind in exactly this version. */
export function findKind(
  discovery: Discovery,
  kind: { readonly group: string; readonly version: string; readonly kind: string },
): DiscoveredResource | undefined {
  return discovery.groups
    .find(({ name }) => name === kind.group)
    ?.versions.find(({ version }) => version === kind.version)
    ?.resources.find((resource) => resource.kind === kind.kind)
}
