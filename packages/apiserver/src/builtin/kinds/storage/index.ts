import type { KindRules } from '../../contracts.ts'
import { attachmentRules, capacityRules, csiNodeRules, driverRules } from './csi.ts'
import { claimRules } from './persistent-volume-claim.ts'
import { volumeRules } from './persistent-volume.ts'
import { storageClassRules, volumeAttributesClassRules } from './storage-class.ts'

/** Volumes, claims for them, and what makes and attaches them. */
export const storageRules: { readonly [key: string]: KindRules | undefined } = {
  '/PersistentVolume': volumeRules,
  '/PersistentVolumeClaim': claimRules,
  'storage.k8s.io/StorageClass': storageClassRules,
  'storage.k8s.io/VolumeAttributesClass': volumeAttributesClassRules,
  'storage.k8s.io/VolumeAttachment': attachmentRules,
  'storage.k8s.io/CSIDriver': driverRules,
  'storage.k8s.io/CSINode': csiNodeRules,
  'storage.k8s.io/CSIStorageCapacity': capacityRules,
}
