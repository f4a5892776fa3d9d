import { isPlainObject } from '@kairship/apimachinery'
import type { Unstructured } from '@kairship/apimachinery'
import type { AdmissionPlugin, AdmissionRequest } from '@kairship/api'
import { Labels } from '@kairship/api/karmada'
import type { Random } from '@kairship/runtime'
import { pruneManifest } from '../manifest/prune.ts'
import type { Obj } from '../manifest/prune.ts'
import { stampManifest } from '../manifest/stamp.ts'
import { denied } from './denied.ts'
import { parseWorkSpec, toUnstructured } from './parse.ts'

const WEBHOOK = 'work.karmada.io'

/** Every Work has an id, and its manifests are pruned and stamped, whoever wrote it (T-05). */
export function workPlugin(random: Random): AdmissionPlugin {
  return {
    name: WEBHOOK,
    handles: ({ group, resource, subresource, operation }) =>
      group === 'work.karmada.io' && resource === 'works' && subresource === undefined && operation !== 'DELETE',
    mutate: (request) => mutate(request, random),
  }
}

function mutate({ object, name, namespace = '' }: AdmissionRequest, random: Random): Unstructured | undefined {
  if (object === undefined || object.metadata.deletionTimestamp !== undefined) return undefined
  const known = object.metadata.labels?.[Labels.workId]
  const permanentId = known ?? random.uuid()
  const manifests: readonly unknown[] = parseWorkSpec(object['spec']).workload?.manifests ?? []
  const stamped = manifests.map((manifest) =>
    stampManifest(pruneManifest(manifestOf(manifest)), { namespace, name, permanentId }),
  )
  if (known !== undefined && stamped.every((manifest, index) => manifest === manifests[index])) return undefined
  const spec = parseWorkSpec(object['spec'])
  return toUnstructured({
    ...object,
    metadata: { ...object.metadata, labels: { ...object.metadata.labels, [Labels.workId]: permanentId } },
    ...(manifests.length === 0 ? {} : { spec: { ...spec, workload: { ...spec.workload, manifests: stamped } } }),
  })
}

function manifestOf(value: unknown): Obj {
  if (!isPlainObject(value) || !isPlainObject(value['metadata']) || typeof value['kind'] !== 'string') {
    throw denied(WEBHOOK, 'a manifest must have apiVersion, kind and metadata')
  }
  return parseObject(value)
}

function parseObject(value: unknown): Obj {
  return value as Obj
}
