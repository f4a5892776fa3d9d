import type { DeepReadonly, JsonObject, KubeObject, ResourceRef, WatchEvent } from '@kairship/apimachinery'
import { ConnectionError, formatApiVersion, isPlainObject } from '@kairship/apimachinery'
import type { TypedList } from './client.ts'

// The edge where bodies become typed objects: the one place of the client that casts. What is checked is the envelope;
// the fields are the server's word.

export function decodeObject<T extends KubeObject>(body: DeepReadonly<JsonObject>): DeepReadonly<T> {
  if (!isPlainObject(body['metadata']))
    throw new ConnectionError('the server answered with something that is no object')
  return body as unknown as DeepReadonly<T>
}

export function encodeObject<T extends KubeObject>(object: DeepReadonly<T>): DeepReadonly<JsonObject> {
  return object as unknown as DeepReadonly<JsonObject>
}

export function decodeBatch<T extends KubeObject>(batch: readonly WatchEvent[]): readonly WatchEvent<T>[] {
  return batch as unknown as readonly WatchEvent<T>[]
}

/** Items of built-in lists come without apiVersion and kind: they are filled in. */
export function decodeList<T extends KubeObject>(body: DeepReadonly<JsonObject>, ref: ResourceRef<T>): TypedList<T> {
  const metadata = body['metadata']
  const items = body['items'] ?? []
  if (!isPlainObject(metadata) || !Array.isArray(items)) {
    throw new ConnectionError('the server answered with something that is no list')
  }
  const { resourceVersion, continue: next } = metadata as { resourceVersion?: string; continue?: string }
  return {
    items: items.map((item: DeepReadonly<JsonObject>) => identified(decodeObject<T>(item), ref)),
    resourceVersion: resourceVersion ?? '',
    ...(next ? { continue: next } : {}),
  }
}

function identified<T extends KubeObject>(object: DeepReadonly<T>, ref: ResourceRef<T>): DeepReadonly<T> {
  if (object.kind !== undefined && object.apiVersion !== undefined) return object
  const named = { apiVersion: formatApiVersion(ref.group, ref.version), kind: ref.kind, ...object }
  return named as unknown as DeepReadonly<T>
}
