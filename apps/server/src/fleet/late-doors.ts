import type { Door, Doors, ReadyCheck } from '@kairship/gateway'

/** The listeners open before there is a fleet to ask; until then nothing is ready. */
export class LateDoors implements Doors {
  #doors: Doors | undefined

  attach(doors: Doors): void {
    this.#doors = doors
  }
  hub(): Door | undefined {
    return this.#doors?.hub()
  }
  instance(name: string): Door | undefined {
    return this.#doors?.instance(name)
  }
  member(name: string): Door | undefined {
    return this.#doors?.member(name)
  }
  issuer(name: string): Door | undefined {
    return this.#doors?.issuer(name)
  }
  checks(): readonly ReadyCheck[] {
    return this.#doors?.checks() ?? [{ kind: 'hub', ready: false }]
  }
}
