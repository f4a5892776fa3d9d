import { isPlainObject } from '@kairship/apimachinery'
import type { DiscoveredGroup, DiscoveredResource, DiscoveredVersion, DiscoveryFailure } from './types.ts'
import { objects, resource, strings, text } from './fields.ts'

const media = (version: string): string =>
  `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`

/** Asks for the aggregated form, newest first, and takes the legacy one from servers that have nothing else. */
export const aggregatedAccept: string = [media('v2'), media('v2beta1'), 'application/json'].join(',')

export function parseAggregated(
  body: { readonly [key: string]: unknown },
  failures: DiscoveryFailure[],
): readonly DiscoveredGroup[] {
  return objects(body['items']).map((item) => {
    const metadata = isPlainObject(item['metadata']) ? item['metadata'] : {}
    const name = text(metadata['name'])
    return { name, versions: objects(item['versions']).map((version) => parseVersion(name, version, failures)) }
  })
}

function parseVersion(
  group: string,
  entry: { readonly [key: string]: unknown },
  failures: DiscoveryFailure[],
): DiscoveredVersion {
  const version = text(entry['version'])
  // Resources of a stale version are the last known ones, or none.
  if (entry['freshness'] === 'Stale') failures.push({ groupVersion: `${group}/${version}`, error: undefined })
  return { version, resources: objects(entry['resources']).map((item) => parseResource(group, version, item)) }
}

function parseResource(group: string, version: string, item: { readonly [key: string]: unknown }): DiscoveredResource {
  const kind = isPlainObject(item['responseKind']) ? text(item['responseKind']['kind']) : ''
  return resource({
    group,
    version,
    resource: text(item['resource']),
    kind,
    namespaced: item['scope'] === 'Namespaced',
    singular: text(item['singularResource']),
    shortNames: strings(item['shortNames']),
    categories: strings(item['categories']),
    verbs: strings(item['verbs']),
    subresources: objects(item['subresources']).map((sub) => text(sub['subresource'])),
  })
}
