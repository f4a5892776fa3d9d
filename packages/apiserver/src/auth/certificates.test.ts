import { X509Certificate } from 'node:crypto'
import { manualClock } from '@kairship/runtime/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, testKeys } from '../testing/index.ts'
import type { TestServer } from '../testing/index.ts'
import { ClientCertificates } from './certificates.ts'

const hour = 3_600_000

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

describe('client certificates', () => {
  it('prove the CN as user and the O as groups, within their time', async () => {
    const clock = manualClock(Date.now())
    const { ca } = await testKeys()
    const certificates = new ClientCertificates(ca, clock)
    const issued = await certificates.issue({ username: 'alice', groups: ['system:masters', 'dev, ops'] }, hour)
    const der = new X509Certificate(issued.certificate).raw
    expect(certificates.verify(der)).toEqual({ username: 'alice', groups: ['system:masters', 'dev, ops'] })
    expect(issued.key).toContain('BEGIN PRIVATE KEY')
    await clock.advance(2 * hour)
    expect(certificates.verify(der)).toBeUndefined()
  })

  it('of another CA prove nothing, and neither does a CA itself', async () => {
    const [mine, other] = [await testKeys(), await testKeys()]
    const clock = manualClock(Date.now())
    const foreign = await new ClientCertificates(other.ca, clock).issue({ username: 'mallory', groups: [] }, hour)
    const certificates = new ClientCertificates(mine.ca, clock)
    expect(certificates.verify(new X509Certificate(foreign.certificate).raw)).toBeUndefined()
    expect(certificates.verify(new X509Certificate(mine.ca.certificate).raw)).toBeUndefined()
    expect(certificates.verify(new Uint8Array([1, 2, 3]))).toBeUndefined()
  })

  it('that are bad are refused even though anonymous callers are let in', async () => {
    const { ca } = await testKeys()
    const foreign = await new ClientCertificates(ca, manualClock(Date.now())).issue({ username: 'm', groups: [] }, hour)
    const clientCertificate = new X509Certificate(foreign.certificate).raw
    await expect(server.plane.authenticate({ clientCertificate })).rejects.toMatchObject({ code: 401 })
    await expect(server.plane.authenticate({ bearerToken: 'nonsense' })).rejects.toMatchObject({ code: 401 })
    expect(await server.plane.authenticate({})).toBeUndefined()
  })
})
