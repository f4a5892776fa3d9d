import { type DeepReadonly, formatAge } from '@kairship/apimachinery'
import type { Printer } from '../../definition.ts'
import type { CertificateSigningRequest, ClusterRoleBinding, RoleBinding } from '../generated/types.gen.ts'
import { AGE, age, NAME, nameOf, printer, text, wide } from '../../printing/cells.ts'

export const roleBindingPrinter: Printer = printer<RoleBinding | ClusterRoleBinding>(
  [NAME, text('Role'), AGE, wide('Users'), wide('Groups'), wide('ServiceAccounts')],
  (object, now) => {
    const names = (kind: string): string =>
      (object.subjects ?? [])
        .filter((subject) => subject.kind === kind)
        .map((subject) => (kind === 'ServiceAccount' ? `${subject.namespace ?? ''}/${subject.name}` : subject.name))
        .join(', ')
    return [
      nameOf(object),
      `${object.roleRef.kind}/${object.roleRef.name}`,
      age(object, now),
      names('User'),
      names('Group'),
      names('ServiceAccount'),
    ]
  },
)

export const certificateSigningRequestPrinter: Printer = printer<CertificateSigningRequest>(
  [NAME, AGE, text('SignerName'), text('Requestor'), text('RequestedDuration'), text('Condition')],
  (object, now) => [
    nameOf(object),
    age(object, now),
    object.spec.signerName,
    object.spec.username ?? '',
    object.spec.expirationSeconds === undefined ? '<none>' : formatAge(object.spec.expirationSeconds * 1000),
    requestCondition(object),
  ],
)

function requestCondition(request: DeepReadonly<CertificateSigningRequest>): string {
  const types = new Set((request.status?.conditions ?? []).map((condition) => condition.type))
  const parts = [types.has('Denied') ? 'Denied' : types.has('Approved') ? 'Approved' : 'Pending']
  if (types.has('Failed')) parts.push('Failed')
  if ((request.status?.certificate ?? '') !== '') parts.push('Issued')
  return parts.join(',')
}
