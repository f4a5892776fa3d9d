import type { DeepReadonly, KubeObject, OwnerReference, ResourceRef } from '@kairship/apimachinery'
import { formatApiVersion } from '@kairship/apimachinery'

export function controllerUid(object: DeepReadonly<KubeObject>): string | undefined {
  return object.metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid
}

/** The reference that makes `owner` the controller of an object. */
export function controlledBy<T extends KubeObject>(ref: ResourceRef<T>, owner: DeepReadonly<T>): OwnerReference {
  return {
    apiVersion: formatApiVersion(ref.group, ref.version),
    kind: ref.kind,
    name: owner.metadata.name ?? '',
    uid: owner.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  }
}
