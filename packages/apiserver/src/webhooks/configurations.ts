import type { PlaneRegistry } from '../strategy.ts'
import { parseWebhooks, type Webhook } from './webhook.ts'

const group = 'admissionregistration.k8s.io'

/** The webhooks of one kind of configuration, as they are now, in the order in which they are called. */
export class Configurations implements Disposable {
  readonly #byName = new Map<string, readonly Webhook[]>()
  readonly #subscription: Disposable
  #all: readonly Webhook[] = []

  constructor(registry: Pick<PlaneRegistry, 'subscribe'>, resource: string) {
    this.#subscription = registry.subscribe(group, resource, (event) => {
      const { name = '' } = event.object.metadata
      if (event.type === 'delete') this.#byName.delete(name)
      else this.#byName.set(name, parseWebhooks(event.object, name))
      this.#all = [...this.#byName].toSorted(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, webhooks]) => webhooks)
    })
  }

  get all(): readonly Webhook[] {
    return this.#all
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]()
  }
}
