import { compareQuantities, deepEqual } from '@kairship/apimachinery'
import type { KindRules, ObjectView } from '../../contracts.ts'
import type { FieldErrors } from '../../field-errors.ts'
import { at, child, ensure, type ReadonlyFields, setMissing, text } from '../../fields.ts'
import { defaultClass } from '../default-class.ts'
import { validateSubdomain } from '../names.ts'
import { isPositive, quantities } from '../quantities.ts'
import { validateSelector } from '../selector.ts'
import { validateModes } from './access-modes.ts'

const legacyClass = 'volume.beta.kubernetes.io/storage-class'

export const claimRules: KindRules = {
  deleteReturnsObject: true,
  defaults: (draft) => setMissing(ensure(draft, 'spec'), 'volumeMode', 'Filesystem'),
  prepareForCreate: (draft, _context, plane) => {
    draft['status'] = { phase: 'Pending' }
    const spec = ensure(draft, 'spec')
    // An empty class is a choice: none.
    if (spec['storageClassName'] !== undefined || draft.metadata.annotations?.[legacyClass] !== undefined) return
    const annotations = [
      'storageclass.kubernetes.io/is-default-class',
      'storageclass.beta.kubernetes.io/is-default-class',
    ]
    for (const annotation of annotations) {
      const name = defaultClass(plane, 'storage.k8s.io', 'storageclasses', annotation)
      if (name === undefined) continue
      spec['storageClassName'] = name
      return
    }
  },
  validate: (claim, errors) => {
    const spec = at(claim, 'spec')
    validateModes(spec, 'at least 1 access mode is required', errors)
    const selector = child(spec, 'selector')
    if (selector !== undefined) validateSelector(selector, 'spec.selector', errors)
    const storage = at(at(spec, 'resources'), 'requests')['storage']
    if (storage === undefined) errors.required('spec.resources[storage]')
    else if (!isPositive(storage)) errors.invalid('spec.resources[storage]', storage, 'must be greater than zero')
    const className = text(spec, 'storageClassName')
    if (className !== '') validateSubdomain(className, 'spec.storageClassName', errors)
  },
  validateUpdate: (claim, old, errors, context) => {
    if (context.operation.subresource !== 'status') validateChange(claim, old, errors)
  },
}

const immutable =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'

/** The binder may fill in the volume and the class once; a bound claim may ask for more. */
function validateChange(claim: ObjectView, old: ObjectView, errors: FieldErrors): void {
  const before = { ...fixedPart(old) }
  const now = fixedPart(claim)
  if (text(before, 'volumeName') === '') before['volumeName'] = now['volumeName']
  if (before['storageClassName'] === undefined && old.metadata.annotations?.[legacyClass] === undefined) {
    before['storageClassName'] = now['storageClassName']
  }
  const bound = at(old, 'status')['phase'] === 'Bound'
  const sizes = quantities(at(at(claim, 'spec'), 'resources'), 'requests')
  const oldSizes = quantities(at(at(old, 'spec'), 'resources'), 'requests')
  const size = sizes.get('storage')
  const oldSize = oldSizes.get('storage')
  const change = size === undefined || oldSize === undefined ? 0 : compareQuantities(size, oldSize)
  if (!deepEqual(now, before) || (change !== 0 && !bound)) {
    errors.forbidden('spec', immutable)
    return
  }
  if (change >= 0 || size === undefined) return
  // A growth that failed may be taken back, but not below what the volume has.
  const capacity = quantities(at(old, 'status'), 'capacity').get('storage')
  if (capacity === undefined || compareQuantities(size, capacity) <= 0) {
    errors.forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity')
  }
}

function fixedPart(object: ObjectView): ReadonlyFields {
  const { resources: _resources, volumeAttributesClassName: _class, ...rest } = at(object, 'spec')
  return rest
}
