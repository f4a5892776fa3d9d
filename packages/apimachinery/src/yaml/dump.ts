import { defineScalarTag, dump, DUMP_SCHEMA, NOT_RESOLVED } from 'js-yaml'
import type { Schema } from 'js-yaml'
import type { RawJson } from '../json/raw.ts'
import { isRawJson } from '../json/raw.ts'
import { floatTag, yamlInteger } from './scalars.ts'

// `resolve` here only decides which strings need quotes: all that we, js-yaml or Go would read as a number.
const knownInt = DUMP_SCHEMA.tags.find((tag) => tag.nodeKind === 'scalar' && tag.tagName === 'tag:yaml.org,2002:int')
const integerTag = defineScalarTag<unknown>('tag:yaml.org,2002:int', {
  implicit: true,
  implicitFirstChars: ['.', '+', '-', ...'0123456789'.split('')],
  resolve: (source, explicit, name) => {
    const own = yamlInteger(source) ?? floatTag.resolve(source, explicit, name)
    if (own !== NOT_RESOLVED || knownInt?.nodeKind !== 'scalar') return own
    const known: unknown = knownInt.resolve(source, explicit, name)
    return known
  },
  identify: (value: number | RawJson) =>
    isRawJson(value) || (Number.isInteger(value) && !Object.is(value, -0) && !String(value).includes('e')),
  represent: (value: number | RawJson) => (isRawJson(value) ? value.rawJSON : String(value)),
})
const SCHEMA: Schema = DUMP_SCHEMA.withTags(integerTag)

export interface FormatYamlOptions {
  /** Sort the keys of every object, as kubectl does. Default: as they are. */
  readonly sortKeys?: boolean
}

/** YAML in kubectl's layout. Every string that any reader could take for something else is quoted. */
export function formatYaml(value: unknown, options?: FormatYamlOptions): string {
  return dump(value, {
    schema: SCHEMA,
    seqNoIndent: true,
    noRefs: true,
    lineWidth: -1,
    quoteStyle: 'double',
    skipInvalid: true,
    sortKeys: options?.sortKeys ?? false,
  })
}

/** Several documents in one text. */
export function formatYamlDocuments(values: readonly unknown[], options?: FormatYamlOptions): string {
  return values.map((value) => formatYaml(value, options)).join('---\n')
}
