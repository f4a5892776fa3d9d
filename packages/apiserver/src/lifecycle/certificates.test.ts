import 'reflect-metadata'
import { X509Certificate } from 'node:crypto'
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509'
import type { Reply } from '@kairship/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, startTestServer } from '../testing/index.ts'
import type { TestServer } from '../testing/index.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const at = { group: 'certificates.k8s.io', version: 'v1', resource: 'certificatesigningrequests' } as const
const client = 'kubernetes.io/kube-apiserver-client'

async function create(name: string, subject: string, spec: object = {}): Promise<Reply> {
  const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' }
  const pem = (await Pkcs10CertificateRequestGenerator.create({ name: subject, keys, signingAlgorithm })).toString(
    'pem',
  )
  const request = Buffer.from(pem).toString('base64')
  const body = { metadata: { name }, spec: { request, signerName: client, usages: ['client auth'], ...spec } }
  return server.connection.request({ ...at, verb: 'create', body })
}
function approve(name: string): Promise<Reply> {
  const conditions = [{ type: 'Approved', status: 'True', reason: 'Test' }]
  const body = { status: { conditions } }
  return server.connection.request({ ...at, verb: 'patch', patchType: 'merge', name, subresource: 'approval', body })
}
async function statusOf(
  name: string,
): Promise<{ certificate?: string; conditions?: { type: string; message?: string }[] }> {
  return ((await server.connection.request({ ...at, verb: 'get', name })).body['status'] ?? {}) as never
}

describe('an approved certificate signing request', () => {
  it('for a client is signed with the key it names, and then proves its user', async () => {
    await create('carol', 'CN=carol, O=dev')
    expect(await statusOf('carol')).not.toHaveProperty('certificate')
    expect((await approve('carol')).status).toBe(200)
    const pem = await eventually(async () => {
      const { certificate } = await statusOf('carol')
      if (certificate === undefined) throw new Error('not signed yet')
      return Buffer.from(certificate, 'base64').toString()
    })
    const clientCertificate = new X509Certificate(pem).raw
    expect(await server.plane.authenticate({ clientCertificate })).toEqual({
      username: 'carol',
      groups: ['dev', 'system:authenticated'],
    })
  })

  it('fails for members of system:masters, for foreign usages and for what is no node', async () => {
    const cases = [
      ['root', 'CN=root, O=system:masters', {}, 'does not certify members of system:masters'],
      ['web', 'CN=web', { usages: ['server auth'] }, 'usages must be client auth'],
      ['fake', 'CN=fake', { signerName: `${client}-kubelet` }, 'certifies nodes only'],
    ] as const
    for (const [name, subject, spec, text] of cases) {
      await create(name, subject, spec)
      await approve(name)
      await eventually(async () => {
        const failed = (await statusOf(name)).conditions?.find((condition) => condition.type === 'Failed')
        expect(failed?.message).toContain(text)
      })
      expect(await statusOf(name)).not.toHaveProperty('certificate')
    }
  })

  it('of another signer is left to it', async () => {
    await create('other', 'CN=other', { signerName: 'ex.io/signer' })
    await approve('other')
    await create('after', 'CN=after')
    await approve('after')
    await eventually(async () => expect(await statusOf('after')).toHaveProperty('certificate'))
    expect(await statusOf('other')).not.toHaveProperty('certificate')
  })

  it('may only be approved by who may approve for its signer', async () => {
    const rbac = { group: 'rbac.authorization.k8s.io', version: 'v1' } as const
    const rules = [
      { apiGroups: [at.group], resources: ['certificatesigningrequests/approval'], verbs: ['patch', 'update'] },
    ]
    await server.connection.request({
      ...rbac,
      verb: 'create',
      resource: 'clusterroles',
      body: { metadata: { name: 'half' }, rules },
    })
    const roleRef = { apiGroup: rbac.group, kind: 'ClusterRole', name: 'half' }
    const body = { metadata: { name: 'half' }, roleRef, subjects: [{ kind: 'User', name: 'ned' }] }
    await server.connection.request({ ...rbac, verb: 'create', resource: 'clusterrolebindings', body })
    await create('guarded', 'CN=guarded')
    const ned = server.plane.connect({ username: 'ned', groups: ['system:authenticated'] })
    const approval = { status: { conditions: [{ type: 'Approved', status: 'True' }] } }
    const operation = { ...at, verb: 'patch', patchType: 'merge', name: 'guarded', subresource: 'approval' } as const
    const refused = await ned.request({ ...operation, body: approval })
    expect(refused.body['message']).toBe(
      `certificatesigningrequests.certificates.k8s.io "guarded" is forbidden: user not permitted to approve requests with signerName "${client}"`,
    )
  })
})
