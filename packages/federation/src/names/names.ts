import { safeEncode } from '@kairship/apimachinery'
import { fnv1a32 } from '@kairship/scheduler/core'

export const EXECUTION_PREFIX = 'karmada-es-'

/** The namespace in the control plane that holds a member's Works. */
export function executionNamespace(cluster: string): string {
  return EXECUTION_PREFIX + cluster
}

/** The member whose Works live in this namespace; `undefined` for any other namespace. */
export function clusterOfExecutionNamespace(namespace: string | undefined): string | undefined {
  return namespace?.startsWith(EXECUTION_PREFIX) === true ? namespace.slice(EXECUTION_PREFIX.length) : undefined
}

/** No API group in it: kinds of the same name share a binding, and the owner check tells (T-04). */
export function bindingName(kind: string, name: string): string {
  return `${name.replaceAll(':', '.')}-${kind}`.toLowerCase()
}

export function workName(kind: string, name: string, namespace: string | undefined): string {
  const safe = name.replaceAll(':', '.')
  const key = namespace ? `${namespace}-${safe}-${kind}` : `${safe}-${kind}`
  return `${safe.toLowerCase()}-${encodeHash(key.toLowerCase())}`
}

/** A hash as it appears in names and label keys. */
function encodeHash(text: string): string {
  return safeEncode(String(fnv1a32(text)))
}
