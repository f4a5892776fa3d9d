import type { DeepReadonly } from '@kairship/apimachinery'
import type { Printer } from '../../definition.ts'
import type {
  CSIDriver,
  CSINode,
  PersistentVolume,
  PersistentVolumeClaim,
  ResourceClaim,
  ResourceSlice,
  StorageClass,
  VolumeAttachment,
  VolumeAttributesClass,
} from '../generated/types.gen.ts'
import { AGE, age, NAME, nameOf, printer, text, wide } from '../../printing/cells.ts'

const MODES: readonly (readonly [mode: string, short: string])[] = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
]
function accessModes(modes: readonly string[] | undefined): string {
  return MODES.filter(([mode]) => modes?.includes(mode))
    .map(([, short]) => short)
    .join(',')
}

const BETA_CLASS = 'volume.beta.kubernetes.io/storage-class'
function className(
  object: DeepReadonly<{ metadata: { annotations?: { [key: string]: string } }; spec?: { storageClassName?: string } }>,
): string {
  return object.metadata.annotations?.[BETA_CLASS] ?? object.spec?.storageClassName ?? ''
}

export const volumePrinter: Printer = printer<PersistentVolume>(
  [
    NAME,
    text('Capacity'),
    text('Access Modes'),
    text('Reclaim Policy'),
    text('Status'),
    text('Claim'),
    text('StorageClass'),
    text('VolumeAttributesClass'),
    text('Reason'),
    AGE,
    wide('VolumeMode'),
  ],
  (object, now) => {
    const claim = object.spec?.claimRef
    return [
      nameOf(object),
      object.spec?.capacity?.['storage'] ?? '0',
      accessModes(object.spec?.accessModes),
      object.spec?.persistentVolumeReclaimPolicy ?? '',
      object.metadata.deletionTimestamp === undefined ? (object.status?.phase ?? '') : 'Terminating',
      claim === undefined ? '' : `${claim.namespace ?? ''}/${claim.name ?? ''}`,
      className(object),
      object.spec?.volumeAttributesClassName || '<unset>',
      object.status?.reason ?? '',
      age(object, now),
      object.spec?.volumeMode ?? '<unset>',
    ]
  },
)

export const claimPrinter: Printer = printer<PersistentVolumeClaim>(
  [
    NAME,
    text('Status'),
    text('Volume'),
    text('Capacity'),
    text('Access Modes'),
    text('StorageClass'),
    text('VolumeAttributesClass'),
    AGE,
    wide('VolumeMode'),
  ],
  (object, now) => {
    const bound = (object.spec?.volumeName ?? '') !== ''
    return [
      nameOf(object),
      object.metadata.deletionTimestamp === undefined ? (object.status?.phase ?? '') : 'Terminating',
      object.spec?.volumeName ?? '',
      bound ? (object.status?.capacity?.['storage'] ?? '0') : '',
      bound ? accessModes(object.status?.accessModes) : '',
      className(object),
      object.spec?.volumeAttributesClassName || '<unset>',
      age(object, now),
      object.spec?.volumeMode ?? '<unset>',
    ]
  },
)

const DEFAULT_CLASS: readonly string[] = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
]
export const storageClassPrinter: Printer = printer<StorageClass>(
  [NAME, text('Provisioner'), text('ReclaimPolicy'), text('VolumeBindingMode'), text('AllowVolumeExpansion'), AGE],
  (object, now) => {
    const isDefault = DEFAULT_CLASS.some((key) => object.metadata.annotations?.[key] === 'true')
    return [
      isDefault ? `${nameOf(object)} (default)` : nameOf(object),
      object.provisioner,
      object.reclaimPolicy ?? 'Delete',
      object.volumeBindingMode ?? 'Immediate',
      object.allowVolumeExpansion ?? false,
      age(object, now),
    ]
  },
)

export const volumeAttributesClassPrinter: Printer = printer<VolumeAttributesClass>(
  [NAME, text('DriverName'), AGE],
  (object, now) => [nameOf(object), object.driverName, age(object, now)],
)

export const volumeAttachmentPrinter: Printer = printer<VolumeAttachment>(
  [NAME, text('Attacher'), text('PV'), text('Node'), text('Attached'), AGE],
  (object, now) => [
    nameOf(object),
    object.spec.attacher,
    object.spec.source.persistentVolumeName ?? '',
    object.spec.nodeName,
    object.status?.attached ?? false,
    age(object, now),
  ],
)

export const csiDriverPrinter: Printer = printer<CSIDriver>(
  [
    NAME,
    { name: 'AttachRequired', type: 'boolean' },
    { name: 'PodInfoOnMount', type: 'boolean' },
    { name: 'StorageCapacity', type: 'boolean' },
    text('TokenRequests'),
    { name: 'RequiresRepublish', type: 'boolean' },
    text('Modes'),
    AGE,
  ],
  (object, now) => [
    nameOf(object),
    object.spec.attachRequired ?? true,
    object.spec.podInfoOnMount ?? false,
    object.spec.storageCapacity ?? false,
    (object.spec.tokenRequests ?? []).map((request) => request.audience).join(',') || '<unset>',
    object.spec.requiresRepublish ?? false,
    (object.spec.volumeLifecycleModes ?? []).join(',') || '<none>',
    age(object, now),
  ],
)

export const csiNodePrinter: Printer = printer<CSINode>(
  [NAME, { name: 'Drivers', type: 'integer' }, AGE],
  (object, now) => [nameOf(object), object.spec.drivers.length, age(object, now)],
)

export const resourceClaimPrinter: Printer = printer<ResourceClaim>([NAME, text('State'), AGE], (object, now) => {
  const states: string[] = []
  if (object.metadata.deletionTimestamp !== undefined) states.push('deleted')
  if (object.status?.allocation === undefined) {
    if (object.metadata.deletionTimestamp === undefined) states.push('pending')
  } else {
    states.push('allocated')
    states.push((object.status.reservedFor ?? []).length > 0 ? 'reserved' : '')
  }
  return [nameOf(object), states.filter((state) => state !== '').join(','), age(object, now)]
})

export const resourceSlicePrinter: Printer = printer<ResourceSlice>(
  [NAME, text('Node'), text('Driver'), text('Pool'), AGE],
  (object, now) => [
    nameOf(object),
    object.spec.nodeName ?? '<unset>',
    object.spec.driver,
    object.spec.pool.name,
    age(object, now),
  ],
)
