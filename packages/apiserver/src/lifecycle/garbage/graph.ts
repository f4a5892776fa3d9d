import type { DeepReadonly, OwnerReference, Unstructured } from '@kairship/apimachinery'

type View = DeepReadonly<Unstructured>
type Owner = DeepReadonly<OwnerReference>

/** Where an object is stored; enough to read it again. */
export interface Place {
  readonly group: string
  readonly resource: string
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

const noOwners: readonly Owner[] = Object.freeze([])

export function ownersOf(object: View): readonly Owner[] {
  return object.metadata.ownerReferences ?? noOwners
}

export function placeOf(resource: { readonly group: string; readonly resource: string }, object: View): Place {
  const { namespace = '', name = '', uid = '' } = object.metadata
  return { group: resource.group, resource: resource.resource, namespace, name, uid }
}

/** Who depends on whom, by uid. Only objects with owners are held, so a plane without any pays nothing. */
export class OwnerGraph {
  /** Dependents of an owner. */
  readonly #dependents = new Map<string, Map<string, Place>>()
  /** The owner uids of each dependent, as last indexed. */
  readonly #owners = new Map<string, readonly string[]>()

  /** Records the object's owners; true when they are new or changed. */
  put(resource: { readonly group: string; readonly resource: string }, object: View): boolean {
    const { uid = '' } = object.metadata
    const owners = ownersOf(object).map((owner) => owner.uid)
    const known = this.#owners.get(uid)
    if (known === undefined && owners.length === 0) return false
    if (known !== undefined && known.length === owners.length && known.every((owner, i) => owner === owners[i])) {
      return false
    }
    this.remove(uid)
    if (owners.length === 0) return true
    const place = placeOf(resource, object)
    this.#owners.set(uid, owners)
    for (const owner of owners) {
      const dependents = this.#dependents.get(owner)
      if (dependents === undefined) this.#dependents.set(owner, new Map([[uid, place]]))
      else dependents.set(uid, place)
    }
    return true
  }

  /** Forgets the object as a dependent; its own dependents stay known by its uid. */
  remove(uid: string): void {
    for (const owner of this.#owners.get(uid) ?? []) {
      const dependents = this.#dependents.get(owner)
      dependents?.delete(uid)
      if (dependents?.size === 0) this.#dependents.delete(owner)
    }
    this.#owners.delete(uid)
  }

  dependents(uid: string): readonly Place[] {
    return [...(this.#dependents.get(uid)?.values() ?? [])]
  }
}
