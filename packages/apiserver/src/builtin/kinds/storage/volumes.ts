import { compareQuantities, deepEqual, isQuantity, parseQuantity } from '@kairship/apimachinery'
import type { Quantity } from '@kairship/apimachinery'
import type { KindRules, ObjectView } from '../../contracts.ts'
import type { FieldErrors } from '../../field-errors.ts'
import { at, ensure, items, setDefault, setMissing, strings, text } from '../../fields.ts'
import type { ReadonlyFields } from '../../fields.ts'

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']
const volumeModes = ['Block', 'Filesystem']
const reclaimPolicies = ['Delete', 'Recycle', 'Retain']
const legacyClass = 'volume.beta.kubernetes.io/storage-class'

function quantity(value: unknown): Quantity | undefined {
  return isQuantity(value) ? parseQuantity(value) : undefined
}

function validateModes(spec: ReadonlyFields, errors: FieldErrors): void {
  const modes = strings(spec, 'accessModes')
  if (modes.length === 0) errors.required('spec.accessModes', 'at least 1 access mode is required')
  for (const mode of modes) errors.oneOf('spec.accessModes', mode, accessModes)
  if (modes.includes('ReadWriteOncePod') && modes.length > 1) {
    errors.forbidden('spec.accessModes', 'may not use ReadWriteOncePod with other access modes')
  }
  errors.oneOf('spec.volumeMode', spec['volumeMode'], volumeModes)
}

export const claimRules: KindRules = {
  deleteReturnsObject: true,
  defaults: (draft) => setMissing(ensure(draft, 'spec'), 'volumeMode', 'Filesystem'),
  prepareForCreate: (draft) => {
    draft['status'] = { phase: 'Pending' }
  },
  validate: (claim, errors) => {
    const spec = at(claim, 'spec')
    validateModes(spec, errors)
    const storage = at(at(spec, 'resources'), 'requests')['storage']
    if (storage === undefined) errors.required('spec.resources[storage]')
    else {
      const size = quantity(storage)
      if (size === undefined || size.nano <= 0n) {
        errors.invalid('spec.resources[storage]', storage, 'must be greater than zero')
      }
    }
  },
  validateUpdate: (claim, old, errors, context) => {
    if (context.operation.subresource === 'status') return
    validateClaimUpdate(claim, old, errors)
  },
}

/** Only the size may grow, and the binder may fill in the volume and the class once. */
function validateClaimUpdate(claim: ObjectView, old: ObjectView, errors: FieldErrors): void {
  const strip = (object: ObjectView): ReadonlyFields => {
    const { resources: _, volumeAttributesClassName: _class, ...rest } = at(object, 'spec')
    return rest
  }
  const before: { [key: string]: unknown } = { ...strip(old) }
  const now = strip(claim)
  if (text(before, 'volumeName') === '') before['volumeName'] = now['volumeName']
  if (before['storageClassName'] === undefined && old.metadata.annotations?.[legacyClass] === undefined) {
    before['storageClassName'] = now['storageClassName']
  }
  if (!deepEqual(now, before)) {
    errors.forbidden(
      'spec',
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
    )
    return
  }
  const requests = at(at(at(claim, 'spec'), 'resources'), 'requests')
  const oldRequests = at(at(at(old, 'spec'), 'resources'), 'requests')
  const size = quantity(requests['storage'])
  const oldSize = quantity(oldRequests['storage'])
  if (size === undefined || oldSize === undefined || compareQuantities(size, oldSize) === 0) return
  if (at(old, 'status')['phase'] !== 'Bound') {
    errors.forbidden(
      'spec',
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
    )
  } else if (compareQuantities(size, oldSize) < 0) {
    errors.forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity')
  }
}

/** The members of PersistentVolumeSpec that say where the volume is. */
const sources: readonly string[] = [
  'awsElasticBlockStore',
  'azureDisk',
  'azureFile',
  'cephfs',
  'cinder',
  'csi',
  'fc',
  'flexVolume',
  'flocker',
  'gcePersistentDisk',
  'glusterfs',
  'hostPath',
  'iscsi',
  'local',
  'nfs',
  'photonPersistentDisk',
  'portworxVolume',
  'quobyte',
  'rbd',
  'scaleIO',
  'storageos',
  'vsphereVolume',
]

