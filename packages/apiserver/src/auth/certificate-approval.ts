import { at, text } from '../builtin/fields.ts'
import { deepEqual, errors } from '@kairship/apimachinery'
import type { AdmissionPlugin, AdmissionRequest } from '@kairship/api'
import type { RuleAuthorizer } from './contracts.ts'
import { masters } from './users.ts'

const group = 'certificates.k8s.io'

/** Approving a request, and writing its certificate, needs a right on its signer besides the one on the request. */
export function certificateApproval(authorizer: RuleAuthorizer): AdmissionPlugin {
  return {
    name: 'CertificateApproval',
    handles: ({ group: given, resource, subresource, operation, user }) =>
      given === group &&
      resource === 'certificatesigningrequests' &&
      operation === 'UPDATE' &&
      (subresource === 'approval' || subresource === 'status') &&
      !user.groups.includes(masters),
    validate: (request) => check(request, authorizer),
  }
}

function check(request: AdmissionRequest, authorizer: RuleAuthorizer): void {
  const { object, old, subresource, user } = request
  if (object === undefined || old === undefined) return
  const [now, before] = [at(object, 'status'), at(old, 'status')]
  if (subresource === 'status' && deepEqual(now['certificate'], before['certificate'])) return
  const signer = text(at(old, 'spec'), 'signerName')
  const verb = subresource === 'approval' ? 'approve' : 'sign'
  // A right on `domain/*` holds for all signers of the domain.
  const names = [signer, `${signer.slice(0, signer.indexOf('/'))}/*`]
  const allowed = names.some(
    (name) =>
      authorizer.authorize({
        user,
        verb,
        group,
        version: '*',
        resource: 'signers',
        subresource: '',
        namespace: '',
        name,
      }).allowed,
  )
  if (allowed) return
  throw errors.forbidden(
    { group, resource: 'certificatesigningrequests' },
    request.name,
    `user not permitted to ${verb} requests with signerName ${JSON.stringify(signer)}`,
  )
}
