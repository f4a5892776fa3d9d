import { parseApiVersion } from '@kairship/apimachinery'
import type { DeepReadonly, OwnerReference } from '@kairship/apimachinery'
import type { PropagationPolicy, ReplicaRequirements, ResourceBindingSpec } from '@kairship/api/karmada'
import type { Interpreter } from '@kairship/interpreter'
import type { Obj } from '../manifest/prune.ts'
import { bindingName } from '../names/names.ts'

/** Of either scope: both kinds have the same fields. */
export type Policy = DeepReadonly<PropagationPolicy>

/** The fields of a binding that follow the template and its policy; everything else belongs to others (T-08). */
export type PolicySpec = DeepReadonly<
  Pick<
    ResourceBindingSpec,
    | 'replicaRequirements'
    | 'replicas'
    | 'components'
    | 'propagateDeps'
    | 'schedulerName'
    | 'placement'
    | 'failover'
    | 'conflictResolution'
    | 'preserveResourcesOnDeletion'
    | 'suspension'
  >
>

export const policyFields: readonly Exclude<keyof PolicySpec, 'suspension'>[] = [
  'replicaRequirements',
  'replicas',
  'components',
  'propagateDeps',
  'schedulerName',
  'placement',
  'failover',
  'conflictResolution',
  'preserveResourcesOnDeletion',
]

export function bindingNameOf(template: Obj): string {
  return bindingName(template.kind ?? '', template.metadata.name ?? '')
}

/** The template owns its binding: deleting it deletes the binding, and with that everything in the members. */
export function ownerOf(template: Obj): OwnerReference {
  return {
    apiVersion: template.apiVersion ?? '',
    kind: template.kind ?? '',
    name: template.metadata.name ?? '',
    uid: template.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  }
}

export async function policySpec(
  template: Obj,
  policy: Policy,
  interpreter: Interpreter,
  signal: AbortSignal,
): Promise<PolicySpec> {
  const { spec } = policy
  const kind = { ...parseApiVersion(template.apiVersion ?? ''), kind: template.kind ?? '' }
  const counted = await interpreter.interpret(kind, 'getReplicas', { object: template }, signal)
  return {
    ...(counted === undefined ? {} : replicaFields(counted.replicas, counted.requirements)),
    ...(spec.propagateDeps ? { propagateDeps: true } : {}),
    schedulerName: spec.schedulerName || 'default-scheduler',
    placement: spec.placement ?? {},
    ...(spec.failover === undefined ? {} : { failover: spec.failover }),
    conflictResolution: spec.conflictResolution ?? 'Abort',
    ...(spec.preserveResourcesOnDeletion === undefined
      ? {}
      : { preserveResourcesOnDeletion: spec.preserveResourcesOnDeletion }),
    ...(spec.suspension === undefined ? {} : { suspension: spec.suspension }),
  }
}

function replicaFields(
  replicas: number,
  replicaRequirements: ReplicaRequirements | undefined,
): Pick<PolicySpec, 'replicas' | 'replicaRequirements'> {
  return {
    ...(replicas === 0 ? {} : { replicas }),
    ...(replicaRequirements === undefined ? {} : { replicaRequirements }),
  }
}
