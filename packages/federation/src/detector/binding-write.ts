import { createMergePatch, toJson } from '@kairship/apimachinery'
import type { DeepReadonly, JsonObject } from '@kairship/apimachinery'
import type { ObjectReference, ResourceBinding, ResourceBindingSpec } from '@kairship/api/karmada'
import type { Bindings, Binding } from '../engine/bindings.ts'
import type { EngineContext } from '../engine/context.ts'
import { joinKey } from '../engine/keys.ts'
import type { Obj } from '../manifest/prune.ts'
import { claimAnnotations, claimLabels, claimPatch } from '../policy/claim.ts'
import type { Claim } from '../policy/claim.ts'
import { bindingNameOf, ownerOf, policyFields, policySpec } from './desired-binding.ts'
import type { Policy, PolicySpec } from './desired-binding.ts'

export interface BindingRequest {
  readonly template: Obj
  readonly policy: Policy
  readonly claim: Claim
  /** Version of the template's last change that matters; absent when none was seen. */
  readonly version: string | undefined
}

/** Creates the template's binding, or changes exactly what follows from template and policy. */
export async function writeBinding(
  context: EngineContext,
  request: BindingRequest,
  signal: AbortSignal,
): Promise<void> {
  const { template, policy } = request
  const bindings = context.stores.bindingsFor(template.metadata.namespace)
  const key = joinKey(template.metadata.namespace, bindingNameOf(template))
  const spec = await policySpec(template, policy, context.interpreter, signal)
  const existing = bindings.get(key)
  if (existing === undefined) {
    context.activity.wrote()
    await bindings.create(newBinding(bindings, request, spec, context.random.uuid()))
    return
  }
  const owner = existing.metadata.ownerReferences?.find((reference) => reference.controller === true)
  if (owner !== undefined && owner.uid !== template.metadata.uid) {
    throw new Error(`binding ${key} belongs to another ${owner.kind} (uid ${owner.uid})`)
  }
  if (existing.metadata.deletionTimestamp !== undefined) throw new Error(`binding ${key} is being deleted`)
  const patch = bindingPatch(bindings, existing, request, spec)
  if (patch === undefined) return
  context.activity.wrote()
  await bindings.patch(key, patch)
}

function newBinding(
  bindings: Bindings,
  { template, claim }: BindingRequest,
  spec: PolicySpec,
  permanentId: string,
): DeepReadonly<ResourceBinding> {
  return {
    apiVersion: 'work.karmada.io/v1alpha2',
    kind: bindings.informer.ref.kind,
    metadata: {
      name: bindingNameOf(template),
      ...(template.metadata.namespace === undefined ? {} : { namespace: template.metadata.namespace }),
      labels: { ...claimLabels(claim), [bindings.idLabel]: permanentId },
      annotations: claimAnnotations(claim),
      finalizers: [bindings.finalizer],
      ownerReferences: [ownerOf(template)],
    },
    spec: { resource: referenceTo(template, template.metadata.resourceVersion), ...spec },
  }
}

function referenceTo(template: Obj, resourceVersion: string | undefined): ObjectReference {
  const { namespace, name = '', uid } = template.metadata
  return {
    apiVersion: template.apiVersion ?? '',
    kind: template.kind ?? '',
    ...(namespace === undefined ? {} : { namespace }),
    name,
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  }
}

function bindingPatch(
  bindings: Bindings,
  existing: Binding,
  { template, claim, version }: BindingRequest,
  desired: PolicySpec,
): JsonObject | undefined {
  const owned = pick(existing.spec)
  const changes = asObject(createMergePatch(toJson(owned), toJson({ ...desired, ...suspension(existing, desired) })))
  // The template's status moves its version too. Only a version that stands for a change of content is news; otherwise
  // every restart would write every binding.
  const known = existing.spec.resource.resourceVersion
  const resourceVersion = version ?? (changes === undefined ? known : template.metadata.resourceVersion)
  const reference = asObject(
    createMergePatch(toJson(existing.spec.resource), toJson(referenceTo(template, resourceVersion))),
  )
  const spec = { ...changes, ...(reference === undefined ? {} : { resource: reference }) }
  const metadata = metadataChanges(bindings, existing, template, claim)
  if (Object.keys(spec).length === 0) return metadata === undefined ? undefined : { metadata }
  return { ...(metadata === undefined ? {} : { metadata }), spec }
}

function pick(spec: DeepReadonly<ResourceBindingSpec>): PolicySpec {
  const fields = new Set<string>([...policyFields, 'suspension'])
  return Object.fromEntries(Object.entries(spec).filter(([field]) => fields.has(field)))
}

/** Whether scheduling is suspended belongs to others; the rest follows the policy. */
function suspension({ spec }: Binding, desired: PolicySpec): Pick<PolicySpec, 'suspension'> {
  const scheduling = spec.suspension?.scheduling
  if (scheduling === undefined) return {}
  return { suspension: { ...desired.suspension, scheduling } }
}

/** Metadata is merged in, never taken away, except another policy's claim. */
function metadataChanges(bindings: Bindings, existing: Binding, template: Obj, claim: Claim): JsonObject | undefined {
  const claimed = asObject(asObject(claimPatch(existing.metadata, claim))?.['metadata'])
  const finalizers = existing.metadata.finalizers ?? []
  const owners = existing.metadata.ownerReferences ?? []
  const owner = ownerOf(template)
  const owns = owners.some((reference) => reference.uid === owner.uid && reference.controller === true)
  const changes: JsonObject = {
    ...claimed,
    ...(finalizers.includes(bindings.finalizer) ? {} : { finalizers: [...finalizers, bindings.finalizer] }),
    ...(owns ? {} : { ownerReferences: [{ ...owner }] }),
  }
  return Object.keys(changes).length === 0 ? undefined : changes
}

function asObject(value: DeepReadonly<JsonObject[string]>): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...(value as JsonObject) } : undefined
}
