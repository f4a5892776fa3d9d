import type { ApiError, UserInfo } from '@kairship/apimachinery'
import type { AdmissionPlugin } from '@kairship/api'
import type { AuthorizationAttributes, Authorizer, PlaneRegistry } from '../strategy.ts'
import type { Credentials, PlaneOptions } from '../plane.ts'

export interface PolicyRule {
  readonly verbs: readonly string[]
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames: readonly string[]
  readonly nonResourceURLs: readonly string[]
}

/** The authorizer, and what SelfSubjectRulesReview and the escalation check ask of it. */
export interface RuleAuthorizer extends Authorizer {
  /** All rules that hold for `user` in `namespace` ('' = cluster-wide rules only). */
  rulesFor(user: UserInfo, namespace: string): readonly PolicyRule[]
}

export interface TokenRequest {
  readonly namespace: string
  readonly name: string
  /** Empty = the plane's own issuer. */
  readonly audiences: readonly string[]
  readonly expiresInMs: number
  readonly boundTo?: { readonly kind: 'Pod' | 'Secret' | 'Node'; readonly name: string; readonly uid: string }
}

export interface AuthenticatedToken {
  readonly user: UserInfo
  readonly audiences: readonly string[]
}

/** Issues and checks bearer tokens of the plane. */
export interface TokenAuthority {
  /** Whom the plane's tokens are for when a request names nobody. */
  readonly audiences: readonly string[]
  /** Throws 404 when the ServiceAccount does not exist. */
  issue(request: TokenRequest): { readonly token: string; readonly expiresAt: number }
  /** `undefined` when the token proves nobody (for one of `audiences`, empty = the plane's own). */
  check(token: string, audiences: readonly string[]): Promise<AuthenticatedToken | undefined>
  /** The token of a Secret of type kubernetes.io/service-account-token. */
  issueForSecret(namespace: string, serviceAccount: string, secret: string): string
}

/** Headers as node gives them, lower-case names. */
export type Headers = { readonly [name: string]: string | readonly string[] | undefined }

/** Everything about identity in one plane. */
export interface PlaneAuth extends Disposable {
  readonly authorizer: RuleAuthorizer
  readonly tokens: TokenAuthority
  /** The escalation and bind checks on RBAC objects; put it among the plane's admission plugins. */
  readonly admission: readonly AdmissionPlugin[]
  /** Who the credentials prove, with `system:authenticated` added; `undefined` without credentials; 401 when bad. */
  authenticate(credentials: Credentials): Promise<UserInfo | undefined>
  /** The user to act as after `Impersonate-*` headers (400/403 `ApiError`s); `user` itself when there are none. */
  impersonate(user: UserInfo, headers: Headers): UserInfo
  /** 403 with upstream's text, `pods is forbidden: User "bob" cannot list resource …`. */
  forbidden(attributes: AuthorizationAttributes, reason: string): ApiError
  issueCertificate(user: UserInfo, validForMs: number): Promise<{ certificate: string; key: string }>
  /** `/openid/v1/jwks` and `/.well-known/openid-configuration`. */
  readonly jwks: string
  readonly openidConfiguration: string
  /**
   * Begins to follow the plane's RBAC objects. Call after the built-in resources are installed and before the first
   * request.
   */
  start(): void
}

export interface PlaneAuthOptions
  extends Pick<PlaneOptions, 'clientCa' | 'serviceAccountKey' | 'url' | 'staticTokens'> {
  readonly registry: PlaneRegistry
}
