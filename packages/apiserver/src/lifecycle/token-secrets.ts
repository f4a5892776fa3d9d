import { deepEqual, objectKey } from '@kairship/apimachinery'
import type { DeepReadonly, Unstructured } from '@kairship/apimachinery'
import type { TokenAuthority } from '../auth/contracts.ts'
import { at, draftOf, text } from '../builtin/fields.ts'
import type { PlaneRegistry } from '../strategy.ts'
import { KeyedLoop } from './keyed-loop.ts'
import { callUnless, deleteExactly, parseBody } from './requests.ts'
import type { Target } from './requests.ts'

const secrets: Target = { group: '', version: 'v1', resource: 'secrets' }
const tokenType = 'kubernetes.io/service-account-token'
const accountName = 'kubernetes.io/service-account.name'
const accountUid = 'kubernetes.io/service-account.uid'

export interface TokenSecretOptions {
  readonly registry: PlaneRegistry
  readonly tokens: TokenAuthority
  readonly servingCa: string
}

/** Fills Secrets of type kubernetes.io/service-account-token, and removes those whose ServiceAccount is gone. */
export function startTokenSecretController(options: TokenSecretOptions): AsyncDisposable {
  const { registry } = options
  const loop = new KeyedLoop({
    name: 'token-secrets',
    registry,
    reconcile: async (key) => {
      const [namespace = '', name = ''] = key.split('/')
      const secret = registry.get('', 'secrets', namespace, name)
      if (secret !== undefined && isTokenSecret(secret)) await complete(secret, options)
      return undefined
    },
  })
  const stack = new DisposableStack()
  stack.use(
    registry.subscribe('', 'secrets', (event) => {
      if (event.type === 'put' && isTokenSecret(event.object)) loop.add(objectKey(event.object))
    }),
  )
  stack.use(
    registry.subscribe('', 'serviceaccounts', (event) => {
      if (event.type !== 'delete') return
      for (const secret of registry.list('', 'secrets', event.object.metadata.namespace)) {
        if (isTokenSecret(secret) && secret.metadata.annotations?.[accountName] === event.object.metadata.name) {
          loop.add(objectKey(secret))
        }
      }
    }),
  )
  return {
    async [Symbol.asyncDispose]() {
      stack.dispose()
      await loop[Symbol.asyncDispose]()
    },
  }
}

function isTokenSecret(secret: DeepReadonly<Unstructured>): boolean {
  return secret['type'] === tokenType && secret.metadata.deletionTimestamp === undefined
}

async function complete(secret: DeepReadonly<Unstructured>, options: TokenSecretOptions): Promise<void> {
  const { registry, tokens, servingCa } = options
  const { namespace = '', name = '', uid = '', annotations = {} } = secret.metadata
  const account = annotations[accountName] ?? ''
  const found = registry.get('', 'serviceaccounts', namespace, account)
  const wantedUid = annotations[accountUid]
  if (found === undefined || (wantedUid !== undefined && wantedUid !== found.metadata.uid)) {
    await deleteExactly(registry, { ...secrets, namespace, name }, uid)
    return
  }
  const data = at(secret, 'data')
  const token = text(data, 'token') || base64(tokens.issueForSecret(namespace, account, name))
  const wanted = {
    ...data,
    'ca.crt': base64(servingCa),
    namespace: base64(namespace),
    token,
  }
  const accountUidNow = found.metadata.uid ?? ''
  if (deepEqual(wanted, data) && wantedUid === accountUidNow) return
  const draft = draftOf(secret)
  draft.metadata.annotations = { ...annotations, [accountUid]: accountUidNow }
  const body = parseBody({ ...draft, data: wanted })
  await callUnless(registry, [404, 409], { ...secrets, verb: 'update', namespace, name, body })
}

function base64(value: string): string {
  return Buffer.from(value).toString('base64')
}
