import { isReason, objectKey, parseApiVersion } from '@kairship/apimachinery'
import type { ResourceRef, Unstructured } from '@kairship/apimachinery'
import { Annotations } from '@kairship/api/karmada'
import { Blocked } from '@kairship/controller'
import type { Interpreter } from '@kairship/interpreter'
import { errorMessage } from '@kairship/runtime'
import { changeBetween } from '../manifest/changes.ts'
import type { Obj } from '../manifest/prune.ts'
import type { MemberSession } from '../members/session.ts'
import { belongsToAnother, isInPlace, isManaged, retainMetadata } from './retain.ts'

export interface WorkName {
  readonly namespace: string
  readonly name: string
}

/** What was last brought about: this version of the Work gave this object. While neither changes nothing is to do. */
export interface Settled {
  readonly version: string
  readonly observed: Obj
}

export interface ApplyRequest {
  readonly session: MemberSession
  readonly member: string
  readonly ref: ResourceRef<Unstructured>
  readonly work: WorkName
  readonly manifest: Obj
  /** UID and generation of the Work. */
  readonly version: string
  readonly settled: Settled | undefined
  readonly interpreter: Interpreter
  readonly signal: AbortSignal
}

/**
 * Makes the member's object equal to the manifest, if it may be touched; returns it as it is then. `Blocked` when somebody
 * else is first: the namespace is not there yet, or the object is not ours.
 */
export async function applyManifest(request: ApplyRequest): Promise<Obj> {
  const { session, ref, manifest, settled, version } = request
  const key = objectKey(manifest)
  const observed = await session.find(ref, key)
  if (observed !== undefined) {
    const same = settled?.version === version && changeBetween(settled.observed, observed) === 'none'
    return same ? observed : replace(request, observed)
  }
  try {
    const resource = session.client.of(ref, manifest.metadata.namespace)
    return await session.objects(ref).write(key, () => resource.create(manifest))
  } catch (error) {
    if (isReason(error, 'NotFound')) throw new Blocked(`${describe(request)}: ${errorMessage(error)}`, { cause: error })
    if (!isReason(error, 'AlreadyExists')) throw error
    // Not among the managed objects: somebody else's, or the cache is behind.
    const live = await session.live(ref, key)
    if (live === undefined) throw error
    return replace(request, live)
  }
}

/** Full replacement, not server-side apply, as upstream. */
async function replace(request: ApplyRequest, observed: Obj): Promise<Obj> {
  const { session, ref, manifest, interpreter, signal } = request
  requireOwnership(request, observed)
  if (observed.metadata.deletionTimestamp !== undefined) {
    throw new Blocked(`${describe(request)} is being deleted in the member`)
  }
  const kind = { ...parseApiVersion(manifest.apiVersion ?? ''), kind: manifest.kind ?? '' }
  const input = { desired: retainMetadata(manifest, observed), observed }
  const wanted = (await interpreter.interpret(kind, 'retain', input, signal)) ?? input.desired
  if (isInPlace(wanted, observed)) return observed
  const resource = session.client.of(ref, manifest.metadata.namespace)
  return session.objects(ref).write(objectKey(manifest), () => resource.update(wanted))
}

/** I8: only what we made, or were told to take over. */
function requireOwnership(request: ApplyRequest, observed: Obj): void {
  const { manifest, work, member } = request
  if (manifest.metadata.annotations?.[Annotations.conflictResolution] === 'overwrite') return
  if (!isManaged(observed)) {
    throw new Blocked(
      `${describe(request)} already exists in cluster ${member} and is not managed by Karmada; ` +
        `set conflictResolution to Overwrite to take it over`,
    )
  }
  if (belongsToAnother(observed, work)) {
    const { annotations } = observed.metadata
    const owner = `${annotations?.[Annotations.workNamespace] ?? ''}/${annotations?.[Annotations.workName] ?? ''}`
    throw new Blocked(`${describe(request)} in cluster ${member} is managed by another work (${owner})`)
  }
}

function describe({ manifest }: ApplyRequest): string {
  return `${manifest.kind ?? ''} ${objectKey(manifest)}`
}