export const volumeRules: KindRules = {
  deleteReturnsObject: true,
  defaults: (draft) => {
    const spec = ensure(draft, 'spec')
    setDefault(spec, 'persistentVolumeReclaimPolicy', 'Retain')
    setMissing(spec, 'volumeMode', 'Filesystem')
    const hostPath = at(spec, 'hostPath')
    if (spec['hostPath'] !== undefined && hostPath['type'] === undefined) spec['hostPath'] = { ...hostPath, type: '' }
  },
  prepareForCreate: (draft) => {
    draft['status'] = { phase: 'Pending' }
  },
  validate: (volume, errors) => {
    const spec = at(volume, 'spec')
    validateModes(spec, errors)
    const capacity = at(spec, 'capacity')
    if (Object.keys(capacity).length === 0) errors.required('spec.capacity')
    else if (capacity['storage'] === undefined || Object.keys(capacity).length > 1) {
      errors.notSupported('spec.capacity', capacity, ['storage'])
    } else if ((quantity(capacity['storage'])?.nano ?? 0n) <= 0n) {
      errors.invalid('spec.capacity[storage]', capacity['storage'], 'must be greater than zero')
    }
    errors.oneOf('spec.persistentVolumeReclaimPolicy', spec['persistentVolumeReclaimPolicy'], reclaimPolicies)
    const used = sources.filter((source) => spec[source] !== undefined)
    if (used.length === 0) errors.required('spec', 'must specify a volume type')
    for (const source of used.slice(1)) errors.forbidden(`spec.${source}`, 'may not specify more than 1 volume type')
  },
  validateUpdate: (volume, old, errors) => {
    for (const source of sources) {
      if (deepEqual(at(volume, 'spec')[source], at(old, 'spec')[source])) continue
      const detail = 'spec.persistentvolumesource is immutable after creation'
      errors.forbidden('spec.persistentvolumesource', detail)
      return
    }
  },
}

const bindingModes = ['Immediate', 'WaitForFirstConsumer']

function immutable(object: ObjectView, old: ObjectView, fields: readonly string[], errors: FieldErrors): void {
  for (const field of fields) {
    if (!deepEqual(object[field], old[field])) errors.forbidden(field, `updates to ${field} are forbidden.`)
  }
}

export const storageRules: { readonly [key: string]: KindRules } = {
  '/PersistentVolume': volumeRules,
  '/PersistentVolumeClaim': claimRules,
  'storage.k8s.io/StorageClass': {
    defaults: (draft) => {
      setMissing(draft, 'reclaimPolicy', 'Delete')
      setMissing(draft, 'volumeBindingMode', 'Immediate')
    },
    validate: (storageClass, errors) => {
      if (text(storageClass, 'provisioner') === '') errors.required('provisioner')
      errors.oneOf('reclaimPolicy', storageClass['reclaimPolicy'], ['Delete', 'Retain'])
      errors.oneOf('volumeBindingMode', storageClass['volumeBindingMode'], bindingModes)
      for (const [index, term] of items(storageClass, 'allowedTopologies').entries()) {
        for (const [position, expression] of items(term, 'matchLabelExpressions').entries()) {
          const path = `allowedTopologies[${index}].matchLabelExpressions[${position}]`
          if (strings(expression, 'values').length === 0) errors.required(`${path}.values`)
        }
      }
    },
    validateUpdate: (storageClass, old, errors) =>
      immutable(storageClass, old, ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'], errors),
  },
  'storage.k8s.io/VolumeAttachment': {
    validate: (attachment, errors) => {
      const spec = at(attachment, 'spec')
      if (text(spec, 'attacher') === '') errors.required('spec.attacher')
      if (text(spec, 'nodeName') === '') errors.required('spec.nodeName')
    },
    validateUpdate: (attachment, old, errors) => {
      if (!deepEqual(attachment['spec'], old['spec'])) errors.invalid('spec', attachment['spec'], 'field is immutable')
    },
  },
  'storage.k8s.io/CSIDriver': {
    defaults: (draft) => {
      const spec = ensure(draft, 'spec')
      setMissing(spec, 'attachRequired', true)
      setMissing(spec, 'podInfoOnMount', false)
      setMissing(spec, 'storageCapacity', false)
      setMissing(spec, 'requiresRepublish', false)
      setMissing(spec, 'fsGroupPolicy', 'ReadWriteOnceWithFSType')
      setMissing(spec, 'volumeLifecycleModes', ['Persistent'])
      setMissing(spec, 'seLinuxMount', false)
    },
  },
  'storage.k8s.io/VolumeAttributesClass': {
    validateUpdate: (attributes, old, errors) => immutable(attributes, old, ['driverName', 'parameters'], errors),
  },
}
