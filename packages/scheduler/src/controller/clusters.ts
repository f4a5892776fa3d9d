import { deepEqual } from '@kairship/apimachinery'
import type { Cluster } from '@kairship/api/karmada'
import type { CacheEvent, Informer } from '@kairship/client'
import type { ClusterView } from '../core/cycle.ts'

/** The member clusters as one list that stays the same object until one of them changes. */
export class ClusterSnapshot implements Disposable {
  readonly #informer: Informer<Cluster>
  readonly #subscription: Disposable
  #clusters: readonly ClusterView[] | undefined

  constructor(informer: Informer<Cluster>) {
    this.#informer = informer
    this.#subscription = informer.subscribe(() => {
      this.#clusters = undefined
    })
  }

  get all(): readonly ClusterView[] {
    return (this.#clusters ??= [...this.#informer.cache.list()])
  }

  isTerminating(name: string): boolean {
    return this.#informer.cache.get(name)?.metadata.deletionTimestamp !== undefined
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]()
  }
}

/**
 * The old and new form of a cluster whose change may change placements: it came, is going, or its labels, spec (taints
 * included) or APIs changed. Upstream does not react to the first and the last of these (T-25); with them a template
 * need not be touched to reach a member that has learned its kind later.
 */
export function relevantChange(event: CacheEvent<Cluster>): readonly ClusterView[] {
  switch (event.type) {
    case 'added':
      return event.initial ? [] : [event.object]
    case 'deleted':
      return []
    case 'updated': {
      const { object, previous } = event
      const relevant =
        (object.metadata.deletionTimestamp !== undefined && previous.metadata.deletionTimestamp === undefined) ||
        object.metadata.generation !== previous.metadata.generation ||
        !deepEqual(object.metadata.labels, previous.metadata.labels) ||
        !deepEqual(object.status?.apiEnablements, previous.status?.apiEnablements)
      return relevant ? [object, previous] : []
    }
  }
}
