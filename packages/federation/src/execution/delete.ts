import { isReason, objectKey } from '@kairship/apimachinery'
import type { ResourceRef, Unstructured } from '@kairship/apimachinery'
import type { Obj } from '../manifest/prune.ts'
import type { MemberSession } from '../members/session.ts'
import type { WorkName } from './apply.ts'
import { belongsToAnother, isManaged, releaseMarks } from './retain.ts'

export interface RemoveRequest {
  readonly session: MemberSession
  readonly ref: ResourceRef<Unstructured>
  readonly work: WorkName
  readonly manifest: Obj
  /** Leave the object where it is, without our marks. */
  readonly preserve: boolean
}

/** Removes the member's object, or our marks from it. What is not ours, or gone, is done already (I8). */
export async function removeManifest({ session, ref, work, manifest, preserve }: RemoveRequest): Promise<void> {
  const observed = await session.find(ref, objectKey(manifest))
  if (observed === undefined || !isManaged(observed) || belongsToAnother(observed, work)) return
  const { namespace, name = '', uid } = observed.metadata
  const resource = session.client.of(ref, namespace)
  try {
    if (preserve) {
      await resource.patch(name, 'merge', releaseMarks(observed))
    } else {
      // The very object that was looked at: one made again under its name is not ours to delete.
      await resource.delete(name, { propagation: 'Background', ...(uid === undefined ? {} : { uid }) })
    }
  } catch (error) {
    if (!isReason(error, 'NotFound') && !isReason(error, 'Conflict')) throw error
  }
}
