import { X509Certificate } from 'node:crypto'
import { isFresh } from './pki/store.ts'

export interface KubeconfigContent {
  /** Name of cluster, context and user entries: `kairship`, `demo`, `aws-virginia`. */
  readonly name: string
  readonly server: string
  readonly caCertificate: string
  readonly clientCertificate: string
  readonly clientKey: string
}

/** A kubeconfig with one context; every value is quoted as JSON, which is YAML. */
export function renderKubeconfig(content: KubeconfigContent): string {
  const name = JSON.stringify(content.name)
  const data = (pem: string): string => Buffer.from(pem).toString('base64')
  return `apiVersion: v1
kind: Config
current-context: ${name}
clusters:
  - name: ${name}
    cluster:
      server: ${JSON.stringify(content.server)}
      certificate-authority-data: ${data(content.caCertificate)}
contexts:
  - name: ${name}
    context:
      cluster: ${name}
      user: ${name}
users:
  - name: ${name}
    user:
      client-certificate-data: ${data(content.clientCertificate)}
      client-key-data: ${data(content.clientKey)}
`
}

/** True when a kubeconfig we wrote earlier still leads to `server` with a certificate of `clientCa` that lives on. */
export function isCurrent(
  text: string,
  want: { readonly server: string; readonly caCertificate: string; readonly clientCa: string },
  now: number,
): boolean {
  const field = (key: string): string | undefined => new RegExp(`^\\s*${key}: (\\S+)$`, 'm').exec(text)?.[1]
  if (field('server') !== JSON.stringify(want.server)) return false
  if (field('certificate-authority-data') !== Buffer.from(want.caCertificate).toString('base64')) return false
  const certificate = field('client-certificate-data')
  if (certificate === undefined) return false
  try {
    const parsed = new X509Certificate(Buffer.from(certificate, 'base64'))
    return parsed.verify(new X509Certificate(want.clientCa).publicKey) && isFresh(parsed, now)
  } catch {
    return false
  }
}
