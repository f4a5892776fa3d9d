import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, systemClock } from '@kairship/runtime'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DataPaths } from '../data/paths.ts'
import { isCurrent, renderKubeconfig } from '../kubeconfig.ts'
import { createAuthority } from './certificates.ts'
import { KeyStore } from './store.ts'

const day = 86_400_000

describe('keys of a data directory', () => {
  let paths: DataPaths
  let keys: KeyStore

  beforeEach(async () => {
    paths = new DataPaths(await mkdtemp(join(tmpdir(), 'kairship-keys-')))
    keys = new KeyStore(paths, systemClock())
  })
  afterEach(async () => {
    await rm(paths.root, { recursive: true })
  })
  const later = (days: number): KeyStore => {
    const clock: Clock = { ...systemClock(), now: () => Date.now() + days * day }
    return new KeyStore(paths, clock)
  }

  it('are made once and found again', async () => {
    const ca = await keys.servingCa()
    expect(await new KeyStore(paths, systemClock()).servingCa()).toEqual(ca)
    const plane = await keys.planeKeys('instances', 'demo')
    expect(await keys.planeKeys('instances', 'demo')).toEqual(plane)
    expect(await keys.planeKeys('clusters', 'demo')).not.toEqual(plane)
  })

  it('can be read by their owner only', async () => {
    await keys.serving(await keys.servingCa(), ['localhost'])
    await keys.planeKeys('hub', 'hub')
    const entries = await readdir(paths.pki, { recursive: true, withFileTypes: true })
    const modes = await Promise.all(
      entries
        .filter((entry) => entry.isFile())
        .map(async (entry) => (await stat(join(entry.parentPath, entry.name))).mode & 0o777),
    )
    expect(new Set(modes)).toEqual(new Set([0o600]))
    expect(modes.length).toBeGreaterThanOrEqual(7)
  })

  it('serve the hosts asked for, signed by the CA and not by themselves', async () => {
    const ca = await keys.servingCa()
    const serving = new X509Certificate((await keys.serving(ca, ['localhost', '127.0.0.1', '::1'])).certificate)
    const authority = new X509Certificate(ca.certificate)
    expect(serving.verify(authority.publicKey)).toBe(true)
    expect(serving.checkIssued(authority)).toBe(true)
    expect(serving.subject).not.toBe(authority.subject)
    expect([serving.checkHost('localhost'), serving.checkIP('127.0.0.1'), serving.checkIP('::1')]).not.toContain(
      undefined,
    )
  })

  it('issue a new serving certificate for a new host and when the old one grows old, with the same CA', async () => {
    const ca = await keys.servingCa()
    const first = await keys.serving(ca, ['localhost'])
    expect(await keys.serving(ca, ['localhost'])).toEqual(first)
    const second = await keys.serving(ca, ['localhost', '192.0.2.7'])
    expect(second).not.toEqual(first)
    expect(await later(100).serving(ca, ['localhost', '192.0.2.7'])).toEqual(second)
    const third = await later(300).serving(ca, ['localhost', '192.0.2.7'])
    expect(third).not.toEqual(second)
    expect(await keys.servingCa()).toEqual(ca)
  })

  it('that do not belong together stop the start with the files named, and stay as they are', async () => {
    await keys.servingCa()
    const stranger = await createAuthority('stranger', Date.now())
    await writeFile(join(paths.pki, 'ca.key'), stranger.key)
    await expect(keys.servingCa()).rejects.toThrow(/ca\.crt and .*ca\.key do not belong together/)
    expect(await readFile(join(paths.pki, 'ca.key'), 'utf8')).toBe(stranger.key)
  })

  it('of a removed plane are gone', async () => {
    await keys.planeKeys('instances', 'demo')
    await keys.removePlaneKeys('instances', 'demo')
    expect(await readdir(join(paths.pki, 'planes/instances'))).toEqual([])
  })
})

describe('a kubeconfig we wrote', () => {
  it('is current until server, CA, client CA or time change', async () => {
    const now = Date.now()
    const [ca, clientCa, other] = await Promise.all([
      createAuthority('ca', now),
      createAuthority('clients', now),
      createAuthority('other', now),
    ])
    const text = renderKubeconfig({
      name: 'demo',
      server: 'https://127.0.0.1:8443/instances/demo',
      caCertificate: ca.certificate,
      // Any certificate of the client CA will do here; its own is one.
      clientCertificate: clientCa.certificate,
      clientKey: clientCa.key,
    })
    const want = {
      server: 'https://127.0.0.1:8443/instances/demo',
      caCertificate: ca.certificate,
      clientCa: clientCa.certificate,
    }
    expect(isCurrent(text, want, now)).toBe(true)
    expect(isCurrent(text, { ...want, server: 'https://127.0.0.1:9443/instances/demo' }, now)).toBe(false)
    expect(isCurrent(text, { ...want, caCertificate: other.certificate }, now)).toBe(false)
    expect(isCurrent(text, { ...want, clientCa: other.certificate }, now)).toBe(false)
    expect(isCurrent(text, want, now + 3000 * day)).toBe(false)
    expect(isCurrent('nonsense', want, now)).toBe(false)
  })
})
