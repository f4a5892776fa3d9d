import type { ControllerRevision, PodTemplateSpec } from '@kairship/api/builtin'
import { ControllerRevisions } from '@kairship/api/builtin'
import type { DeepReadonly, JsonObject, OwnerReference } from '@kairship/apimachinery'
import { deepEqual, isReason, toJson } from '@kairship/apimachinery'
import type { World } from './world.ts'

export const revisionLabel = 'controller-revision-hash'

/**
 * Makes sure the history of a StatefulSet or DaemonSet holds its current template, as the newest revision, which is what
 * `kubectl rollout history` and `undo` read.
 */
export async function recordRevision(
  world: World,
  options: {
    readonly namespace: string
    readonly name: string
    readonly owner: OwnerReference
    readonly labels: { readonly [key: string]: string }
    readonly template: DeepReadonly<PodTemplateSpec>
    readonly limit: number
  },
): Promise<void> {
  const { namespace, name, owner } = options
  const resource = world.client.of(ControllerRevisions, namespace)
  const all = world.informers.of(ControllerRevisions).cache.list({ namespace })
  const owned = [...all].filter((item) => item.metadata.ownerReferences?.some(({ uid }) => uid === owner.uid))
  const newest = owned.reduce((highest, item) => Math.max(highest, item.revision), 0)
  const known = owned.find((item) => item.metadata.name === name)
  if (known !== undefined) {
    // The template went back to an earlier one: that one is the newest again.
    if (known.revision < newest) await resource.update({ ...known, revision: newest + 1 })
    return
  }
  const data: DeepReadonly<JsonObject> = { spec: { template: { ...toJson(options.template), $patch: 'replace' } } }
  const revision: DeepReadonly<ControllerRevision> = {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: { name, namespace, labels: options.labels, ownerReferences: [owner] },
    data,
    revision: newest + 1,
  }
  try {
    await resource.create(revision)
  } catch (error) {
    if (!isReason(error, 'AlreadyExists')) throw error
    const found = await resource.find(name)
    if (found !== undefined && !deepEqual(found.data, data)) throw error
  }
  const surplus = owned.toSorted((a, b) => a.revision - b.revision).slice(0, Math.max(0, owned.length - options.limit))
  await Promise.all(surplus.map((item) => resource.delete(item.metadata.name ?? '').catch(ignoreMissing)))
}

function ignoreMissing(error: unknown): void {
  if (!isReason(error, 'NotFound')) throw error
}
