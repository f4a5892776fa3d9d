import { deepEqual, validateDns1123Subdomain } from '@kairship/apimachinery'
import type { KindRules } from '../../contracts.ts'
import type { FieldErrors } from '../../field-errors.ts'
import { at, child, ensure, items, type ReadonlyFields, setMissing, strings, text } from '../../fields.ts'
import { validateImmutable } from '../immutable.ts'
import { validateSubdomain } from '../names.ts'
import { readQuantity } from '../quantities.ts'
import { validateSelector } from '../selector.ts'
import { validateDriver } from './storage-class.ts'

const fsGroupPolicies = ['ReadWriteOnceWithFSType', 'File', 'None']
const maxDriverNameLength = 63

function driverNameProblems(name: string): readonly string[] {
  if (name.length > maxDriverNameLength) return [`must be no more than ${maxDriverNameLength} bytes`]
  return validateDns1123Subdomain(name.toLowerCase())
}

export const driverRules: KindRules = {
  name: driverNameProblems,
  defaults: (draft) => {
    const spec = ensure(draft, 'spec')
    setMissing(spec, 'attachRequired', true)
    setMissing(spec, 'podInfoOnMount', false)
    setMissing(spec, 'storageCapacity', false)
    setMissing(spec, 'requiresRepublish', false)
    setMissing(spec, 'fsGroupPolicy', 'ReadWriteOnceWithFSType')
    setMissing(spec, 'seLinuxMount', false)
    if (strings(spec, 'volumeLifecycleModes').length === 0) spec['volumeLifecycleModes'] = ['Persistent']
  },
  validate: (driver, errors) => {
    const spec = at(driver, 'spec')
    errors.oneOf('spec.fsGroupPolicy', spec['fsGroupPolicy'], fsGroupPolicies)
    for (const mode of strings(spec, 'volumeLifecycleModes')) {
      errors.oneOf('spec.volumeLifecycleModes', mode, ['Ephemeral', 'Persistent'])
    }
  },
  validateUpdate: (driver, old, errors) => {
    const now = at(driver, 'spec')
    const before = at(old, 'spec')
    validateImmutable(now['attachRequired'], before['attachRequired'], 'spec.attachedRequired', errors)
    validateImmutable(now['volumeLifecycleModes'], before['volumeLifecycleModes'], 'spec.volumeLifecycleModes', errors)
  },
}

export const csiNodeRules: KindRules = {
  validate: (node, errors) => {
    const seen = new Set<string>()
    for (const [index, driver] of items(at(node, 'spec'), 'drivers').entries()) {
      const path = `spec.drivers[${index}]`
      const name = text(driver, 'name')
      if (name === '') errors.required(`${path}.name`)
      else for (const problem of driverNameProblems(name)) errors.invalid(`${path}.name`, name, problem)
      if (seen.has(name)) errors.duplicate(`${path}.name`, name)
      seen.add(name)
      if (text(driver, 'nodeID') === '') errors.required(`${path}.nodeID`)
      for (const key of strings(driver, 'topologyKeys')) {
        if (key === '') errors.required(`${path}.topologyKeys`)
      }
    }
  },
  // A driver may come and go, but what it said about a node stands while it is there.
  validateUpdate: (node, old, errors) => {
    const before = new Map(items(at(old, 'spec'), 'drivers').map((driver) => [text(driver, 'name'), driver]))
    for (const [index, driver] of items(at(node, 'spec'), 'drivers').entries()) {
      const known = before.get(text(driver, 'name'))
      if (known === undefined) continue
      const { allocatable: _now, ...now } = driver
      const { allocatable: _before, ...then } = known
      if (!deepEqual(now, then)) errors.invalid(`spec.drivers[${index}]`, driver, 'field is immutable')
    }
  },
}

export const capacityRules: KindRules = {
  validate: (capacity, errors) => {
    validateSubdomain(text(capacity, 'storageClassName'), 'storageClassName', errors)
    const topology = child(capacity, 'nodeTopology')
    if (topology !== undefined) validateSelector(topology, 'nodeTopology', errors)
    for (const field of ['capacity', 'maximumVolumeSize']) {
      const value = capacity[field]
      if ((readQuantity(value)?.nano ?? 0n) < 0n) {
        errors.invalid(field, value, 'must be greater than or equal to 0')
      }
    }
  },
  validateUpdate: (capacity, old, errors) => {
    for (const field of ['nodeTopology', 'storageClassName']) {
      validateImmutable(capacity[field], old[field], field, errors)
    }
  },
}

export const attachmentRules: KindRules = {
  validate: (attachment, errors) => {
    const spec = at(attachment, 'spec')
    validateDriver(text(spec, 'attacher'), 'spec.attacher', errors)
    validateAttachmentSource(at(spec, 'source'), errors)
    validateSubdomain(text(spec, 'nodeName'), 'spec.nodeName', errors)
  },
  validateUpdate: (attachment, old, errors) => {
    validateImmutable(attachment['spec'], old['spec'], 'spec', errors)
  },
}

const exactlyOne = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'

function validateAttachmentSource(source: ReadonlyFields, errors: FieldErrors): void {
  const inline = child(source, 'inlineVolumeSpec') !== undefined
  const name = source['persistentVolumeName']
  if (!inline && name === undefined) errors.required('spec.source', exactlyOne)
  if (inline && name !== undefined) errors.forbidden('spec.source', exactlyOne)
  if (name === '') errors.required('spec.source.persistentVolumeName', 'must specify non empty persistentVolumeName')
}
