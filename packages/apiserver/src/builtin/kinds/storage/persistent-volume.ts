import { deepEqual } from '@kairship/apimachinery'
import type { KindRules } from '../../contracts.ts'
import type { FieldErrors } from '../../field-errors.ts'
import { at, child, ensure, type ReadonlyFields, setDefault, setMissing, text } from '../../fields.ts'
import { validateImmutable } from '../immutable.ts'
import { validateSubdomain } from '../names.ts'
import { isPositive } from '../quantities.ts'
import { validateModes } from './access-modes.ts'

/** The members that say where the volume is, and which of their own members must be there. */
const sources: { readonly [source: string]: readonly string[] | undefined } = {
  awsElasticBlockStore: ['volumeID'],
  azureDisk: ['diskName', 'diskURI'],
  azureFile: ['secretName', 'shareName'],
  cephfs: ['monitors'],
  cinder: ['volumeID'],
  csi: ['driver', 'volumeHandle'],
  fc: [],
  flexVolume: ['driver'],
  flocker: [],
  gcePersistentDisk: ['pdName'],
  glusterfs: ['endpoints', 'path'],
  hostPath: ['path'],
  iscsi: ['targetPortal', 'iqn'],
  local: ['path'],
  nfs: ['server', 'path'],
  photonPersistentDisk: ['pdID'],
  portworxVolume: ['volumeID'],
  quobyte: ['registry', 'volume'],
  rbd: ['monitors', 'image'],
  scaleIO: ['gateway', 'system'],
  storageos: [],
  vsphereVolume: ['volumePath'],
}
const reclaimPolicies = ['Delete', 'Recycle', 'Retain']
const hostPathTypes = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
]

export const volumeRules: KindRules = {
  deleteReturnsObject: true,
  defaults: (draft) => {
    const spec = ensure(draft, 'spec')
    setDefault(spec, 'persistentVolumeReclaimPolicy', 'Retain')
    setMissing(spec, 'volumeMode', 'Filesystem')
    const hostPath = child(spec, 'hostPath')
    if (hostPath !== undefined) setMissing(hostPath, 'type', '')
  },
  prepareForCreate: (draft) => {
    draft['status'] = { phase: 'Pending' }
  },
  validate: (volume, errors) => {
    const spec = at(volume, 'spec')
    validateModes(spec, '', errors)
    validateCapacity(at(spec, 'capacity'), errors)
    validateSource(spec, errors)
    const className = text(spec, 'storageClassName')
    if (className !== '') validateSubdomain(className, 'spec.storageClassName', errors)
  },
  validateUpdate: (volume, old, errors) => {
    const now = at(volume, 'spec')
    const before = at(old, 'spec')
    if (Object.keys(sources).some((source) => !deepEqual(now[source], before[source]))) {
      errors.forbidden('spec.persistentvolumesource', 'spec.persistentvolumesource is immutable after creation')
    }
    validateImmutable(now['volumeMode'], before['volumeMode'], 'volumeMode', errors)
    if (before['nodeAffinity'] !== undefined) {
      validateImmutable(now['nodeAffinity'], before['nodeAffinity'], 'nodeAffinity', errors)
    }
  },
}

function validateCapacity(capacity: ReadonlyFields, errors: FieldErrors): void {
  const names = Object.keys(capacity)
  if (names.length === 0) errors.required('spec.capacity')
  else if (names.length > 1 || names[0] !== 'storage') errors.notSupported('spec.capacity', capacity, ['storage'])
  for (const name of names) {
    if (!isPositive(capacity[name])) {
      errors.invalid(`spec.capacity[${name}]`, capacity[name], 'must be greater than zero')
    }
  }
}

function validateSource(spec: ReadonlyFields, errors: FieldErrors): void {
  const used = Object.keys(sources).filter((source) => spec[source] !== undefined)
  const [source] = used
  if (source === undefined) {
    errors.required('spec', 'must specify a volume type')
    return
  }
  for (const other of used.slice(1)) errors.forbidden(`spec.${other}`, 'may not specify more than 1 volume type')
  const place = at(spec, source)
  for (const key of sources[source] ?? []) {
    if (place[key] === undefined || place[key] === '') errors.required(`spec.${source}.${key}`)
  }
  const path = text(place, 'path')
  if (source === 'nfs' && path !== '' && !path.startsWith('/')) {
    errors.invalid('spec.nfs.path', path, 'must be an absolute path')
  }
  if ((source === 'hostPath' || source === 'local') && path.split('/').includes('..')) {
    errors.invalid(`spec.${source}.path`, path, "must not contain '..'")
  }
  if (source === 'hostPath' && !hostPathTypes.includes(text(place, 'type'))) {
    errors.notSupported('spec.hostPath.type', text(place, 'type'), hostPathTypes)
  }
  if (source === 'local' && child(spec, 'nodeAffinity') === undefined) {
    errors.required('metadata.annotations', 'Local volume requires node affinity')
  }
  validateReclaim(spec, source, path, errors)
}

function validateReclaim(spec: ReadonlyFields, source: string, path: string, errors: FieldErrors): void {
  const field = 'spec.persistentVolumeReclaimPolicy'
  const policy = text(spec, 'persistentVolumeReclaimPolicy')
  errors.oneOf(field, policy, reclaimPolicies)
  if (policy !== 'Recycle') return
  if (source === 'hostPath' && path === '/') {
    errors.forbidden(field, "may not be 'recycle' for a hostPath mount of '/'")
  }
}
