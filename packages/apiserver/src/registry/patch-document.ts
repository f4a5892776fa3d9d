import {
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  type DeepReadonly,
  errors,
  failure,
  isPlainObject,
  type JsonObject,
  type JsonValue,
  type Operation,
  PatchError,
  patchFailure,
} from '@kairship/apimachinery'
import type { InstalledResource } from '../strategy.ts'
import type { Shapes } from './shapes.ts'

const accepted =
  'application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, ' +
  'application/apply-patch+yaml'
const acceptedByCustom = 'application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml'

function unsupportedPatch(custom: boolean): Error {
  const list = custom ? acceptedByCustom : accepted
  return failure(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${list}`,
  )
}

function notAnObject(patch: unknown): string {
  const kind = Array.isArray(patch) ? 'array' : typeof patch === 'boolean' ? 'bool' : typeof patch
  return `json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`
}

/** The patched document: shares what did not change with `document`, which is not touched. */
export function patchJson(
  { patchType, body }: Operation,
  document: DeepReadonly<JsonObject>,
  { definition }: InstalledResource,
  shapes: Shapes,
): DeepReadonly<JsonValue> {
  const custom = definition.schemaName === undefined
  const patch = body as DeepReadonly<JsonValue> | undefined
  try {
    switch (patchType ?? 'apply') {
      case 'json':
        return applyJsonPatch(document, patch)
      case 'merge':
        if (!isPlainObject(patch)) throw errors.badRequest(`error decoding patch: ${notAnObject(patch)}`)
        return applyMergePatch(document, patch)
      case 'strategic':
        if (custom) throw unsupportedPatch(custom)
        if (!isPlainObject(patch)) throw errors.badRequest(notAnObject(patch))
        return applyStrategicMergePatch(document, patch, shapes.of(definition))
      case 'apply':
        throw unsupportedPatch(custom)
    }
  } catch (error) {
    throw error instanceof PatchError ? patchFailure(error) : error
  }
}
