import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import {
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  cryptoProvider,
} from '@peculiar/x509'

export interface Issued {
  readonly certificate: string
  readonly key: string
}
export interface TestCa {
  readonly certificate: string
  issue(options: { readonly name: string; readonly hosts?: readonly string[] }): Promise<Issued>
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const notBefore = new Date('2020-01-01')
const notAfter = new Date('2120-01-01')

/** A CA that lives as long as the test. */
export async function testCa(name: string): Promise<TestCa> {
  cryptoProvider.set(webcrypto)
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const ca = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    notBefore,
    notAfter,
    signingAlgorithm: algorithm,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  })
  return {
    certificate: ca.toString('pem'),
    async issue(options) {
      const own = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
      const hosts = (options.hosts ?? []).map((value) => ({
        type: /^[\d.]+$/.test(value) ? ('ip' as const) : ('dns' as const),
        value,
      }))
      const certificate = await X509CertificateGenerator.create({
        subject: `CN=${options.name}`,
        issuer: ca.subject,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: algorithm,
        notBefore,
        notAfter,
        extensions: hosts.length > 0 ? [new SubjectAlternativeNameExtension(hosts)] : [],
      })
      const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', own.privateKey)).toString('base64')
      const body = pkcs8.match(/.{1,64}/g)?.join('\n') ?? ''
      return {
        certificate: certificate.toString('pem'),
        key: `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n`,
      }
    },
  }
}
