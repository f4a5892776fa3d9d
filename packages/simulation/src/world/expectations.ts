import type { DeepReadonly, KubeObject } from '@kairship/apimachinery'
import type { Clock } from '@kairship/runtime'
import { controllerUid } from './owners.ts'

/** After this the watch is taken to have missed the object (created and deleted again between two lists). */
const patienceMs = 30_000

/**
 * Caches lag behind our own writes. Without remembering what was created a moment ago, a controller that runs again
 * would create the same pods a second time.
 */
export class Expectations {
  readonly #clock: Clock
  readonly #byOwner = new Map<string, Map<string, number>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  expect(owner: string, name: string): void {
    const names = this.#byOwner.get(owner) ?? new Map<string, number>()
    names.set(name, this.#clock.now())
    this.#byOwner.set(owner, names)
  }

  /** The creation failed. */
  giveUp(owner: string, name: string): void {
    const names = this.#byOwner.get(owner)
    names?.delete(name)
    if (names?.size === 0) this.#byOwner.delete(owner)
  }

  arrived(object: DeepReadonly<KubeObject>): void {
    const owner = controllerUid(object)
    if (owner !== undefined) this.giveUp(owner, object.metadata.name ?? '')
  }

  /** How many objects of an owner are still under way. */
  pending(owner: string): number {
    const names = this.#byOwner.get(owner)
    if (names === undefined) return 0
    const oldest = this.#clock.now() - patienceMs
    for (const [name, at] of names) if (at < oldest) this.giveUp(owner, name)
    return names.size
  }
}
