import { deepEqual } from '@kairship/apimachinery'
import type { PlaneRegistry, RegistryEvent } from '../strategy.ts'
import { draftOf } from '../builtin/fields.ts'
import { KeyedLoop } from './keyed-loop.ts'
import { callUnless, createIfMissing, parseBody } from './requests.ts'
import type { Target } from './requests.ts'

export const rootCaName = 'kube-root-ca.crt'
const configMaps: Target = { group: '', version: 'v1', resource: 'configmaps' }
const serviceAccounts: Target = { group: '', version: 'v1', resource: 'serviceaccounts' }
const rootCaNote = {
  'kubernetes.io/description':
    'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.',
}

/** Keeps ServiceAccount `default` and ConfigMap `kube-root-ca.crt` in every namespace. */
export function startServiceAccountController(registry: PlaneRegistry, servingCa: string): AsyncDisposable {
  const loop = new KeyedLoop({
    name: 'service-accounts',
    registry,
    reconcile: async (namespace) => {
      const found = registry.get('', 'namespaces', '', namespace)
      if (found === undefined || found.metadata.deletionTimestamp !== undefined) return undefined
      await completeNamespace(registry, namespace, servingCa)
      return undefined
    },
  })
  const stack = new DisposableStack()
  stack.use(
    registry.subscribe('', 'namespaces', (event) => {
      if (event.type === 'put') loop.add(event.object.metadata.name ?? '')
    }),
  )
  const again = (name: string, always: boolean) => (event: RegistryEvent) => {
    const { metadata } = event.object
    if (metadata.name === name && (always || event.type === 'delete')) loop.add(metadata.namespace ?? '')
  }
  stack.use(registry.subscribe('', 'serviceaccounts', again('default', false)))
  stack.use(registry.subscribe('', 'configmaps', again(rootCaName, true)))
  return {
    async [Symbol.asyncDispose]() {
      stack.dispose()
      await loop[Symbol.asyncDispose]()
    },
  }
}

async function completeNamespace(registry: PlaneRegistry, namespace: string, servingCa: string): Promise<void> {
  await createIfMissing(
    registry,
    { ...serviceAccounts, namespace },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } },
  )
  const data = { 'ca.crt': servingCa }
  const existing = registry.get('', 'configmaps', namespace, rootCaName)
  if (existing === undefined) {
    const metadata = { name: rootCaName, namespace, annotations: rootCaNote }
    await createIfMissing(
      registry,
      { ...configMaps, namespace },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata, data },
    )
    return
  }
  if (deepEqual(existing['data'], data)) return
  const body = parseBody({ ...draftOf(existing), data })
  await callUnless(registry, [404, 409], { ...configMaps, verb: 'update', namespace, name: rootCaName, body })
}
