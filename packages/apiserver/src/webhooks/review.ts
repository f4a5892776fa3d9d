import type { DeepReadonly, JsonObject, JsonValue, Unstructured } from '@kairship/apimachinery'
import type { InstalledResource } from '../strategy.ts'
import type { Attributes } from './attributes.ts'

type View = DeepReadonly<Unstructured>

export interface Reviewed {
  readonly uid: string
  /** The resource in whose version the objects are. */
  readonly matched: InstalledResource
  readonly object: View | undefined
  readonly old: View | undefined
}

/** `request` of an AdmissionReview. */
export function reviewRequest(asked: Attributes, { uid, matched, object, old }: Reviewed): JsonObject {
  const { installed, subresource, name, namespace, operation, dryRun, options, request } = asked
  const { username, uid: userUid, groups, extra } = request.user
  return {
    uid,
    ...typed(matched, subresource, 'kind', 'resource', 'subResource'),
    ...typed(installed, subresource, 'requestKind', 'requestResource', 'requestSubResource'),
    ...(name === '' ? {} : { name }),
    ...(namespace === '' ? {} : { namespace }),
    operation,
    userInfo: {
      username,
      ...(userUid === undefined ? {} : { uid: userUid }),
      groups: [...groups],
      ...(extra === undefined ? {} : { extra: parseValue(extra) }),
    },
    object: object === undefined ? null : parseValue(object),
    oldObject: old === undefined ? null : parseValue(old),
    dryRun,
    options,
  }
}

function typed(
  { definition: { group, version, kind, resource, subresources } }: InstalledResource,
  subresource: string,
  kindField: string,
  resourceField: string,
  subresourceField: string,
): JsonObject {
  const own = subresources.find(({ name }) => name === subresource)?.kind
  return {
    [kindField]: own === undefined || subresource === 'scale' ? { group, version, kind } : { ...own },
    [resourceField]: { group, version, resource },
    ...(subresource === '' ? {} : { [subresourceField]: subresource }),
  }
}

function parseValue(value: unknown): JsonValue {
  return value as JsonValue
}
