import type { ResourceRef } from '@kairship/apimachinery'

/** `namespace/name` or `name`. */
export function splitKey(key: string): { readonly namespace?: string; readonly name: string } {
  const slash = key.indexOf('/')
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}

export function joinKey(namespace: string | undefined, name: string): string {
  return namespace ? `${namespace}/${name}` : name
}

export function resourceId(ref: ResourceRef): string {
  return `${ref.group}/${ref.version}/${ref.resource}`
}
