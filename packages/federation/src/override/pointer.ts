import { applyJsonPatch, isPlainObject, toJson } from '@kairship/apimachinery'
import type { DeepReadonly, JsonValue, Path } from '@kairship/apimachinery'
import type { Obj } from '../manifest/prune.ts'

type Value = DeepReadonly<JsonValue>

/** One change of a plaintext overrider, or of a field overrider inside its document. */
export interface PlaintextOperation {
  readonly path: string
  readonly operator: 'add' | 'remove' | 'replace'
  readonly value?: Value
}

/** An RFC 6901 pointer as a path into `root`; `undefined` when it points at nothing. */
export function pathOfPointer(root: unknown, pointer: string): Path | undefined {
  if (pointer !== '' && !pointer.startsWith('/')) return undefined
  const path: (string | number)[] = []
  let current = root
  for (const segment of pointer.split('/').slice(1)) {
    const key = segment.replaceAll('~1', '/').replaceAll('~0', '~')
    if (Array.isArray(current)) {
      if (!/^(?:0|[1-9]\d*)$/.test(key)) return undefined
      path.push(Number(key))
      current = current[Number(key)]
    } else if (isPlainObject(current)) {
      path.push(key)
      current = current[key]
    } else return undefined
  }
  return path
}

/** All operations as one RFC 6902 document: a path that does not exist fails them all. */
export function patchDocument(document: Value, operations: readonly PlaintextOperation[]): Value {
  return applyJsonPatch(
    document,
    operations.map(({ path, operator, value }) => ({
      op: operator,
      path,
      ...(operator === 'remove' ? {} : { value }),
    })),
  )
}

export function patchManifest(object: Obj, operations: readonly PlaintextOperation[]): Obj {
  return parseManifest(patchDocument(toJson(object), operations))
}

/** Checks that a value can be written as an object at all. */
export function parseManifest(value: unknown): Obj {
  if (!isPlainObject(value) || !isPlainObject(value['metadata'])) {
    throw new Error('the result is not an object with metadata')
  }
  return value as Obj
}
