import { withPath } from '@kairship/apimachinery'
import type { DeepReadonly, Unstructured } from '@kairship/apimachinery'
import type { AdmissionPlugin, AdmissionRequest } from '@kairship/api'
import { Finalizers, Labels } from '@kairship/api/karmada'
import type { Placement, PropagationSpec, SpreadConstraint } from '@kairship/api/karmada'
import type { Random } from '@kairship/runtime'
import { denyProblems, invalid } from './denied.ts'
import type { Problem } from './denied.ts'
import { parsePropagationSpec, toUnstructured } from './parse.ts'
import { failoverProblems, placementProblems } from './placement.ts'

interface Scope {
  readonly webhook: string
  readonly resource: string
  readonly idLabel: string
  readonly finalizer: string
  readonly namespaced: boolean
}

const scopes: readonly Scope[] = [
  {
    webhook: 'propagationpolicy.karmada.io',
    resource: 'propagationpolicies',
    idLabel: Labels.propagationPolicyId,
    finalizer: Finalizers.propagationPolicy,
    namespaced: true,
  },
  {
    webhook: 'clusterpropagationpolicy.karmada.io',
    resource: 'clusterpropagationpolicies',
    idLabel: Labels.clusterPropagationPolicyId,
    finalizer: Finalizers.clusterPropagationPolicy,
    namespaced: false,
  },
]

export function propagationPolicyPlugins(random: Random): readonly AdmissionPlugin[] {
  return scopes.map((scope) => ({
    name: scope.webhook,
    handles: ({ group, resource, subresource, operation }) =>
      group === 'policy.karmada.io' &&
      resource === scope.resource &&
      subresource === undefined &&
      operation !== 'DELETE',
    mutate: (request) => mutate(request, scope, random),
    validate: (request) => validate(request, scope),
  }))
}

function mutate(request: AdmissionRequest, scope: Scope, random: Random): Unstructured | undefined {
  const { object, operation, namespace = '' } = request
  if (object === undefined) return undefined
  const spec = defaultSpec(parsePropagationSpec(object['spec']), scope.namespaced ? namespace : undefined)
  const withSpec = spec === object['spec'] ? object : { ...object, spec }
  const result = operation === 'CREATE' ? withIdentity(withSpec, scope, random) : withSpec
  return result === object ? undefined : toUnstructured(result)
}

function withIdentity(
  object: DeepReadonly<Unstructured>,
  { idLabel, finalizer }: Scope,
  random: Random,
): DeepReadonly<Unstructured> {
  const { labels = {}, finalizers = [] } = object.metadata
  return {
    ...object,
    metadata: {
      ...object.metadata,
      labels: { ...labels, [idLabel]: random.uuid() },
      finalizers: finalizers.includes(finalizer) ? finalizers : [...finalizers, finalizer],
    },
  }
}

type Spec = DeepReadonly<PropagationSpec>

/** The same object when nothing is missing. */
function defaultSpec(given: Spec, namespace: string | undefined): Spec {
  let spec = given
  if (namespace !== undefined && spec.resourceSelectors.some((selector) => !selector.namespace)) {
    const resourceSelectors = spec.resourceSelectors.map((selector) =>
      selector.namespace ? selector : { ...selector, namespace },
    )
    spec = { ...spec, resourceSelectors }
  }
  const selectsImports = spec.resourceSelectors.some(
    ({ apiVersion, kind }) => apiVersion === 'multicluster.x-k8s.io/v1alpha1' && kind === 'ServiceImport',
  )
  if (selectsImports && spec.propagateDeps !== true) spec = { ...spec, propagateDeps: true }
  if (spec.placement !== undefined) {
    const placement = defaultPlacement(spec.placement)
    if (placement !== spec.placement) spec = { ...spec, placement }
  }
  const application = spec.failover?.application
  if (application !== undefined && application.gracePeriodSeconds === undefined) {
    if ((application.purgeMode ?? 'Gracefully') === 'Gracefully') {
      spec = withPath(spec, ['failover', 'application', 'gracePeriodSeconds'], 600)
    }
  }
  return spec
}

/** `minGroups` gets a default, `maxGroups` none (T-02). */
function defaultPlacement(given: DeepReadonly<Placement>): DeepReadonly<Placement> {
  let placement = given
  const needsDefault = (constraint: DeepReadonly<SpreadConstraint>): boolean =>
    (!constraint.spreadByField && !constraint.spreadByLabel) || !constraint.minGroups
  if (placement.spreadConstraints?.some(needsDefault) === true) {
    const spreadConstraints = placement.spreadConstraints.map((constraint) => ({
      ...constraint,
      ...(!constraint.spreadByField && !constraint.spreadByLabel ? { spreadByField: 'cluster' as const } : {}),
      minGroups: constraint.minGroups || 1,
    }))
    placement = { ...placement, spreadConstraints }
  }
  const strategy = placement.replicaScheduling
  if (
    strategy !== undefined &&
    (strategy.replicaSchedulingType ?? 'Divided') === 'Divided' &&
    !strategy.replicaDivisionPreference
  ) {
    placement = { ...placement, replicaScheduling: { ...strategy, replicaDivisionPreference: 'Weighted' } }
  }
  return placement
}

function validate({ object, old, namespace }: AdmissionRequest, scope: Scope): void {
  if (object === undefined || object.metadata.deletionTimestamp !== undefined) return
  const spec = parsePropagationSpec(object['spec'])
  const problems: Problem[] = []
  const labels = 'metadata.labels'
  const id = object.metadata.labels?.[scope.idLabel]
  if (!id) problems.push(invalid(labels, object.metadata.labels, `label ${scope.idLabel} not set`))
  if (old !== undefined) {
    if (old.metadata.labels?.[scope.idLabel] !== id) {
      problems.push(invalid(labels, object.metadata.labels, `label ${scope.idLabel} is immutable`))
    }
    const before = parsePropagationSpec(old['spec']).schedulerName
    if (before !== spec.schedulerName) {
      problems.push(invalid('spec.schedulerName', spec.schedulerName ?? '', 'the schedulerName should not be updated'))
    }
  }
  problems.push(...specProblems(spec, scope.namespaced ? namespace : undefined))
  denyProblems(scope.webhook, problems)
}

function specProblems(spec: Spec, namespace: string | undefined): Problem[] {
  const problems: Problem[] = []
  for (const [index, selector] of spec.resourceSelectors.entries()) {
    if (namespace !== undefined && selector.namespace !== namespace) {
      const detail = `the namespace of resourceSelector should be the same with the policy (${namespace})`
      problems.push(invalid(`spec.resourceSelectors[${index}].namespace`, selector.namespace ?? '', detail))
    }
    if (spec.preemption === 'Always' && !selector.name) {
      const detail = 'name cannot be empty when preemption is Always'
      problems.push(invalid(`spec.resourceSelectors[${index}].name`, '', detail))
    }
  }
  const { suspension } = spec
  if (suspension?.dispatching === true && (suspension.dispatchingOnClusters?.clusterNames ?? []).length > 0) {
    problems.push(
      invalid('spec.suspension', suspension, 'suspension dispatching cannot co-exist with dispatchingOnClusters'),
    )
  }
  return [...problems, ...placementProblems(spec.placement, 'spec.placement'), ...failoverProblems(spec, 'spec')]
}
