import type { DeepReadonly, KubeObject } from '@kairship/apimachinery'
import { deepEqual, isReason } from '@kairship/apimachinery'
import type { CacheEvent, ResourceClient } from '@kairship/client'

type StatusOf<T> = T extends { status?: infer Status } ? DeepReadonly<Status> : never

/** Writes a status unless it says what is there already. Returns the object as it is now. */
export async function writeStatus<T extends KubeObject>(
  resource: ResourceClient<T>,
  object: DeepReadonly<NoInfer<T>>,
  status: StatusOf<NoInfer<T>>,
): Promise<DeepReadonly<T>> {
  if (!isNews(object, Object(status))) return object
  return resource.updateStatus(withStatus(object, status))
}

/** True when the object does not say this already. */
export function isNews(object: object, status: object): boolean {
  // Nothing to say is as good as an empty status.
  return !deepEqual('status' in object ? (object.status ?? {}) : {}, status)
}

// A T whose status is replaced by another of T's status is a T; TypeScript cannot see that for a type parameter.
function withStatus<T extends KubeObject>(object: DeepReadonly<T>, status: StatusOf<T>): DeepReadonly<T> {
  return { ...object, status } as unknown as DeepReadonly<T>
}

/** False for changes of nothing but the status: those are a controller's own. */
export function contentChanged<T extends KubeObject>(event: CacheEvent<T>): boolean {
  if (event.type !== 'updated') return true
  const [now, before] = [event.object.metadata, event.previous.metadata]
  return (
    now.generation !== before.generation ||
    now.deletionTimestamp !== before.deletionTimestamp ||
    !deepEqual(now.labels, before.labels) ||
    !deepEqual(now.annotations, before.annotations)
  )
}

/** Runs a write whose target may be gone or changed meanwhile, when that is as good as done. */
export async function unlessGone<T>(write: Promise<T>): Promise<T | undefined> {
  try {
    return await write
  } catch (error) {
    if (isReason(error, 'NotFound')) return undefined
    throw error
  }
}

/** Deletes exactly this object, not one that took its name. */
export async function remove<T extends KubeObject>(
  resource: ResourceClient<T>,
  object: DeepReadonly<NoInfer<T>>,
  options: { readonly gracePeriodSeconds?: number; readonly propagation?: 'Background' | 'Foreground' } = {},
): Promise<void> {
  const { name = '', uid } = object.metadata
  try {
    await resource.delete(name, { ...options, ...(uid === undefined ? {} : { uid }) })
  } catch (error) {
    // Conflict: the uid is another one by now.
    if (!isReason(error, 'NotFound') && !isReason(error, 'Conflict')) throw error
  }
}
