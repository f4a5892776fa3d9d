import { withPath } from '@kairship/apimachinery'
import { fieldsAt, stringAt } from '../../fields.ts'
import type { Obj } from '../../interpretations.ts'
import type { NativeRules } from '../rules.ts'
import { reported, withStatus } from '../status.ts'

export const persistentVolumeClaim: NativeRules = {
  retain: ({ desired, observed }) => {
    // Both are filled in by the member and may not be changed; upstream keeps only the volume, so that a claim that leaves
    // its class to the member is refused ever after.
    return ['volumeName', 'storageClassName'].reduce<Obj>((claim, field) => {
      const value = stringAt(observed, 'spec', field) ?? ''
      const stated = field === 'storageClassName' && stringAt(desired, 'spec', field) !== undefined
      return value === '' || stated ? claim : withPath(claim, ['spec', field], value)
    }, desired)
  },
  aggregateStatus: ({ object, items }) => {
    const phases = reported(items).map((status) => stringAt(status, 'phase') ?? '')
    const phase = phases.includes('Lost') ? 'Lost' : (phases.findLast((found) => found !== 'Bound') ?? 'Bound')
    return withStatus(object, { phase })
  },
  interpretHealth: ({ object }) => stringAt(object, 'status', 'phase') === 'Bound',
}

const volumePhases = ['Failed', 'Pending', 'Available', 'Bound', 'Released']

export const persistentVolume: NativeRules = {
  retain: ({ desired, observed }) => {
    const claim = fieldsAt(observed, 'spec', 'claimRef')
    return claim === undefined ? desired : withPath(desired, ['spec', 'claimRef'], claim)
  },
  aggregateStatus: ({ object, items }) => {
    const seen = new Set(items.map((item) => stringAt(item.status, 'phase') ?? 'Pending'))
    const phase = volumePhases.find((found) => seen.has(found))
    return phase === undefined ? object : withStatus(object, { phase })
  },
}
