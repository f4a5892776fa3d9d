import type { KindRules } from '../../contracts.ts'
import { at, integer, text } from '../../fields.ts'

// An empty holder is allowed: that is how clients give a lease back.
export const leaseRules: KindRules = {
  validate: (lease, errors) => {
    const spec = at(lease, 'spec')
    const duration = integer(spec, 'leaseDurationSeconds')
    if (duration !== undefined && duration <= 0) {
      errors.invalid('spec.leaseDurationSeconds', duration, 'must be greater than 0')
    }
    const transitions = integer(spec, 'leaseTransitions')
    if (transitions !== undefined && transitions < 0) {
      errors.invalid('spec.leaseTransitions', transitions, 'must be greater than or equal to 0')
    }
    if (text(spec, 'preferredHolder') !== '' && text(spec, 'strategy') === '') {
      errors.forbidden('spec.preferredHolder', 'may only be specified if `strategy` is defined')
    }
  },
}
