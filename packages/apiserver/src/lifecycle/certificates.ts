import { formatTime } from '@kairship/apimachinery'
import type { DeepReadonly, Unstructured, UserInfo } from '@kairship/apimachinery'
import { ClientCertificates, requestedUser } from '../auth/certificates.ts'
import { masters } from '../auth/users.ts'
import { at, draftOf, ensure, integer, items, strings, text } from '../builtin/fields.ts'
import type { PlaneOptions } from '../plane.ts'
import type { PlaneRegistry } from '../strategy.ts'
import { KeyedLoop } from './keyed-loop.ts'
import type { Outcome } from './keyed-loop.ts'
import { callUnless, deleteExactly, parseBody } from './requests.ts'
import type { Target } from './requests.ts'

type View = DeepReadonly<Unstructured>

const requests: Target = { group: 'certificates.k8s.io', version: 'v1', resource: 'certificatesigningrequests' }
const clientSigner = 'kubernetes.io/kube-apiserver-client'
const kubeletSigner = 'kubernetes.io/kube-apiserver-client-kubelet'
const usages: ReadonlySet<string> = new Set(['client auth', 'digital signature', 'key encipherment'])
const hourMs = 3_600_000
const usualLifeMs = 365 * 24 * hourMs
/** Requests are kept for a while after their decision, and longer without one. */
const keepMs = { decided: hourMs, pending: 24 * hourMs }

/**
 * Signs approved requests for client certificates with the plane's client CA, and removes old requests. Certificates for
 * serving are not its to sign.
 */
export function startCertificateController(
  registry: PlaneRegistry,
  clientCa: PlaneOptions['clientCa'],
): AsyncDisposable {
  const certificates = new ClientCertificates(clientCa, registry.clock)
  const loop = new KeyedLoop({
    name: 'certificates',
    registry,
    reconcile: async (name): Promise<Outcome> => {
      const request = registry.get(requests.group, requests.resource, '', name)
      if (request === undefined) return undefined
      const left = keptUntil(request) - registry.clock.now()
      if (left <= 0) {
        await deleteExactly(registry, { ...requests, name }, request.metadata.uid ?? '')
        return undefined
      }
      if (needsSigning(request)) await sign(request, certificates, registry)
      return { again: left }
    },
  })
  const subscription = registry.subscribe(requests.group, requests.resource, (event) => {
    if (event.type === 'put') loop.add(event.object.metadata.name ?? '')
  })
  return {
    async [Symbol.asyncDispose]() {
      subscription[Symbol.dispose]()
      await loop[Symbol.asyncDispose]()
    },
  }
}

function has(request: View, type: string): boolean {
  return items(at(request, 'status'), 'conditions').some((condition) => condition['type'] === type)
}

function keptUntil(request: View): number {
  const decided = has(request, 'Approved') || has(request, 'Denied') || has(request, 'Failed')
  return Date.parse(request.metadata.creationTimestamp ?? '') + (decided ? keepMs.decided : keepMs.pending)
}

function needsSigning(request: View): boolean {
  const signer = text(at(request, 'spec'), 'signerName')
  if (signer !== clientSigner && signer !== kubeletSigner) return false
  if (!has(request, 'Approved') || has(request, 'Denied') || has(request, 'Failed')) return false
  return text(at(request, 'status'), 'certificate') === ''
}

/** Why this signer does not sign for this user; '' when it does. */
function refusal(signer: string, user: UserInfo | undefined, wanted: readonly string[]): string {
  if (user === undefined || user.username === '') return 'the request cannot be read or names nobody'
  if (user.groups.includes(masters)) return `the signer does not certify members of ${masters}`
  if (!wanted.includes('client auth') || wanted.some((usage) => !usages.has(usage))) {
    return `usages must be client auth, with digital signature and key encipherment at most`
  }
  if (signer !== kubeletSigner) return ''
  const isNode = user.username.startsWith('system:node:') && user.groups.join() === 'system:nodes'
  return isNode ? '' : 'the signer certifies nodes only: system:node:<name> in system:nodes'
}

async function sign(request: View, certificates: ClientCertificates, registry: PlaneRegistry): Promise<void> {
  const { name = '' } = request.metadata
  const spec = at(request, 'spec')
  const pem = Buffer.from(text(spec, 'request'), 'base64').toString()
  const user = await requestedUser(pem)
  let problem = refusal(text(spec, 'signerName'), user, strings(spec, 'usages'))
  const draft = draftOf(request)
  const status = ensure(draft, 'status')
  if (problem === '' && user !== undefined) {
    const seconds = integer(spec, 'expirationSeconds')
    const life = seconds === undefined ? usualLifeMs : Math.min(seconds * 1000, usualLifeMs)
    try {
      status['certificate'] = Buffer.from(await certificates.certifyRequest(pem, user, life)).toString('base64')
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error)
    }
  }
  if (problem !== '') {
    const time = formatTime(registry.clock.now())
    const condition = { type: 'Failed', status: 'True', reason: 'SignerValidationFailure', message: problem }
    status['conditions'] = [
      ...items(status, 'conditions'),
      { ...condition, lastUpdateTime: time, lastTransitionTime: time },
    ]
  }
  const operation = { ...requests, verb: 'update', name, subresource: 'status', body: parseBody(draft) } as const
  await callUnless(registry, [404, 409], operation)
}
