import { deepEqual, toJson } from '@kairship/apimachinery'
import type { DeepReadonly, JsonObject, OwnerReference } from '@kairship/apimachinery'
import { Finalizers, Labels, Works } from '@kairship/api/karmada'
import type { Work } from '@kairship/api/karmada'
import type { EngineContext } from '../engine/context.ts'
import { pruneManifest } from '../manifest/prune.ts'
import type { Obj } from '../manifest/prune.ts'
import { stampManifest } from '../manifest/stamp.ts'
import { executionNamespace, workName } from '../names/names.ts'

/** What a controller wants one member to have. */
export interface WorkRequest {
  readonly cluster: string
  /** Names the Work; usually also its manifest. */
  readonly template: { readonly kind: string; readonly name: string; readonly namespace?: string | undefined }
  readonly manifest: Obj
  readonly labels?: { readonly [key: string]: string }
  /** `null` takes a key away. */
  readonly annotations?: { readonly [key: string]: string | null }
  readonly owner?: OwnerReference
  readonly suspendDispatching?: boolean
  readonly preserveResourcesOnDeletion?: boolean | undefined
}

/** Creates or updates the Work; nothing is written when it says the same already. Foreign labels and annotations stay. */
export async function writeWork(context: EngineContext, request: WorkRequest): Promise<void> {
  const { activity, client, random, stores } = context
  const { kind, name, namespace: templateNamespace } = request.template
  const identity = { namespace: executionNamespace(request.cluster), name: workName(kind, name, templateNamespace) }
  const key = `${identity.namespace}/${identity.name}`
  const works = client.of(Works, identity.namespace)
  const existing = stores.works.get(key)
  const permanentId = existing?.metadata.labels?.[Labels.workId] ?? random.uuid()
  const manifest = stampManifest(pruneManifest(request.manifest), { ...identity, permanentId })
  if (existing === undefined) {
    activity.wrote()
    await stores.works.write(key, () => works.create(newWork(identity, permanentId, request, manifest)))
    return
  }
  if (existing.metadata.deletionTimestamp !== undefined) throw new Error(`work ${key} is being deleted`)
  const patch = workPatch(existing, permanentId, request, manifest)
  if (patch === undefined) return
  activity.wrote()
  await stores.works.write(key, () => works.patch(identity.name, 'merge', patch))
}

function newWork(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  permanentId: string,
  request: WorkRequest,
  manifest: Obj,
): DeepReadonly<Work> {
  return {
    apiVersion: 'work.karmada.io/v1alpha1',
    kind: 'Work',
    metadata: {
      namespace,
      name,
      labels: { ...request.labels, [Labels.workId]: permanentId },
      ...(request.annotations === undefined ? {} : { annotations: present(request.annotations) }),
      finalizers: [Finalizers.execution],
      ...(request.owner === undefined ? {} : { ownerReferences: [request.owner] }),
    },
    spec: {
      workload: { manifests: [toJson(manifest)] },
      ...(request.suspendDispatching ? { suspendDispatching: true } : {}),
      ...(request.preserveResourcesOnDeletion === undefined
        ? {}
        : { preserveResourcesOnDeletion: request.preserveResourcesOnDeletion }),
    },
  }
}

function present(map: { readonly [key: string]: string | null }): { [key: string]: string } {
  const found: { [key: string]: string } = {}
  for (const [key, value] of Object.entries(map)) if (value !== null) found[key] = value
  return found
}

function workPatch(
  existing: DeepReadonly<Work>,
  permanentId: string,
  request: WorkRequest,
  manifest: Obj,
): JsonObject | undefined {
  const labels = missing(existing.metadata.labels, { ...request.labels, [Labels.workId]: permanentId })
  const annotations = missing(existing.metadata.annotations, request.annotations ?? {})
  const finalizers = existing.metadata.finalizers ?? []
  const metadata: JsonObject = {
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(finalizers.includes(Finalizers.execution) ? {} : { finalizers: [...finalizers, Finalizers.execution] }),
  }
  const spec: JsonObject = {}
  const { workload, suspendDispatching, preserveResourcesOnDeletion } = existing.spec
  const manifests = workload?.manifests ?? []
  if (manifests.length !== 1 || !deepEqual(manifests[0], manifest)) {
    spec['workload'] = { manifests: [asPatchValue(manifest)] }
  }
  const suspend = request.suspendDispatching === true
  if ((suspendDispatching === true) !== suspend) spec['suspendDispatching'] = suspend ? true : null
  if (preserveResourcesOnDeletion !== request.preserveResourcesOnDeletion) {
    spec['preserveResourcesOnDeletion'] = request.preserveResourcesOnDeletion ?? null
  }
  const [metadataChanged, specChanged] = [Object.keys(metadata).length > 0, Object.keys(spec).length > 0]
  if (!metadataChanged && !specChanged) return undefined
  return { ...(metadataChanged ? { metadata } : {}), ...(specChanged ? { spec } : {}) }
}

function missing(
  current: DeepReadonly<{ [key: string]: string }> | undefined,
  wanted: { readonly [key: string]: string | null },
): JsonObject | undefined {
  const entries = Object.entries(wanted).filter(([key, value]) => (current?.[key] ?? null) !== value)
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

// A patch is only read; the manifest may stay shared and frozen in it.
function asPatchValue(manifest: Obj): JsonObject {
  return manifest as unknown as JsonObject
}
