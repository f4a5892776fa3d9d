import { errors } from '@kairship/apimachinery'
import type { UserInfo } from '@kairship/apimachinery'
import type { Credentials } from '../plane.ts'
import { checkBootstrapToken } from './bootstrap-tokens.ts'
import { certificateApproval } from './certificate-approval.ts'
import { ClientCertificates } from './certificates.ts'
import type { AuthenticatedToken, Headers, PlaneAuth, PlaneAuthOptions, TokenAuthority } from './contracts.ts'
import { forbidden } from './forbidden.ts'
import { impersonate } from './impersonation.ts'
import { TokenSigner } from './jwt.ts'
import { RbacAuthorizer } from './rbac/authorizer.ts'
import { escalationCheck } from './rbac/escalation.ts'
import { ServiceAccountTokens } from './service-account-tokens.ts'
import { authenticated } from './users.ts'

/** Everything about identity in one plane; see `PlaneAuth`. */
export function createPlaneAuth(options: PlaneAuthOptions): PlaneAuth {
  const { registry, url } = options
  const certificates = new ClientCertificates(options.clientCa, registry.clock)
  const signer = new TokenSigner(options.serviceAccountKey)
  const accounts = new ServiceAccountTokens(registry, signer, url)
  const statics = new Map((options.staticTokens ?? []).map(({ token, user }) => [token, user]))
  const authorizer = new RbacAuthorizer(registry)

  const check = async (token: string, audiences: readonly string[]): Promise<AuthenticatedToken | undefined> => {
    const local = statics.get(token) ?? checkBootstrapToken(token, registry)
    const proven = local === undefined ? accounts.check(token, audiences) : { user: local, audiences: [url] }
    if (proven === undefined) return undefined
    return { user: authenticated(proven.user), audiences: proven.audiences }
  }
  const tokens: TokenAuthority = {
    audiences: [url],
    issue: (request) => accounts.issue(request),
    issueForSecret: (namespace, name, secret) => accounts.issueForSecret(namespace, name, secret),
    check,
  }

  const authenticate = async (credentials: Credentials): Promise<UserInfo | undefined> => {
    if (credentials.user !== undefined) return credentials.user
    if (credentials.bearerToken !== undefined) {
      const proven = await check(credentials.bearerToken, [])
      if (proven === undefined) throw errors.unauthorized()
      return proven.user
    }
    if (credentials.clientCertificate === undefined) return undefined
    const user = certificates.verify(credentials.clientCertificate)
    if (user === undefined) throw errors.unauthorized()
    return authenticated(user)
  }

  return {
    authorizer,
    tokens,
    admission: [escalationCheck(authorizer), certificateApproval(authorizer)],
    authenticate,
    impersonate: (user: UserInfo, headers: Headers) => impersonate(user, headers, authorizer),
    forbidden,
    issueCertificate: (user, validForMs) => certificates.issue(user, validForMs),
    jwks: signer.jwks(),
    openidConfiguration: JSON.stringify({
      issuer: url,
      jwks_uri: `${url}/openid/v1/jwks`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [signer.algorithm],
    }),
    start: () => authorizer.start(),
    [Symbol.dispose]: () => authorizer[Symbol.dispose](),
  }
}
