import type { DeepReadonly, JsonValue, ResourceRef, Unstructured } from '@kairship/apimachinery'
import type { Client, Informers } from '@kairship/client'
import { Latest } from '@kairship/controller'
import { resourceId, splitKey } from './keys.ts'

/** Objects of any kind in the control plane, each kind watched once it is asked for. */
export class Templates implements Disposable {
  readonly #client: Client
  readonly #informers: Informers
  readonly #latest = new Map<string, Latest<Unstructured>>()

  constructor(client: Client, informers: Informers) {
    this.#client = client
    this.#informers = informers
  }

  of(ref: ResourceRef<Unstructured>): Latest<Unstructured> {
    const id = resourceId(ref)
    let latest = this.#latest.get(id)
    if (latest === undefined) {
      latest = new Latest(this.#informers.of(ref))
      this.#latest.set(id, latest)
    }
    return latest
  }

  /** From the cache, or from the server while the cache is not complete: never a false "not there". */
  async get(ref: ResourceRef<Unstructured>, key: string): Promise<DeepReadonly<Unstructured> | undefined> {
    const latest = this.of(ref)
    const known = latest.get(key)
    if (known !== undefined || latest.informer.hasSynced) return known
    const { namespace, name } = splitKey(key)
    return this.#client.of(ref, namespace).find(name)
  }

  patch(
    ref: ResourceRef<Unstructured>,
    key: string,
    patch: DeepReadonly<JsonValue>,
    subresource?: 'status',
  ): Promise<DeepReadonly<Unstructured>> {
    const { namespace, name } = splitKey(key)
    const options = subresource === undefined ? {} : { subresource }
    return this.of(ref).write(key, () => this.#client.of(ref, namespace).patch(name, 'merge', patch, options))
  }

  async drop(ref: ResourceRef<Unstructured>): Promise<void> {
    const id = resourceId(ref)
    this.#latest.get(id)?.[Symbol.dispose]()
    this.#latest.delete(id)
    await this.#informers.drop(ref)
  }

  [Symbol.dispose](): void {
    for (const latest of this.#latest.values()) latest[Symbol.dispose]()
    this.#latest.clear()
  }
}
