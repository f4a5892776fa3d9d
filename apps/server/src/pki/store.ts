import { X509Certificate, createPrivateKey } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import type { Clock } from '@kairship/runtime'
import { readIfPresent, writePrivate } from '../data/files.ts'
import type { DataPaths, PlaneKind } from '../data/paths.ts'
import { ServerError } from '../errors.ts'
import type { KeyAndCertificate } from './certificates.ts'

/** What one plane needs to recognise its users; created once, kept with the plane. */
export interface PlaneKeys {
  readonly clientCa: KeyAndCertificate
  readonly serviceAccountKey: string
}

const day = 86_400_000
const servingDays = 365

/** Keys and certificates in `DIR/pki`: created when missing, never overwritten while they are good. */
export class KeyStore {
  readonly #paths: DataPaths
  readonly #clock: Clock

  constructor(paths: DataPaths, clock: Clock) {
    this.#paths = paths
    this.#clock = clock
  }

  /** The platform's own CA; every kubeconfig we write trusts it. */
  async servingCa(): Promise<KeyAndCertificate> {
    return this.#pair(join(this.#paths.pki, 'ca'), async () =>
      (await import('./certificates.ts')).createAuthority('kairship CA', this.#clock.now()),
    )
  }

  /** Reissued when a host is not covered or a third of its life is left. */
  async serving(ca: KeyAndCertificate, hosts: readonly string[]): Promise<KeyAndCertificate> {
    const base = join(this.#paths.pki, 'serving')
    const found = await this.#read(base)
    if (found !== undefined && covers(found.certificate, ca.certificate, hosts, this.#clock.now())) return found
    const { issueServing } = await import('./certificates.ts')
    return this.#write(base, await issueServing(ca, hosts, this.#clock.now(), servingDays * day))
  }

  async planeKeys(kind: PlaneKind, name: string): Promise<PlaneKeys> {
    const folder = this.#paths.planeKeys(kind, name)
    const [clientCa, serviceAccountKey] = await Promise.all([
      this.#pair(join(folder, 'client-ca'), async () =>
        (await import('./certificates.ts')).createAuthority(clientCaName(kind, name), this.#clock.now()),
      ),
      this.#key(join(folder, 'service-accounts.key')),
    ])
    return { clientCa, serviceAccountKey }
  }

  async removePlaneKeys(kind: PlaneKind, name: string): Promise<void> {
    await rm(this.#paths.planeKeys(kind, name), { recursive: true, force: true })
  }

  async #pair(base: string, create: () => Promise<KeyAndCertificate>): Promise<KeyAndCertificate> {
    return (await this.#read(base)) ?? this.#write(base, await create())
  }

  async #read(base: string): Promise<KeyAndCertificate | undefined> {
    const [certificate, key] = await Promise.all([readIfPresent(`${base}.crt`), readIfPresent(`${base}.key`)])
    // The certificate is written last, so without it the pair never existed.
    if (certificate === undefined) return undefined
    if (key !== undefined && matches(certificate, key)) return { certificate, key }
    throw new ServerError('PKI_BROKEN', `${base}.crt and ${base}.key do not belong together`, {
      next: 'restore both files from a backup of the data directory',
    })
  }

  async #write(base: string, pair: KeyAndCertificate): Promise<KeyAndCertificate> {
    await rm(`${base}.crt`, { force: true })
    await writePrivate(`${base}.key`, pair.key)
    await writePrivate(`${base}.crt`, pair.certificate)
    return pair
  }

  async #key(file: string): Promise<string> {
    const found = await readIfPresent(file)
    if (found !== undefined) return found
    const key = await (await import('./certificates.ts')).createSigningKey()
    await writePrivate(file, key)
    return key
  }
}

function clientCaName(kind: PlaneKind, name: string): string {
  return `kairship ${kind} ${name} clients`
}

/** Whose client CA this is, by the issuer of a certificate. A name proves nothing. */
export function ownerOfClientCa(issuer: string): { readonly kind: PlaneKind; readonly name: string } | undefined {
  const [, kind, name = ''] = /^CN=kairship (hub|instances|clusters) (\S+) clients$/.exec(issuer) ?? []
  return kind === 'hub' || kind === 'instances' || kind === 'clusters' ? { kind, name } : undefined
}

function matches(certificate: string, key: string): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))
  } catch {
    return false
  }
}

function covers(certificate: string, ca: string, hosts: readonly string[], now: number): boolean {
  const parsed = new X509Certificate(certificate)
  if (!parsed.verify(new X509Certificate(ca).publicKey)) return false
  if (!isFresh(parsed, now)) return false
  return hosts.every((host) => (isIP(host) === 0 ? parsed.checkHost(host) : parsed.checkIP(host)) !== undefined)
}

/** True while more than a third of the certificate's life is left. */
export function isFresh(certificate: X509Certificate, now: number): boolean {
  const from = certificate.validFromDate.getTime()
  const to = certificate.validToDate.getTime()
  return now >= from && to - now > (to - from) / 3
}
