// Must come first: the certificate library registers its types through it.
import 'reflect-metadata'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { isIP } from 'node:net'
import { type webcrypto, createPrivateKey, generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'

// This module is loaded only when something must be issued: on the first start and at renewals.

export interface KeyAndCertificate {
  readonly certificate: string
  readonly key: string
}

const { crypto } = globalThis
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const day = 86_400_000

export async function createAuthority(commonName: string, now: number): Promise<KeyAndCertificate> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: serial(),
      name: `CN=${commonName}`,
      notBefore: new Date(now - 5 * 60_000),
      notAfter: new Date(now + 3650 * day),
      keys,
      signingAlgorithm: algorithm,
      extensions: [
        new BasicConstraintsExtension(true, undefined, true),
        new KeyUsagesExtension(
          KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign | KeyUsageFlags.digitalSignature,
          true,
        ),
        await SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    },
    crypto,
  )
  return { certificate: pem(certificate), key: await privatePem(keys.privateKey) }
}

/** A serving certificate for names and addresses. */
export async function issueServing(
  authority: KeyAndCertificate,
  hosts: readonly string[],
  now: number,
  validForMs: number,
): Promise<KeyAndCertificate> {
  const issuer = new X509Certificate(authority.certificate)
  const signingKey = await importPrivate(authority.key)
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: serial(),
      subject: 'CN=kairship',
      issuer: issuer.subject,
      notBefore: new Date(now - 5 * 60_000),
      notAfter: new Date(Math.min(now + validForMs, issuer.notAfter.getTime())),
      publicKey: keys.publicKey,
      signingKey,
      signingAlgorithm: algorithm,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        await AuthorityKeyIdentifierExtension.create(issuer),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension(
          hosts.map((host) => ({ type: isIP(host) === 0 ? 'dns' : 'ip', value: host }) as const),
        ),
      ],
    },
    crypto,
  )
  return { certificate: pem(certificate), key: await privatePem(keys.privateKey) }
}

/** A PEM private key for signing ServiceAccount tokens (RS256, as every Kubernetes library understands). */
export async function createSigningKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

function pem(certificate: X509Certificate): string {
  return `${certificate.toString('pem')}\n`
}

async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  return `${PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`
}

async function importPrivate(text: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(text).export({ type: 'pkcs8', format: 'der' })
  return crypto.subtle.importKey('pkcs8', new Uint8Array(der), algorithm, false, ['sign'])
}

/** 16 random bytes, positive. */
function serial(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/^[89a-f]/, '1')
}
