import { parseApiVersion } from '@kairship/apimachinery'
import type { DeepReadonly, OwnerReference, Unstructured } from '@kairship/apimachinery'
import type { ResourceDefinition } from '@kairship/api'
import type { PlaneRegistry, RegistryEvent } from '../../strategy.ts'
import { KeyedLoop } from '../keyed-loop.ts'
import type { Outcome } from '../keyed-loop.ts'
import { callUnless, deleteExactly, parseBody } from '../requests.ts'
import type { Target } from '../requests.ts'
import { OwnerGraph, ownersOf, placeOf } from './graph.ts'
import type { Place } from './graph.ts'

type View = DeepReadonly<Unstructured>
type Owner = DeepReadonly<OwnerReference>

const foreground = 'foregroundDeletion'
const orphan = 'orphan'
/** A kind that is not served (yet): its CRD may come back, so nothing is deleted and the question is asked again. */
const unknownKindRetryMs = 30_000

type OwnerState = 'solid' | 'dangling' | 'waiting' | 'unknown'

/**
 * Deletes objects whose owners are all gone, and carries out foreground and orphaning deletion. Ownership is by uid; an
 * owner is looked up in the plane itself at the moment of the decision.
 */
export class GarbageCollector implements AsyncDisposable {
  readonly #registry: PlaneRegistry
  readonly #graph = new OwnerGraph()
  /** Where the object behind a queue key is. */
  readonly #places = new Map<string, Place>()
  readonly #loop: KeyedLoop
  readonly #subscription: Disposable

