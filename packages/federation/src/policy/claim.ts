import { Annotations, Labels } from '@kairship/api/karmada'
import type { DeepReadonly, JsonObject, ObjectMeta } from '@kairship/apimachinery'

type Metadata = DeepReadonly<ObjectMeta>

/** Which policy a template or binding belongs to, as its labels and annotations say. */
export type Claim =
  | { readonly scope: 'namespaced'; readonly id: string; readonly namespace: string; readonly name: string }
  | { readonly scope: 'cluster'; readonly id: string; readonly name: string }

const namespaced = {
  id: Labels.propagationPolicyId,
  labels: [Labels.propagationPolicyId],
  annotations: [Annotations.propagationPolicyNamespace, Annotations.propagationPolicyName],
} as const
const cluster = {
  id: Labels.clusterPropagationPolicyId,
  labels: [Labels.clusterPropagationPolicyId],
  annotations: [Annotations.clusterPropagationPolicyName],
} as const

/** The claim, when it is complete. A PropagationPolicy's comes first. */
export function claimOf(metadata: Metadata): Claim | undefined {
  const { labels = {}, annotations = {} } = metadata
  const id = labels[Labels.propagationPolicyId]
  const namespace = annotations[Annotations.propagationPolicyNamespace]
  const name = annotations[Annotations.propagationPolicyName]
  if (id && namespace && name) return { scope: 'namespaced', id, namespace, name }
  const clusterId = labels[Labels.clusterPropagationPolicyId]
  const clusterName = annotations[Annotations.clusterPropagationPolicyName]
  return clusterId && clusterName ? { scope: 'cluster', id: clusterId, name: clusterName } : undefined
}

export function claimOfPolicy(metadata: Metadata): Claim {
  const { namespace, name = '', labels = {} } = metadata
  return namespace === undefined
    ? { scope: 'cluster', id: labels[Labels.clusterPropagationPolicyId] ?? '', name }
    : { scope: 'namespaced', id: labels[Labels.propagationPolicyId] ?? '', namespace, name }
}

export function claimLabels(claim: Claim): { readonly [key: string]: string } {
  return { [claim.scope === 'namespaced' ? Labels.propagationPolicyId : Labels.clusterPropagationPolicyId]: claim.id }
}

export function claimAnnotations(claim: Claim): { readonly [key: string]: string } {
  return claim.scope === 'namespaced'
    ? { [Annotations.propagationPolicyNamespace]: claim.namespace, [Annotations.propagationPolicyName]: claim.name }
    : { [Annotations.clusterPropagationPolicyName]: claim.name }
}

/** The merge patch that makes an object this policy's and no other's; `undefined` when it is already. */
export function claimPatch(metadata: Metadata, claim: Claim): JsonObject | undefined {
  const { labels = {}, annotations = {} } = metadata
  const foreign = claim.scope === 'namespaced' ? cluster : namespaced
  return metadataPatch(
    { ...changed(labels, claimLabels(claim)), ...removed(labels, foreign.labels) },
    { ...changed(annotations, claimAnnotations(claim)), ...removed(annotations, foreign.annotations) },
  )
}

/** The merge patch that frees an object from the policy with this id; `undefined` when another policy holds it. */
export function releasePatch(metadata: Metadata, claim: Pick<Claim, 'scope' | 'id'>): JsonObject | undefined {
  const { labels = {}, annotations = {} } = metadata
  const own = claim.scope === 'namespaced' ? namespaced : cluster
  if (labels[own.id] !== claim.id) return undefined
  return metadataPatch(removed(labels, own.labels), removed(annotations, own.annotations))
}

type Strings = DeepReadonly<{ [key: string]: string }>

function changed(current: Strings, wanted: Strings): JsonObject {
  return Object.fromEntries(Object.entries(wanted).filter(([key, value]) => current[key] !== value))
}

function removed(current: Strings, keys: readonly string[]): JsonObject {
  return Object.fromEntries(keys.filter((key) => current[key] !== undefined).map((key) => [key, null]))
}

function metadataPatch(labels: JsonObject, annotations: JsonObject): JsonObject | undefined {
  const [someLabels, someAnnotations] = [Object.keys(labels).length > 0, Object.keys(annotations).length > 0]
  if (!someLabels && !someAnnotations) return undefined
  return { metadata: { ...(someLabels ? { labels } : {}), ...(someAnnotations ? { annotations } : {}) } }
}
