import { withPath } from '@kairship/apimachinery'
import type { ReplicaRequirements } from '@kairship/api/karmada'
import { at, numberAt } from '../fields.ts'
import type { Interpretations, Obj } from '../interpretations.ts'

type Replicas = Interpretations['getReplicas']['out']

/** `spec.replicas` (0 when absent: the API server fills in 1) with what one replica needs. */
export function replicasOf(object: Obj, requirements: ReplicaRequirements | undefined): Replicas {
  return withRequirements(numberAt(object, 'spec', 'replicas') ?? 0, requirements)
}

export function withRequirements(replicas: number, requirements: ReplicaRequirements | undefined): Replicas {
  return requirements === undefined ? { replicas } : { replicas, requirements }
}

/** Sets `spec[field]` only where it exists already; a value of another type is an error. */
export function reviseField(object: Obj, field: 'replicas' | 'parallelism', value: number): Obj {
  const current = at(object, 'spec', field)
  if (current === undefined || current === value) return object
  if (typeof current !== 'number') throw new Error(`spec.${field} is not a number`)
  return withPath(object, ['spec', field], value)
}

export function observedLatest(object: Obj): boolean {
  return (numberAt(object, 'status', 'observedGeneration') ?? 0) === (object.metadata.generation ?? 0)
}

/** All replicas are updated and available (Deployment, StatefulSet). */
export function rolledOut(object: Obj): boolean {
  if (!observedLatest(object)) return false
  const wanted = numberAt(object, 'spec', 'replicas')
  const updated = numberAt(object, 'status', 'updatedReplicas') ?? 0
  if (wanted !== undefined && updated < wanted) return false
  return (numberAt(object, 'status', 'availableReplicas') ?? 0) >= updated
}
