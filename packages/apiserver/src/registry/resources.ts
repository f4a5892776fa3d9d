import type { InstalledResource } from '../strategy.ts'

const id = (group: string, version: string, resource: string): string => `${group}/${version}/${resource}`

/** Which resources a plane serves right now. Discovery, OpenAPI and routing are read from here. */
export class Resources {
  readonly #installed = new Map<string, InstalledResource>()
  readonly #ends = new WeakMap<InstalledResource, AbortController>()
  /** Grows with every change: what was built from the set is stale when it differs. */
  generation: number = 0

  resolve(group: string, version: string, resource: string): InstalledResource | undefined {
    return this.#installed.get(id(group, version, resource))
  }

  [Symbol.iterator](): Iterator<InstalledResource> {
    return this.#installed.values()
  }

  /** The same resource in the version in which it is stored. */
  storage(installed: InstalledResource): InstalledResource {
    const { group, version, resource, storageVersion, storageGroup = group } = installed.definition
    if (version === storageVersion && group === storageGroup) return installed
    return this.resolve(storageGroup, storageVersion, resource) ?? installed
  }

  serves(group: string, version: string): boolean {
    for (const { definition } of this) if (definition.group === group && definition.version === version) return true
    return false
  }

  install(installed: InstalledResource): Disposable {
    const { group, version, resource } = installed.definition
    const key = id(group, version, resource)
    const before = this.#installed.get(key)
    this.#installed.set(key, installed)
    this.generation++
    if (before !== undefined && before !== installed) this.#end(before)
    return {
      [Symbol.dispose]: () => {
        if (this.#installed.get(key) !== installed) return
        this.#installed.delete(key)
        this.generation++
        this.#end(installed)
      },
    }
  }

  /** Aborts when the resource is replaced or removed: its watches end. */
  lifetime(installed: InstalledResource): AbortSignal {
    let controller = this.#ends.get(installed)
    if (controller === undefined) this.#ends.set(installed, (controller = new AbortController()))
    return controller.signal
  }

  #end(installed: InstalledResource): void {
    this.#ends.get(installed)?.abort()
    this.#ends.delete(installed)
  }
}
