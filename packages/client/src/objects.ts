import type { DeepReadonly, KubeObject } from '@kairship/apimachinery'
import { deepClone } from '@kairship/apimachinery'

/** A deep, mutable copy of a (usually frozen) object: what to change before a write. */
export function edit<T>(object: DeepReadonly<T>): T {
  return decodeCopy<T>(deepClone<unknown>(object))
}

// Forgets `readonly`: the value was copied a moment ago and nobody else holds it.
function decodeCopy<T>(value: unknown): T {
  return value as T
}

/** The informers' usual transform: drops `metadata.managedFields`, which is often half of an object. */
export function withoutManagedFields<T extends KubeObject>(object: DeepReadonly<T>): DeepReadonly<T> {
  if (object.metadata.managedFields === undefined) return object
  const { managedFields: _, ...metadata } = object.metadata
  return decodeMetadata<T>({ ...object, metadata })
}

function decodeMetadata<T>(value: unknown): DeepReadonly<T> {
  return value as DeepReadonly<T>
}
