import { formatTime } from '@kairship/apimachinery'
import type { KindRules } from '../../contracts.ts'
import type { FieldErrors } from '../../field-errors.ts'
import { at, ensure, integer, items, strings, text } from '../../fields.ts'
import type { Fields } from '../../fields.ts'
import { validateSubdomain } from '../names.ts'

const usages = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
]

function validateUsages(wanted: readonly string[], errors: FieldErrors): void {
  if (wanted.length === 0) errors.required('spec.usages')
  for (const [index, usage] of wanted.entries()) {
    const field = `spec.usages[${index}]`
    if (!usages.includes(usage)) errors.notSupported(field, usage, usages)
    if (wanted.indexOf(usage) < index) errors.duplicate(field, usage)
  }
}

/** `example.com/name`: who is asked to sign. */
function validateSigner(name: string, errors: FieldErrors): void {
  const field = 'spec.signerName'
  const [domain = '', path = '', ...rest] = name.split('/')
  if (name === '') errors.required(field)
  else if (name === 'kubernetes.io/legacy-unknown') {
    errors.invalid(field, name, 'the legacy signerName is not allowed via this API version')
  } else if (rest.length > 0 || !name.includes('/')) {
    const form = "must be a fully qualified domain and path of the form 'example.com/signer-name'"
    errors.invalid(field, name, form)
  } else {
    validateSubdomain(domain, field, errors)
    if (!domain.includes('.')) {
      errors.invalid(field, domain, 'should be a domain with at least two segments separated by dots')
    }
    validateSubdomain(path, field, errors)
  }
}

/** CertificateSigningRequests: who asks is the server's word, conditions are set through `/approval`. */
export const certificateRules: { readonly [key: string]: KindRules } = {
  'certificates.k8s.io/CertificateSigningRequest': {
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
      validateUsages(strings(spec, 'usages'), errors)
      validateSigner(text(spec, 'signerName'), errors)
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
