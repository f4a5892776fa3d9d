import { formatTime } from '@kairship/apimachinery'
import type { KindRules } from '../../contracts.ts'
import { at, ensure, integer, items, strings, text } from '../../fields.ts'
import type { Fields } from '../../fields.ts'

/** CertificateSigningRequests: who asks is the server's word, conditions are set through `/approval`. */
export const certificateRules: { readonly [key: string]: KindRules } = {
  'certificates.k8s.io/CertificateSigningRequest': {
    defaults: (draft) => {
      const spec = ensure(draft, 'spec')
      if (strings(spec, 'usages').length === 0) spec['usages'] = ['digital signature', 'key encipherment']
    },
    prepareForCreate: (draft, { user }) => {
      const spec = ensure(draft, 'spec')
      spec['username'] = user.username
      spec['groups'] = [...user.groups]
      if (user.uid === undefined || user.uid === '') delete spec['uid']
      else spec['uid'] = user.uid
      if (user.extra === undefined) delete spec['extra']
      else spec['extra'] = { ...user.extra }
      draft['status'] = {}
    },
    prepareForUpdate: (draft, old, context) => {
      draft['spec'] = old['spec']
      const { subresource } = context.operation
      if (subresource !== 'approval' && subresource !== 'status') return
      const status = ensure(draft, 'status')
      const before = at(old, 'status')
      if (subresource === 'approval') {
        draft['status'] = { ...before, conditions: stamped(items(status, 'conditions'), context.now) }
        return
      }
      // Approval is not the signer's to give.
      const decided = (condition: Fields): boolean => condition['type'] !== 'Failed'
      const failed = items(status, 'conditions').filter((condition) => !decided(condition))
      const conditions = [...items(before, 'conditions').filter(decided), ...stamped(failed, context.now)]
      delete status['conditions']
      if (conditions.length > 0) status['conditions'] = conditions
    },
    validate: (request, errors) => {
      const spec = at(request, 'spec')
      if (text(spec, 'request') === '') errors.required('spec.request')
      else if (!Buffer.from(text(spec, 'request'), 'base64').toString().includes('CERTIFICATE REQUEST')) {
        errors.invalid('spec.request', '', 'PEM block type must be CERTIFICATE REQUEST')
      }
      const signer = text(spec, 'signerName')
      if (signer === '') errors.required('spec.signerName')
      else if (!/^[a-z0-9.-]+\.[a-z0-9-]+\/.+$/.test(signer)) {
        errors.invalid(
          'spec.signerName',
          signer,
          'must be a fully qualified domain and path of the form example.com/signer-name',
        )
      }
      const seconds = integer(spec, 'expirationSeconds')
      if (seconds !== undefined && seconds < 600) {
        errors.invalid(
          'spec.expirationSeconds',
          seconds,
          'may not specify a duration less than 600 seconds (10 minutes)',
        )
      }
    },
    validateUpdate: (request, _old, errors) => {
      const types = items(at(request, 'status'), 'conditions').map((condition) => text(condition, 'type'))
      if (types.includes('Approved') && types.includes('Denied')) {
        errors.invalid('status.conditions', 'Approved', 'Approved and Denied conditions are mutually exclusive')
      }
    },
  },
}

function stamped(conditions: readonly Fields[], now: number): Fields[] {
  const time = formatTime(now)
  return conditions.map((condition) => ({
    ...condition,
    lastUpdateTime: condition['lastUpdateTime'] ?? time,
    lastTransitionTime: condition['lastTransitionTime'] ?? time,
  }))
}
