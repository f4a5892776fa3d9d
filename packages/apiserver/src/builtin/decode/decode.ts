import type { DeepReadonly, JsonValue, Unstructured } from '@kairship/apimachinery'
import { errors, formatApiVersion } from '@kairship/apimachinery'
import type { ResourceDefinition } from '@kairship/api'
import type { DecodeOptions } from '../../strategy.ts'
import { parseFields } from '../fields.ts'
import type { DecodedType } from './scalars.ts'
import { Reuse } from './reuse.ts'
import { cannotHandle, DecodeFailure, strictReport, Walk } from './walk.ts'

/** Body → draft of a built-in kind, or a 400 with upstream's text. */
export function decodeBuiltin(
  definition: ResourceDefinition,
  type: DecodedType,
  body: DeepReadonly<JsonValue>,
  options: DecodeOptions,
): { object: Unstructured; warnings: string[] } {
  const { group, version, kind } = definition
  const apiVersion = formatApiVersion(group, version)
  const view = parseFields(body)
  const bodyKind = typeof view?.['kind'] === 'string' && view['kind'] !== '' ? view['kind'] : kind
  const bodyVersion =
    typeof view?.['apiVersion'] === 'string' && view['apiVersion'] !== '' ? view['apiVersion'] : apiVersion
  if (bodyKind !== kind) {
    const internal = (name: string): string => `${group === '' ? 'core' : group.split('.')[0]}.${name}`
    const reason = `converting (${version}.${bodyKind}) to (${internal(kind)}): unknown conversion`
    throw cannotHandle(bodyKind, bodyVersion.slice(bodyVersion.lastIndexOf('/') + 1), kind, reason)
  }
  if (bodyVersion !== apiVersion) {
    throw errors.badRequest(
      `the API version in the data (${bodyVersion}) does not match the expected API version (${apiVersion})`,
    )
  }
  const walk = new Walk()
  const reuse = options.known === undefined || view === undefined ? undefined : new Reuse(view, options.known)
  let decoded
  try {
    decoded = parseFields(type.decode(reuse?.rest ?? body, walk)) ?? {}
    decoded = reuse?.complete(decoded) ?? decoded
  } catch (error) {
    if (error instanceof DecodeFailure) throw cannotHandle(kind, version, kind, error.message)
    throw error
  }
  const object = parseObject(decoded, apiVersion, kind)
  const report =
    options.fieldValidation === 'Ignore' || (walk.unknown.length === 0 && options.duplicateFields.length === 0)
      ? []
      : strictReport(walk.unknown, options.duplicateFields, body)
  if (report.length === 0) return { object, warnings: [] }
  if (options.fieldValidation === 'Strict') {
    throw cannotHandle(kind, version, kind, `strict decoding error: ${report.join(', ')}`)
  }
  return { object, warnings: [...report] }
}

/** apiVersion, kind and metadata first, as Go's structs print them. */
function parseObject(decoded: { [key: string]: unknown }, apiVersion: string, kind: string): Unstructured {
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = decoded
  return { apiVersion, kind, metadata: (metadata ?? {}) as Unstructured['metadata'], ...rest }
}
