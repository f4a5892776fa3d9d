import { parseApiVersion, resourceRef } from '@kairship/apimachinery'
import type { Connection, ResourceRef, Unstructured } from '@kairship/apimachinery'
import { discover, discoveredResources, findKind } from '@kairship/client'
import type { DiscoveredResource, Discovery } from '@kairship/client'

/** Which resource serves a kind, as a control plane's discovery says; refreshed from time to time. */
export class KindDirectory {
  readonly #connection: Connection
  #discovery: Discovery | undefined

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async refresh(signal: AbortSignal): Promise<void> {
    this.#discovery = await discover(this.#connection, { signal })
  }

  /** The resource of a kind in exactly this version; `undefined` when it is not served or nothing is known yet. */
  find(apiVersion: string, kind: string): ResourceRef<Unstructured> | undefined {
    if (this.#discovery === undefined) return undefined
    const found = findKind(this.#discovery, { ...parseApiVersion(apiVersion), kind })
    return found === undefined ? undefined : refOf(found)
  }

  /** Every resource that can be listed, watched and deleted, each in its preferred version. */
  manageable(): readonly ResourceRef<Unstructured>[] {
    if (this.#discovery === undefined) return []
    return discoveredResources(this.#discovery, { preferred: true })
      .filter(({ verbs }) => ['list', 'watch', 'delete'].every((verb) => verbs.includes(verb)))
      .map(refOf)
  }
}

function refOf({ group, version, resource, kind, namespaced }: DiscoveredResource): ResourceRef<Unstructured> {
  return resourceRef({ group, version, resource, kind, namespaced })
}
