import type { DeepReadonly } from '@kairship/apimachinery'
import type { Placement, PropagationSpec, SpreadConstraint } from '@kairship/api/karmada'
import { affinityProblems, termProblems } from './affinity.ts'
import { forbidden, invalid } from './denied.ts'
import type { Problem } from './denied.ts'

export function placementProblems(placement: DeepReadonly<Placement> | undefined, path: string): Problem[] {
  if (placement === undefined) return []
  return [
    ...affinityProblems(placement.clusterAffinity, `${path}.clusterAffinity`),
    ...termProblems(placement, `${path}.clusterAffinities`),
    ...tolerationProblems(placement, `${path}.clusterTolerations`),
    ...spreadProblems(placement.spreadConstraints ?? [], `${path}.spreadConstraints`),
    ...weightProblems(placement, `${path}.replicaScheduling.weightPreference.staticWeightList`),
  ]
}

function tolerationProblems(placement: DeepReadonly<Placement>, path: string): Problem[] {
  return (placement.clusterTolerations ?? []).flatMap(({ operator }, index) =>
    operator === 'Lt' || operator === 'Gt'
      ? [invalid(`${path}[${index}].operator`, operator, 'must be Equal or Exists')]
      : [],
  )
}

function weightProblems(placement: DeepReadonly<Placement>, path: string): Problem[] {
  const list = placement.replicaScheduling?.weightPreference?.staticWeightList ?? []
  return list.flatMap(({ targetCluster }, index) => affinityProblems(targetCluster, `${path}[${index}].targetCluster`))
}

function spreadProblems(constraints: readonly DeepReadonly<SpreadConstraint>[], path: string): Problem[] {
  const problems: Problem[] = []
  const seen = new Set<string>()
  for (const [index, constraint] of constraints.entries()) {
    const at = `${path}[${index}]`
    const { spreadByField, spreadByLabel, maxGroups = 0, minGroups = 0 } = constraint
    if (spreadByField && spreadByLabel) {
      problems.push(invalid(at, constraint, 'spreadByLabel should not co-exist with spreadByField'))
    }
    if (maxGroups < 0) problems.push(invalid(`${at}.maxGroups`, maxGroups, 'should not be less than 0'))
    if (minGroups < 0) problems.push(invalid(`${at}.minGroups`, minGroups, 'should not be less than 0'))
    if (maxGroups > 0 && maxGroups < minGroups) {
      problems.push(invalid(`${at}.maxGroups`, maxGroups, 'maxGroups lower than minGroups is not allowed'))
    }
    if (spreadByField === undefined) continue
    if (seen.has(spreadByField)) problems.push(invalid(at, spreadByField, 'multiple constraints for the same field'))
    seen.add(spreadByField)
  }
  if (seen.size > 0 && !seen.has('cluster')) {
    problems.push(invalid(path, constraints, 'the cluster spread constraint must be enabled in one of the constraints'))
  }
  return problems
}

export function failoverProblems(spec: DeepReadonly<PropagationSpec>, path: string): Problem[] {
  const application = spec.failover?.application
  if (application === undefined) return []
  const at = `${path}.failover.application`
  const problems: Problem[] = []
  if (spec.propagateDeps !== true) {
    problems.push(invalid(`${path}.propagateDeps`, false, 'must be true when application failover is set'))
  }
  const { tolerationSeconds } = application.decisionConditions
  if (tolerationSeconds !== undefined && tolerationSeconds < 0) {
    problems.push(
      invalid(`${at}.decisionConditions.tolerationSeconds`, tolerationSeconds, 'must be greater than or equal to 0'),
    )
  }
  const { purgeMode = 'Gracefully', gracePeriodSeconds } = application
  if (purgeMode !== 'Gracefully' && gracePeriodSeconds !== undefined) {
    problems.push(forbidden(`${at}.gracePeriodSeconds`, 'only takes effect when purgeMode is Gracefully'))
  }
  if (purgeMode === 'Gracefully' && (gracePeriodSeconds ?? 0) <= 0) {
    problems.push(invalid(`${at}.gracePeriodSeconds`, gracePeriodSeconds ?? null, 'must be greater than 0'))
  }
  return problems
}
