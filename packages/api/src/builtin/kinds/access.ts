import * as printers from '../printers/access.ts'
import { STATUS, type GroupKinds, type KindRow } from './kind.ts'

const rbac: GroupKinds = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  types: 'io.k8s.api.rbac.v1',
  kinds: [
    {
      kind: 'ClusterRoleBinding',
      resource: 'clusterrolebindings',
      cluster: true,
      createOnUpdate: true,
      printer: printers.roleBindingPrinter,
    },
    { kind: 'ClusterRole', resource: 'clusterroles', cluster: true, createOnUpdate: true },
    {
      kind: 'RoleBinding',
      resource: 'rolebindings',
      createOnUpdate: true,
      printer: printers.roleBindingPrinter,
    },
    { kind: 'Role', resource: 'roles', createOnUpdate: true },
  ],
}

function review(kind: string, resource: string, scope: 'cluster' | 'namespace' = 'cluster'): KindRow {
  return { kind, resource, verbs: ['create'], virtual: true, ...(scope === 'cluster' ? { cluster: true } : {}) }
}

const authentication: GroupKinds = {
  group: 'authentication.k8s.io',
  version: 'v1',
  types: 'io.k8s.api.authentication.v1',
  kinds: [review('SelfSubjectReview', 'selfsubjectreviews'), review('TokenReview', 'tokenreviews')],
}

const authorization: GroupKinds = {
  group: 'authorization.k8s.io',
  version: 'v1',
  types: 'io.k8s.api.authorization.v1',
  kinds: [
    review('LocalSubjectAccessReview', 'localsubjectaccessreviews', 'namespace'),
    review('SelfSubjectAccessReview', 'selfsubjectaccessreviews'),
    review('SelfSubjectRulesReview', 'selfsubjectrulesreviews'),
    review('SubjectAccessReview', 'subjectaccessreviews'),
  ],
}

const certificates: GroupKinds = {
  group: 'certificates.k8s.io',
  version: 'v1',
  types: 'io.k8s.api.certificates.v1',
  kinds: [
    {
      kind: 'CertificateSigningRequest',
      resource: 'certificatesigningrequests',
      cluster: true,
      short: ['csr'],
      subresources: [{ name: 'approval', verbs: ['get', 'patch', 'update'] }, STATUS],
      fields: ['spec.signerName'],
      printer: printers.certificateSigningRequestPrinter,
    },
  ],
}

export const accessGroups: readonly GroupKinds[] = [rbac, authentication, authorization, certificates]
