import { SelectorError, labelSelectorMatcher, validateQualifiedName } from '@kairship/apimachinery'
import type { DeepReadonly } from '@kairship/apimachinery'
import type { ClusterAffinity, ClusterAffinityTerm, Placement } from '@kairship/api/karmada'
import { divisionOf } from '@kairship/scheduler/core'
import { forbidden, invalid } from './denied.ts'
import type { Problem } from './denied.ts'

const fields = ['provider', 'region', 'zone']

export function affinityProblems(affinity: DeepReadonly<ClusterAffinity> | undefined, path: string): Problem[] {
  if (affinity === undefined) return []
  const problems: Problem[] = []
  if (affinity.labelSelector !== undefined) {
    try {
      labelSelectorMatcher(affinity.labelSelector)
    } catch (error) {
      if (!(error instanceof SelectorError)) throw error
      problems.push(invalid(`${path}.labelSelector`, affinity.labelSelector, error.message))
    }
  }
  for (const [index, expression] of (affinity.fieldSelector?.matchExpressions ?? []).entries()) {
    const at = `${path}.fieldSelector.matchExpressions[${index}]`
    if (!fields.includes(expression.key)) problems.push(invalid(`${at}.key`, expression.key, 'unsupported field'))
    if (expression.operator !== 'In' && expression.operator !== 'NotIn') {
      problems.push(invalid(`${at}.operator`, expression.operator, 'must be In or NotIn'))
    }
    if ((expression.values ?? []).length === 0) {
      problems.push({ kind: 'Required value', field: `${at}.values`, detail: 'must name at least one value' })
    }
  }
  return problems
}

export function termProblems(placement: DeepReadonly<Placement>, path: string): Problem[] {
  const terms = placement.clusterAffinities ?? []
  const problems: Problem[] = []
  if (terms.length > 0 && placement.clusterAffinity !== undefined) {
    const detail = 'clusterAffinities cannot co-exist with clusterAffinity'
    problems.push(
      invalid(
        path,
        terms.map((term) => term.affinityName),
        detail,
      ),
    )
  }
  const names = new Set<string>()
  for (const [index, term] of terms.entries()) {
    const at = `${path}[${index}]`
    problems.push(...nameProblems(term.affinityName, at, names), ...affinityProblems(term, at))
    problems.push(...overflowProblems(term, placement, at, names))
  }
  return problems
}

function nameProblems(name: string, at: string, names: Set<string>): Problem[] {
  const problems = validateQualifiedName(name).map((detail) => invalid(at, name, detail))
  if (names.has(name)) problems.push(invalid(at, name, 'each affinity term in a policy must have a unique name'))
  names.add(name)
  return problems
}

/** Overflow is a matter of room, so it needs a division that looks at room. */
function overflowProblems(
  term: DeepReadonly<ClusterAffinityTerm>,
  placement: DeepReadonly<Placement>,
  at: string,
  names: Set<string>,
): Problem[] {
  const overflow = term.overflowAffinities ?? []
  if (overflow.length === 0) return []
  const path = `${at}.overflowAffinities`
  const problems: Problem[] = []
  const division = divisionOf(placement.replicaScheduling)
  if (division !== 'dynamic' && division !== 'aggregated') {
    problems.push(forbidden(path, 'only allowed with dynamic weight or aggregated division'))
  }
  const { affinityName: _name, overflowAffinities: _overflow, ...inline } = term
  if (Object.keys(inline).length === 0) problems.push(forbidden(path, 'the main affinity must not be empty'))
  for (const [index, affinity] of overflow.entries()) {
    problems.push(...nameProblems(affinity.affinityName, `${path}[${index}]`, names))
    problems.push(...affinityProblems(affinity, `${path}[${index}]`))
  }
  return problems
}
