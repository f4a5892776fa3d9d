import { isPlainObject } from '@kairship/apimachinery'
import type { DeepReadonly, Unstructured } from '@kairship/apimachinery'
import type { ClusterSpec, OverrideSpec, PropagationSpec, WorkSpec } from '@kairship/api/karmada'

// Admission sees objects before their schema is checked: what is not even an object reads as an empty spec, and the
// schema then says what is wrong with it.

function object(value: unknown): { readonly [field: string]: unknown } {
  return isPlainObject(value) ? value : {}
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.filter(isPlainObject) : []
}

export function parsePropagationSpec(value: unknown): DeepReadonly<PropagationSpec> {
  const spec = object(value)
  const valid = Array.isArray(spec['resourceSelectors'])
  return (
    valid ? spec : { ...spec, resourceSelectors: list(spec['resourceSelectors']) }
  ) as DeepReadonly<PropagationSpec>
}

export function parseOverrideSpec(value: unknown): DeepReadonly<OverrideSpec> {
  return object(value) as DeepReadonly<OverrideSpec>
}

export function parseWorkSpec(value: unknown): DeepReadonly<WorkSpec> {
  return object(value) as DeepReadonly<WorkSpec>
}

export function parseClusterSpec(value: unknown): DeepReadonly<ClusterSpec> {
  return object(value) as DeepReadonly<ClusterSpec>
}

/** A changed object, handed to the server, which takes it over: parts that did not change may stay shared and frozen. */
export function toUnstructured(object: DeepReadonly<Unstructured>): Unstructured {
  return object as Unstructured
}
