import { errors } from '@kairship/apimachinery'
import type { UserInfo } from '@kairship/apimachinery'
import { at, strings, text } from '../builtin/fields.ts'
import type { ReadonlyFields } from '../builtin/fields.ts'
import type { PlaneRegistry } from '../strategy.ts'
import type { AuthenticatedToken, TokenRequest } from './contracts.ts'
import type { Claims, TokenSigner } from './jwt.ts'

const legacyIssuer = 'kubernetes/serviceaccount'
const legacyPrefix = 'kubernetes.io/serviceaccount'
const boundResources = { pod: 'pods', secret: 'secrets', node: 'nodes' } as const

/** Tokens of the plane's ServiceAccounts. A token lives no longer than its account and the object it is bound to. */
export class ServiceAccountTokens {
  readonly #registry: PlaneRegistry
  readonly #signer: TokenSigner
  readonly #issuer: string

  constructor(registry: PlaneRegistry, signer: TokenSigner, issuer: string) {
    this.#registry = registry
    this.#signer = signer
    this.#issuer = issuer
  }

  issue(request: TokenRequest): { readonly token: string; readonly expiresAt: number } {
    const account = this.#account(request.namespace, request.name)
    if (account === undefined) throw errors.notFound({ group: '', resource: 'serviceaccounts' }, request.name)
    const now = Math.floor(this.#registry.clock.now() / 1000)
    const expires = now + Math.floor(request.expiresInMs / 1000)
    const { boundTo } = request
    const token = this.#signer.sign({
      aud: request.audiences.length === 0 ? [this.#issuer] : request.audiences,
      exp: expires,
      iat: now,
      iss: this.#issuer,
      jti: this.#registry.random.uuid(),
      'kubernetes.io': {
        namespace: request.namespace,
        ...(boundTo === undefined ? {} : { [boundTo.kind.toLowerCase()]: { name: boundTo.name, uid: boundTo.uid } }),
        serviceaccount: { name: request.name, uid: account.uid },
      },
      nbf: now,
      sub: serviceAccountUser(request.namespace, request.name),
    })
    return { token, expiresAt: expires * 1000 }
  }

  /** The token stored in a Secret of type kubernetes.io/service-account-token; it never expires. */
  issueForSecret(namespace: string, name: string, secretName: string): string {
    return this.#signer.sign({
      iss: legacyIssuer,
      [`${legacyPrefix}/namespace`]: namespace,
      [`${legacyPrefix}/secret.name`]: secretName,
      [`${legacyPrefix}/service-account.name`]: name,
      [`${legacyPrefix}/service-account.uid`]: this.#account(namespace, name)?.uid ?? '',
      sub: serviceAccountUser(namespace, name),
    })
  }

  check(token: string, audiences: readonly string[]): AuthenticatedToken | undefined {
    const claims = this.#signer.open(token)
    if (claims === undefined) return undefined
    if (claims['iss'] === legacyIssuer) return this.#checkLegacy(claims, token, audiences)
    return claims['iss'] === this.#issuer ? this.#checkBound(claims, audiences) : undefined
  }

  #checkBound(claims: Claims, audiences: readonly string[]): AuthenticatedToken | undefined {
    const now = this.#registry.clock.now() / 1000
    const { exp, nbf } = claims
    if (typeof exp !== 'number' || now >= exp || (typeof nbf === 'number' && now < nbf - 60)) return undefined
    const wanted = audiences.length === 0 ? [this.#issuer] : audiences
    const common = wanted.filter((audience) => strings(claims, 'aud').includes(audience))
    if (common.length === 0) return undefined
    const info = at(claims, 'kubernetes.io')
    const namespace = text(info, 'namespace')
    const claimed = at(info, 'serviceaccount')
    const account = this.#account(namespace, text(claimed, 'name'))
    if (account === undefined || account.uid !== text(claimed, 'uid')) return undefined
    const extra: { [key: string]: readonly string[] } = {}
    if (typeof claims['jti'] === 'string') {
      extra['authentication.kubernetes.io/credential-id'] = [`JTI=${claims['jti']}`]
    }
    for (const [claim, resource] of Object.entries(boundResources)) {
      const bound = at(info, claim)
      if (text(bound, 'name') === '') continue
      const found = this.#registry.get('', resource, claim === 'node' ? '' : namespace, text(bound, 'name'))
      if (found === undefined || found.metadata.uid !== text(bound, 'uid')) return undefined
      if (claim === 'secret') continue
      extra[`authentication.kubernetes.io/${claim}-name`] = [text(bound, 'name')]
      extra[`authentication.kubernetes.io/${claim}-uid`] = [text(bound, 'uid')]
    }
    return { user: accountUser(namespace, text(claimed, 'name'), account.uid, extra), audiences: common }
  }

  #checkLegacy(claims: Claims, token: string, audiences: readonly string[]): AuthenticatedToken | undefined {
    if (audiences.length > 0 && !audiences.includes(this.#issuer)) return undefined
    const namespace = text(claims, `${legacyPrefix}/namespace`)
    const name = text(claims, `${legacyPrefix}/service-account.name`)
    const account = this.#account(namespace, name)
    if (account === undefined || account.uid !== text(claims, `${legacyPrefix}/service-account.uid`)) return undefined
    const secret = this.#registry.get('', 'secrets', namespace, text(claims, `${legacyPrefix}/secret.name`))
    if (secret === undefined || secret.metadata.deletionTimestamp !== undefined) return undefined
    const data: ReadonlyFields = at(secret, 'data')
    if (text(data, 'token') !== Buffer.from(token).toString('base64')) return undefined
    return { user: accountUser(namespace, name, account.uid, {}), audiences: [this.#issuer] }
  }

  #account(namespace: string, name: string): { readonly uid: string } | undefined {
    const account = this.#registry.get('', 'serviceaccounts', namespace, name)
    if (account === undefined || account.metadata.deletionTimestamp !== undefined) return undefined
    return { uid: account.metadata.uid ?? '' }
  }
}

export function serviceAccountUser(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`
}

function accountUser(
  namespace: string,
  name: string,
  uid: string,
  extra: { readonly [key: string]: readonly string[] },
): UserInfo {
  return {
    username: serviceAccountUser(namespace, name),
    uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  }
}
