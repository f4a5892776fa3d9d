import type { PodTemplateSpec } from '@kairship/api/builtin'
import type { DeepReadonly } from '@kairship/apimachinery'
import { deepEqual, safeEncode } from '@kairship/apimachinery'

export const templateHashLabel = 'pod-template-hash'

/** Short names for pod templates, as they appear in names and labels of what is made of them. */
export class TemplateHashes {
  // Templates in caches are frozen and shared, so one is hashed once however often it is looked at.
  readonly #known = new WeakMap<object, string>()

  of(template: DeepReadonly<PodTemplateSpec>, collisions: number): string {
    const known = this.#known.get(template)
    const digest = known ?? hash(canonical(template))
    if (known === undefined) this.#known.set(template, digest)
    return safeEncode(collisions === 0 ? digest : hash(`${digest}/${collisions}`))
  }
}

/** Equal but for the label that a ReplicaSet adds. */
export function sameTemplate(
  left: DeepReadonly<PodTemplateSpec> | undefined,
  right: DeepReadonly<PodTemplateSpec> | undefined,
): boolean {
  if (left === undefined || right === undefined) return left === right
  return deepEqual(left.spec, right.spec) && deepEqual(plainMetadata(left), plainMetadata(right))
}

function plainMetadata(template: DeepReadonly<PodTemplateSpec>): object {
  const { labels = {}, annotations = {} } = template.metadata ?? {}
  const { [templateHashLabel]: _hash, ...rest } = labels
  return { labels: rest, annotations }
}

/** FNV-1a, 32 bits, as decimal digits. */
function hash(text: string): string {
  let value = 0x811c9dc5
  for (let at = 0; at < text.length; at++) {
    value = Math.imul(value ^ text.charCodeAt(at), 0x01000193) >>> 0
  }
  return String(value)
}

/** JSON with sorted keys: the order in which a client wrote fields must not matter. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`
}
