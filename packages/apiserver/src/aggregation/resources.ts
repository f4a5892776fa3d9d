import { isPlainObject, type JsonObject } from '@kairship/apimachinery'
import { type Fields, flag, items, strings, text } from '../builtin/fields.ts'

/** The resources of an APIResourceList in the form of aggregated discovery. */
export function discoveredResources(list: unknown, group: string, version: string): JsonObject[] {
  if (!isPlainObject(list)) return []
  const found = new Map<string, JsonObject>()
  const all = items(list, 'resources')
  for (const each of all) {
    const name = text(each, 'name')
    if (name === '' || name.includes('/')) continue
    found.set(name, {
      resource: name,
      responseKind: kindOf(each, group, version),
      scope: flag(each, 'namespaced') ? 'Namespaced' : 'Cluster',
      singularResource: text(each, 'singularName'),
      verbs: [...strings(each, 'verbs')],
      ...listed(each, 'shortNames'),
      ...listed(each, 'categories'),
    })
  }
  for (const each of all) {
    const [name = '', subresource] = text(each, 'name').split('/')
    const parent = found.get(name)
    if (subresource === undefined || parent === undefined) continue
    const known = Array.isArray(parent['subresources']) ? parent['subresources'] : []
    const entry = { subresource, responseKind: kindOf(each, group, version), verbs: [...strings(each, 'verbs')] }
    parent['subresources'] = [...known, entry]
  }
  return [...found.values()]
}

function kindOf(entry: Fields, group: string, version: string): JsonObject {
  return { group: text(entry, 'group') || group, version: text(entry, 'version') || version, kind: text(entry, 'kind') }
}

function listed(entry: Fields, key: string): JsonObject {
  const values = strings(entry, key)
  return values.length === 0 ? {} : { [key]: [...values] }
}
