import type { Operation, Reply } from '@kairship/apimachinery'
import type { Clock, Logger, Random } from '@kairship/runtime'
import type { PlaneCache } from './cache/plane-cache.ts'
import { listKey, namespaceRange } from './cache/keys.ts'
import type { Resources } from './registry/resources.ts'
import type { PlaneRegistry } from './strategy.ts'

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
      for (const [, item] of cache.resource(group, resource).items.range(start, end)) yield item.object
    },
    get: (group, resource, namespace, name) =>
      cache.resource(group, resource).items.get(listKey(namespace, name))?.object,
    subscribe: (group, resource, listener) => cache.resource(group, resource).subscribe(listener),
    subscribeAll: (listener) => cache.subscribeAll(listener),
    request,
  }
}
