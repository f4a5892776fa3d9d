import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

export type Claims = { readonly [claim: string]: unknown }
type Algorithm = 'RS256' | 'ES256'

/** Signs and checks JSON Web Tokens with one key; RS256 or ES256, whatever the key is. */
export class TokenSigner {
  readonly keyId: string
  readonly algorithm: Algorithm
  readonly #private: KeyObject
  readonly #public: KeyObject

  constructor(pem: string) {
    this.#private = createPrivateKey(pem)
    this.#public = createPublicKey(this.#private)
    const type = this.#private.asymmetricKeyType
    if (type !== 'rsa' && type !== 'ec')
      throw new Error(`a ServiceAccount key must be RSA or EC, not ${type ?? 'secret'}`)
    this.algorithm = type === 'rsa' ? 'RS256' : 'ES256'
    const spki = this.#public.export({ type: 'spki', format: 'der' })
    this.keyId = createHash('sha256').update(spki).digest('base64url')
  }

  sign(claims: Claims): string {
    const head = encode({ alg: this.algorithm, kid: this.keyId })
    const content = `${head}.${encode(claims)}`
    const signature = sign('sha256', Buffer.from(content), { key: this.#private, dsaEncoding: 'ieee-p1363' })
    return `${content}.${signature.toString('base64url')}`
  }

  /** The claims of a token that this key signed; `undefined` for anything else. Times are not checked. */
  open(token: string): Claims | undefined {
    const [head, body, signature, ...rest] = token.split('.')
    if (head === undefined || body === undefined || signature === undefined || rest.length > 0) return undefined
    // The algorithm is the key's, never the token's choice.
    if (parsePart(head)?.['alg'] !== this.algorithm) return undefined
    const valid = verify(
      'sha256',
      Buffer.from(`${head}.${body}`),
      { key: this.#public, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    )
    return valid ? parsePart(body) : undefined
  }

  /** The JWKS document that verifies these tokens. */
  jwks(): string {
    const key = this.#public.export({ format: 'jwk' })
    return JSON.stringify({ keys: [{ use: 'sig', ...key, kid: this.keyId, alg: this.algorithm }] })
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function parsePart(part: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
    return typeof value === 'object' && value !== null ? (value as Claims) : undefined
  } catch {
    return undefined
  }
}
