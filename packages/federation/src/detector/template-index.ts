import type { ResourceRef, Unstructured } from '@kairship/apimachinery'
import { resourceId } from '../engine/keys.ts'

export interface TemplateKey {
  readonly ref: ResourceRef<Unstructured>
  readonly key: string
}

export function templateId({ ref, key }: TemplateKey): string {
  return `${resourceId(ref)}|${key}`
}

/** Which templates wait for a policy, and which policy has claimed the others. */
export class TemplateIndex {
  readonly #waiting = new Map<string, TemplateKey>()
  readonly #claims = new Map<string, string>()
  readonly #byPolicy = new Map<string, Map<string, TemplateKey>>()

  wait(template: TemplateKey): void {
    this.#waiting.set(templateId(template), template)
  }

  stopWaiting(template: TemplateKey): void {
    this.#waiting.delete(templateId(template))
  }

  get waiting(): Iterable<TemplateKey> {
    return this.#waiting.values()
  }

  /** `policyId` is what the template's labels say; `undefined` when it is unclaimed or gone. */
  claimed(template: TemplateKey, policyId: string | undefined): void {
    const id = templateId(template)
    const before = this.#claims.get(id)
    if (before === policyId) return
    if (before !== undefined) {
      const others = this.#byPolicy.get(before)
      others?.delete(id)
      if (others?.size === 0) this.#byPolicy.delete(before)
      this.#claims.delete(id)
    }
    if (policyId === undefined) return
    this.#claims.set(id, policyId)
    const bucket = this.#byPolicy.get(policyId)
    if (bucket === undefined) this.#byPolicy.set(policyId, new Map([[id, template]]))
    else bucket.set(id, template)
  }

  /** The kind is not served any more. */
  forget(ref: ResourceRef): void {
    const prefix = `${resourceId(ref)}|`
    for (const id of this.#waiting.keys()) if (id.startsWith(prefix)) this.#waiting.delete(id)
    for (const bucket of this.#byPolicy.values()) {
      for (const [id, template] of bucket) if (id.startsWith(prefix)) this.claimed(template, undefined)
    }
  }

  byPolicy(policyId: string): Iterable<TemplateKey> {
    return this.#byPolicy.get(policyId)?.values() ?? []
  }
}
