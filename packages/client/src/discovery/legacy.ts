import type { Connection } from '@kairship/apimachinery'
import { isPlainObject } from '@kairship/apimachinery'
import type { DiscoveredGroup, DiscoveredResource, DiscoveredVersion, DiscoveryFailure } from './types.ts'
import { readDocument } from './document.ts'
import { objects, resource, strings, text } from './fields.ts'

type Fields = { readonly [key: string]: unknown }

export async function readLegacyCore(
  connection: Connection,
  body: Fields,
  failures: DiscoveryFailure[],
  signal: AbortSignal | undefined,
): Promise<readonly DiscoveredGroup[]> {
  return [await readGroup(connection, '', strings(body['versions']), failures, signal)]
}

/** Group versions are read side by side; one that fails is reported and costs nobody else anything. */
export function readLegacyGroups(
  connection: Connection,
  body: Fields,
  failures: DiscoveryFailure[],
  signal: AbortSignal | undefined,
): Promise<readonly DiscoveredGroup[]> {
  return Promise.all(
    objects(body['groups']).map((group) => {
      const preferred = isPlainObject(group['preferredVersion']) ? text(group['preferredVersion']['version']) : ''
      const versions = objects(group['versions']).map((entry) => text(entry['version']))
      const ordered = versions.includes(preferred) ? [preferred, ...versions.filter((v) => v !== preferred)] : versions
      return readGroup(connection, text(group['name']), ordered, failures, signal)
    }),
  )
}

async function readGroup(
  connection: Connection,
  name: string,
  versions: readonly string[],
  failures: DiscoveryFailure[],
  signal: AbortSignal | undefined,
): Promise<DiscoveredGroup> {
  const read = async (version: string): Promise<DiscoveredVersion> => {
    const path = name === '' ? `/api/${version}` : `/apis/${name}/${version}`
    try {
      const { body } = await readDocument(connection, path, 'application/json', signal)
      return { version, resources: parseResources(name, version, objects(body['resources'])) }
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      const groupVersion = name === '' ? version : `${name}/${version}`
      failures.push({ groupVersion, error: error instanceof Error ? error : new Error(String(error)) })
      return { version, resources: [] }
    }
  }
  return { name, versions: await Promise.all(versions.map(read)) }
}

/** Subresources come as entries of their own (`deployments/scale`). */
function parseResources(group: string, version: string, items: readonly Fields[]): readonly DiscoveredResource[] {
  const names = items.map((item) => text(item['name']))
  return items
    .filter((item) => !text(item['name']).includes('/'))
    .map((item) => {
      const name = text(item['name'])
      return resource({
        group,
        version,
        resource: name,
        kind: text(item['kind']),
        namespaced: item['namespaced'] === true,
        singular: text(item['singularName']),
        shortNames: strings(item['shortNames']),
        categories: strings(item['categories']),
        verbs: strings(item['verbs']),
        subresources: names
          .filter((other) => other.startsWith(`${name}/`))
          .map((other) => other.slice(name.length + 1)),
      })
    })
}
