import {
  type DeepReadonly,
  errors,
  type FieldMatcher,
  type OperationQuery,
  parseFieldSelector,
  parseLabelSelector,
  SelectorError,
  type Unstructured,
} from '@kairship/apimachinery'
import type { ResourceDefinition, Schema } from '@kairship/api'
import { listKey, namespaceRange } from '../cache/keys.ts'
import type { View } from '../cache/item.ts'

/** The objects a list, watch or deletecollection is about. */
export interface Selection {
  readonly range: { readonly start: string; readonly end: string | undefined }
  readonly matches: (view: View) => boolean
  /** True when selectors narrow the range: the number of remaining items is then unknown. */
  readonly filtered: boolean
}

export function selection(definition: ResourceDefinition, namespace: string, query: OperationQuery): Selection {
  const { labelSelector = '', fieldSelector = '' } = query
  const range = namespaceRange(namespace)
  if (labelSelector === '' && fieldSelector === '') return { range, matches: () => true, filtered: false }
  const labels = parse(() => parseLabelSelector(labelSelector))
  const fields = parse(() => parseFieldSelector(fieldSelector))
  checkFields(definition, fields)
  const zero = zeros(definition)
  const name = fields.requires('metadata.name')
  return {
    range:
      name === undefined || name === '' || (definition.namespaced && namespace === '') ? range : only(namespace, name),
    matches: ({ object }) =>
      (labelSelector === '' || labels.matches(object.metadata.labels)) &&
      (fieldSelector === '' ||
        fields.matches((field) => {
          const path = definition.fieldSelectorPaths?.[field] ?? field
          return fieldValue(object, path) ?? zero(path)
        })),
    filtered: true,
  }
}

function only(namespace: string, name: string): { start: string; end: string } {
  const key = listKey(namespace, name)
  return { start: key, end: `${key}\0` }
}

function parse<T>(parser: () => T): T {
  try {
    return parser()
  } catch (error) {
    throw error instanceof SelectorError ? errors.badRequest(error.message) : error
  }
}

function checkFields(definition: ResourceDefinition, fields: FieldMatcher): void {
  const known = [
    'metadata.name',
    ...(definition.namespaced ? ['metadata.namespace'] : []),
    ...definition.fieldSelectors,
  ]
  parse(() => fields.check(known))
}

/** Field selectors compare text. */
function fieldValue(object: DeepReadonly<Unstructured>, field: string): string | undefined {
  let value: unknown = object
  for (const step of field.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as { readonly [key: string]: unknown })[step]
  }
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

/** What an absent field is compared as: the zero value of its Go type; the empty text in custom resources. */
function zeros({ schema, schemaName }: ResourceDefinition): (path: string) => string {
  const known = new Map<string, string>()
  const find = (path: string): string => {
    let here: Schema | undefined = schema.root
    for (const step of path.split('.')) {
      if (here?.$ref !== undefined) here = schema.resolve(here.$ref)
      here = here?.properties?.[step]
    }
    return here?.type === 'boolean' ? 'false' : here?.type === 'integer' ? '0' : ''
  }
  return (path) => {
    if (schemaName === undefined) return ''
    let zero = known.get(path)
    if (zero === undefined) known.set(path, (zero = find(path)))
    return zero
  }
}