  constructor(registry: PlaneRegistry) {
    this.#registry = registry
    this.#loop = new KeyedLoop({
      name: 'garbage-collector',
      registry,
      reconcile: (key) => this.#reconcile(key),
      concurrency: 16,
    })
    this.#subscription = registry.subscribeAll((resource, event) => this.#onChange(resource, event))
    for (const { definition } of registry.resources()) {
      if (definition.virtual || !isStored(definition)) continue
      for (const object of registry.list(definition.group, definition.resource)) {
        this.#onChange(definition, { type: 'put', object, previous: undefined })
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscription[Symbol.dispose]()
    await this.#loop[Symbol.asyncDispose]()
  }

  #onChange(resource: { readonly group: string; readonly resource: string }, event: RegistryEvent): void {
    const { object } = event
    const { uid = '', deletionTimestamp, finalizers } = object.metadata
    if (event.type === 'delete') {
      this.#graph.remove(uid)
      this.#places.delete(uid)
      for (const dependent of this.#graph.dependents(uid)) this.#enqueue(dependent)
      this.#enqueueOwners(object)
      return
    }
    if (this.#graph.put(resource, object)) this.#enqueue(placeOf(resource, object))
    if (deletionTimestamp === undefined) return
    if (finalizers?.includes(foreground) === true || finalizers?.includes(orphan) === true) {
      this.#enqueue(placeOf(resource, object))
    }
    // A dependent that stopped blocking, or only just began to go, may be what its owner waits for.
    this.#enqueueOwners(object)
  }

  #enqueue(place: Place): void {
    this.#places.set(place.uid, place)
    this.#loop.add(place.uid)
  }

  /** Owners in foreground deletion wait for this object. */
  #enqueueOwners(object: View): void {
    for (const owner of ownersOf(object)) {
      const found = this.#findOwner(owner, object.metadata.namespace ?? '')
      if (found === undefined || found === 'unknown') continue
      if (found.object.metadata.deletionTimestamp !== undefined) this.#enqueue(placeOf(found.definition, found.object))
    }
  }

  async #reconcile(uid: string): Promise<Outcome> {
    const place = this.#places.get(uid)
    if (place === undefined) return undefined
    const object = this.#registry.get(place.group, place.resource, place.namespace, place.name)
    if (object === undefined || object.metadata.uid !== uid) {
      this.#places.delete(uid)
      return undefined
    }
    const { deletionTimestamp, finalizers = [] } = object.metadata
    const target = this.#target(place)
    if (target === undefined) return { again: unknownKindRetryMs }
    if (deletionTimestamp !== undefined && finalizers.includes(orphan)) {
      await this.#orphan(object, target)
      return undefined
    }
    if (deletionTimestamp !== undefined && finalizers.includes(foreground)) {
      await this.#finishForeground(object, target)
      return undefined
    }
    return deletionTimestamp === undefined ? await this.#collect(object, target) : undefined
  }

  /** Deletes the object when it has owners and none of them is there any more. */
  async #collect(object: View, target: Target): Promise<Outcome> {
    const owners = ownersOf(object)
    if (owners.length === 0) return undefined
    const states = owners.map((owner) => this.#stateOf(owner, object))
    if (states.includes('unknown')) return { again: unknownKindRetryMs }
    const gone = owners.filter((_, index) => states[index] !== 'solid').map((owner) => owner.uid)
    if (gone.length === 0) return undefined
    if (gone.length < owners.length) {
      await this.#rewriteOwners(object, target, (owner) => (gone.includes(owner.uid) ? undefined : owner))
      return undefined
    }
    const { uid = '', finalizers = [] } = object.metadata
    const dependents = this.#graph.dependents(uid)
    if (states.includes('waiting') && dependents.length > 0) {
      // In a cycle of foreground deletions everyone would wait for everyone.
      if (dependents.some((dependent) => this.#isBeingDeleted(dependent))) await this.#stopBlocking(object, target)
      await deleteExactly(this.#registry, target, uid, { propagationPolicy: 'Foreground' })
      return undefined
    }
    const kept = finalizers.includes(orphan) ? 'Orphan' : finalizers.includes(foreground) ? 'Foreground' : 'Background'
    await deleteExactly(this.#registry, target, uid, { propagationPolicy: kept })
    return undefined
  }

  /** Removes the owner from its dependents, then lets it go. */
  async #orphan(owner: View, target: Target): Promise<void> {
    const { uid = '' } = owner.metadata
    for (const dependent of this.#graph.dependents(uid)) {
      const object = this.#registry.get(dependent.group, dependent.resource, dependent.namespace, dependent.name)
      const where = this.#target(dependent)
      if (object === undefined || where === undefined) continue
      await this.#rewriteOwners(object, where, (reference) => (reference.uid === uid ? undefined : reference))
    }
    await this.#removeFinalizer(owner, target, orphan)
  }

  /** Deletes the dependents; the owner goes when none of those that block it is left. */
  async #finishForeground(owner: View, target: Target): Promise<void> {
    const { uid = '' } = owner.metadata
    let blocked = false
    for (const dependent of this.#graph.dependents(uid)) {
      const object = this.#registry.get(dependent.group, dependent.resource, dependent.namespace, dependent.name)
      if (object === undefined) continue
      const reference = ownersOf(object).find((item) => item.uid === uid)
      if (reference?.blockOwnerDeletion === true) blocked = true
      this.#enqueue(dependent)
    }
    if (!blocked) await this.#removeFinalizer(owner, target, foreground)
  }

  #stateOf(owner: Owner, dependent: View): OwnerState {
    const found = this.#findOwner(owner, dependent.metadata.namespace ?? '')
    if (found === 'unknown') return 'unknown'
    if (found === undefined) return 'dangling'
    const { deletionTimestamp, finalizers } = found.object.metadata
    return deletionTimestamp !== undefined && finalizers?.includes(foreground) === true ? 'waiting' : 'solid'
  }

  /** The owner with this very uid. A namespaced owner can only own within its namespace. */
  #findOwner(
    owner: Owner,
    namespace: string,
  ): { readonly object: View; readonly definition: ResourceDefinition } | 'unknown' | undefined {
    const { group, version } = parseApiVersion(owner.apiVersion)
    const definition = this.#definition(group, version, owner.kind)
    if (definition === undefined) return 'unknown'
    if (definition.namespaced && namespace === '') return 'unknown'
    const where = definition.namespaced ? namespace : ''
    const object = this.#registry.get(group, definition.resource, where, owner.name)
    return object === undefined || object.metadata.uid !== owner.uid ? undefined : { object, definition }
  }

  /** Any served version will do: all versions of a resource are the same objects. */
  #definition(group: string, version: string, kind: string): ResourceDefinition | undefined {
    let other: ResourceDefinition | undefined
    for (const { definition } of this.#registry.resources()) {
      if (definition.group !== group || definition.kind !== kind || definition.virtual) continue
      if (definition.version === version) return definition
      other ??= definition
    }
    return other
  }

  #target(place: Place): Target | undefined {
    for (const { definition } of this.#registry.resources()) {
      if (definition.group !== place.group || definition.resource !== place.resource) continue
      const { group, version, resource } = definition
      const where = place.namespace === '' ? {} : { namespace: place.namespace }
      return { group, version, resource, name: place.name, ...where }
    }
    return undefined
  }

  #isBeingDeleted(place: Place): boolean {
    const object = this.#registry.get(place.group, place.resource, place.namespace, place.name)
    return object?.metadata.finalizers?.includes(foreground) === true
  }

  async #stopBlocking(object: View, target: Target): Promise<void> {
    await this.#rewriteOwners(object, target, (owner) =>
      owner.blockOwnerDeletion === true ? { ...owner, blockOwnerDeletion: false } : owner,
    )
  }

  async #rewriteOwners(object: View, target: Target, change: (owner: Owner) => Owner | undefined): Promise<void> {
    const ownerReferences = ownersOf(object).flatMap((owner) => change(owner) ?? [])
    const { resourceVersion = '', uid = '' } = object.metadata
    await this.#patchMetadata(target, { uid, resourceVersion, ownerReferences })
  }

  async #removeFinalizer(object: View, target: Target, finalizer: string): Promise<void> {
    const finalizers = (object.metadata.finalizers ?? []).filter((name) => name !== finalizer)
    const { resourceVersion = '', uid = '' } = object.metadata
    await this.#patchMetadata(target, { uid, resourceVersion, finalizers })
  }

  /** A conflict is thrown and tried again by the queue. */
  async #patchMetadata(target: Target, metadata: { readonly [key: string]: unknown }): Promise<void> {
    const body = parseBody({ metadata })
    await callUnless(this.#registry, [404], { ...target, verb: 'patch', patchType: 'merge', body })
  }
}

/** Of two groups that show the same objects, the one that holds them. */
function isStored(definition: ResourceDefinition): boolean {
  return definition.storageGroup === undefined || definition.storageGroup === definition.group
}
