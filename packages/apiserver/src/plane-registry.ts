import type { Operation, Reply } from '@kairship/apimachinery'
import type { Clock, Logger, Random } from '@kairship/runtime'
import type { PlaneCache } from './cache/plane-cache.ts'
import { listKey, namespaceRange } from './cache/keys.ts'
import type { Resources } from './registry/resources.ts'
import type { InstalledResource, PlaneRegistry } from './strategy.ts'

export interface PlaneRegistryOptions {
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly cache: PlaneCache
  readonly resources: Resources
  /** The whole pipeline as the plane's own user. */
  readonly request: (operation: Operation) => Promise<Reply>
}

/** The plane as its own controllers see it. */
export function planeRegistry(options: PlaneRegistryOptions): PlaneRegistry {
  const { clock, random, log, cache, resources, request } = options
  return {
    clock,
    random,
    log,
    resources: () => resources,
    resolve: (group, version, resource) => resources.resolve(group, version, resource),
    install: (installed) => resources.install(installed),
    *list(group, resource, namespace = '') {
      const { start, end } = namespaceRange(namespace)
      const installed = storageOf(resources, group, resource)
      for (const [, item] of cache.resource(group, resource).items.range(start, end)) {
        yield installed !== undefined && item.visible(installed) ? item.view(installed).object : item.object
      }
    },
    get: (group, resource, namespace, name) =>
      cache.resource(group, resource).items.get(listKey(namespace, name))?.object,
    subscribe: (group, resource, listener) => cache.resource(group, resource).subscribe(listener),
    subscribeAll: (listener) => cache.subscribeAll(listener),
    request,
  }
}

/** The resource whose form the objects have that are kept under this name. */
function storageOf(resources: Resources, group: string, resource: string): InstalledResource | undefined {
  for (const installed of resources) {
    const { definition } = installed
    const { storageGroup = definition.group, storageVersion, version } = definition
    if (definition.resource !== resource || storageGroup !== group || definition.group !== group) continue
    if (version === storageVersion && !definition.virtual) return installed
  }
  return undefined
}
