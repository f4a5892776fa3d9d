import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import type { KeyObject, webcrypto } from 'node:crypto'
import type { UserInfo } from '@kairship/apimachinery'
import type * as X509 from '@peculiar/x509'
import type { Clock } from '@kairship/runtime'

const clientAuthUsage = '1.3.6.1.5.5.7.3.2'
const rememberedCertificates = 1024
/** Certificates are dated back a little, for clients whose clock is behind. */
const backdateMs = 5 * 60_000

interface Remembered {
  readonly user: UserInfo
  readonly from: number
  readonly until: number
}

/** Client certificates of one plane: CN is the user, O are the groups. */
export class ClientCertificates {
  readonly #ca: X509Certificate
  readonly #caPem: string
  readonly #key: KeyObject
  readonly #clock: Clock
  /** Verified certificates by fingerprint. */
  readonly #known = new Map<string, Remembered>()

  constructor(ca: { readonly certificate: string; readonly key: string }, clock: Clock) {
    this.#ca = new X509Certificate(ca.certificate)
    this.#caPem = ca.certificate
    this.#key = createPrivateKey(ca.key)
    this.#clock = clock
  }

  /** The user a certificate proves; `undefined` when this CA does not vouch for it now. */
  verify(der: Uint8Array): UserInfo | undefined {
    const fingerprint = createHash('sha256').update(der).digest('base64')
    let known = this.#known.get(fingerprint)
    if (known === undefined) {
      known = this.#check(der)
      if (known === undefined) return undefined
      if (this.#known.size >= rememberedCertificates) this.#known.clear()
      this.#known.set(fingerprint, known)
    }
    const now = this.#clock.now()
    return now >= known.from && now <= known.until ? known.user : undefined
  }

  #check(der: Uint8Array): Remembered | undefined {
    let certificate: X509Certificate
    try {
      certificate = new X509Certificate(der)
    } catch {
      return undefined
    }
    if (!certificate.checkIssued(this.#ca) || !certificate.verify(this.#ca.publicKey)) return undefined
    if (certificate.ca || !(certificate.keyUsage ?? []).includes(clientAuthUsage)) return undefined
    const subject = certificate.toLegacyObject().subject
    const username = first(subject.CN)
    if (username === undefined || username === '') return undefined
    return {
      user: { username, groups: all(subject.O) },
      from: certificate.validFromDate.getTime(),
      until: certificate.validToDate.getTime(),
    }
  }

  /** Issues a certificate and a fresh key, both PEM. */
  async issue(user: UserInfo, validForMs: number): Promise<{ certificate: string; key: string }> {
    const { subtle } = globalThis.crypto
    const keys = await subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
    const certificate = await this.#certify(user, keys.publicKey, validForMs)
    return { certificate, key: await exportKey(keys.privateKey) }
  }

  /** Certifies the key of a PKCS #10 request (PEM) for `user`. The request's signature must be by that key. */
  async certifyRequest(pem: string, user: UserInfo, validForMs: number): Promise<string> {
    const { x509 } = await loadX509()
    const request = new x509.Pkcs10CertificateRequest(pem)
    if (!(await request.verify())) throw new Error('the request is not signed with its own key')
    return await this.#certify(user, await request.publicKey.export(), validForMs)
  }

  async #certify(user: UserInfo, publicKey: webcrypto.CryptoKey, validForMs: number): Promise<string> {
    const { x509 } = await loadX509()
    const rsa = this.#key.asymmetricKeyType === 'rsa'
    const signing = rsa
      ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
      : { name: 'ECDSA', hash: 'SHA-256', namedCurve: curveName(this.#key) }
    const pkcs8 = new Uint8Array(this.#key.export({ type: 'pkcs8', format: 'der' }))
    const signingKey = await globalThis.crypto.subtle.importKey('pkcs8', pkcs8, signing, false, ['sign'])
    const issuer = new x509.X509Certificate(this.#caPem)
    const now = this.#clock.now()
    const certificate = await x509.X509CertificateGenerator.create({
      subject: [{ CN: [user.username] }, ...user.groups.map((group) => ({ O: [group] }))],
      issuer: issuer.subjectName,
      notBefore: new Date(now - backdateMs),
      notAfter: new Date(Math.min(now + validForMs, issuer.notAfter.getTime())),
      publicKey,
      signingKey,
      signingAlgorithm: signing,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
        new x509.ExtendedKeyUsageExtension([clientAuthUsage]),
        await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ],
    })
    return `${certificate.toString('pem')}\n`
  }
}

export interface KeyPair {
  /** PEM. */
  readonly certificate: string
  readonly key: string
}

/** A new CA that signs itself. */
export async function createAuthority(name: string, validForMs: number, clock: Clock): Promise<KeyPair> {
  const { x509 } = await loadX509()
  const { subtle } = globalThis.crypto
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const now = clock.now()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    notBefore: new Date(now - backdateMs),
    notAfter: new Date(now + validForMs),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { certificate: `${certificate.toString('pem')}\n`, key: await exportKey(keys.privateKey) }
}

async function exportKey(privateKey: webcrypto.CryptoKey): Promise<string> {
  const pkcs8 = new Uint8Array(await globalThis.crypto.subtle.exportKey('pkcs8', privateKey))
  const key = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' })
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** Whom a PKCS #10 request (PEM) is for; `undefined` when it cannot be read. */
export async function requestedUser(pem: string): Promise<UserInfo | undefined> {
  const { x509 } = await loadX509()
  try {
    const { subjectName } = new x509.Pkcs10CertificateRequest(pem)
    const [username = ''] = subjectName.getField('CN')
    return { username, groups: subjectName.getField('O') }
  } catch {
    return undefined
  }
}

/** Loaded when first needed: it is large, and most processes never issue. */
async function loadX509(): Promise<{ readonly x509: typeof X509 }> {
  await import('reflect-metadata')
  return { x509: await import('@peculiar/x509') }
}

function curveName(key: KeyObject): string {
  const curve = key.asymmetricKeyDetails?.namedCurve ?? 'prime256v1'
  return { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' }[curve] ?? 'P-256'
}
function first(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0]
}
function all(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return []
  return typeof value === 'string' ? [value] : value
}
