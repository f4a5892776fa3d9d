import type { JsonObject } from '@kairship/apimachinery'
import type { View } from '../cache/item.ts'

/** An object's metadata alone. */
export function partialObject(view: View, version: string): JsonObject {
  const metadata = view.body['metadata'] as JsonObject
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata }
}

export function partialList(views: readonly View[], metadata: JsonObject, version: string): JsonObject {
  const items = views.map((view) => partialObject(view, version))
  return { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${version}`, metadata, items }
}
