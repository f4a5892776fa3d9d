import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseGo, type GoConstant, type GoField, type GoType } from './go-parser.ts'
import { fail, type FieldFact, type GoPackage, type TypeFact, type TypeFacts } from './model.ts'
import type { SmdField, SmdType } from './smd.ts'

interface LoadedPackage {
  readonly info: GoPackage
  /** Type → the imports of the file that declares it. */
  readonly types: Map<string, { readonly type: GoType; readonly imports: ReadonlyMap<string, string> }>
  readonly constants: (GoConstant & { readonly imports: ReadonlyMap<string, string> })[]
}

/** Go types with their own JSON form; the words of the data file's type expressions. */
const SPECIAL: { readonly [goType: string]: string } = {
  'k8s.io/apimachinery/pkg/apis/meta/v1.Time': 'time',
  'k8s.io/apimachinery/pkg/apis/meta/v1.MicroTime': 'microtime',
  'k8s.io/apimachinery/pkg/apis/meta/v1.Duration': 'duration',
  'k8s.io/apimachinery/pkg/apis/meta/v1.FieldsV1': 'fields',
  'k8s.io/apimachinery/pkg/api/resource.Quantity': 'quantity',
  'k8s.io/apimachinery/pkg/util/intstr.IntOrString': 'intorstring',
  'k8s.io/apimachinery/pkg/runtime.RawExtension': 'raw',
  'k8s.io/apimachinery/pkg/types.UID': 'string',
  'k8s.io/apimachinery/pkg/types.NodeName': 'string',
  'k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSON': 'json',
  'k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaPropsOrArray': 'schemaorarray',
  'k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaPropsOrBool': 'schemaorbool',
  'k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaPropsOrStringArray': 'schemaorstrings',
}
const PRIMITIVE = new Set(['string', 'bool', 'int32', 'int64', 'float64'])

/** Collects facts about types, starting from roots and following references. */
export class Collector {
  readonly facts: TypeFacts = new Map()
  /** Disagreements between source markers and the structured-merge-diff schema (which wins). */
  readonly notes: string[] = []
  readonly #source: string
  readonly #smd: ReadonlyMap<string, SmdType>
  readonly #packages = new Map<string, LoadedPackage>()
  readonly #known: ReadonlyMap<string, GoPackage>

  constructor(source: string, packages: readonly GoPackage[], smd: ReadonlyMap<string, SmdType>) {
    this.#source = source
    this.#smd = smd
    this.#known = new Map(packages.map((entry) => [entry.path, entry]))
  }

  /** Every struct of the package that embeds TypeMeta: kinds, their lists, options. */
  kindsOf(path: string): string[] {
    const kinds: string[] = []
    for (const [name, { type }] of this.#load(path).types) {
      if (type.kind === 'struct' && type.fields.some((field) => field.name === '' && field.type.endsWith('TypeMeta'))) {
        kinds.push(name)
      }
    }
    return kinds
  }

  addStruct(path: string, name: string): string {
    const loaded = this.#load(path)
    const openApiName = `${loaded.info.prefix}.${name}`
    if (this.facts.has(openApiName)) return openApiName
    const entry = loaded.types.get(name) ?? fail(`no type ${name} in ${path}`)
    if (entry.type.kind !== 'struct') fail(`${path}.${name} is not a struct`)
    const smd = this.#smd.get(openApiName)
    const fact: TypeFact = { fields: {} }
    this.facts.set(openApiName, fact)
    if (smd?.atomic ?? entry.type.markers.includes('+structType=atomic')) fact.a = 1
    for (const field of entry.type.fields) this.#addField(loaded, entry.imports, openApiName, fact, field, smd)
    return openApiName
  }

  #addField(
    loaded: LoadedPackage,
    imports: ReadonlyMap<string, string>,
    owner: string,
    fact: TypeFact,
    field: GoField,
    smd: SmdType | undefined,
  ): void {
    const [jsonName, ...jsonOptions] = (field.tags.get('json') ?? '').split(',')
    if (jsonName === '-') return
    const [, number] = (field.tags.get('protobuf') ?? '').split(',')
    const proto = number === undefined || number === '' ? undefined : Number(number)
    const { expression, enumValues } = this.#resolve(loaded, imports, field.type)
    if (field.name === '' && (jsonName === '' || jsonName === undefined)) {
      fact.inline ??= []
      fact.inline.push({ t: expression.replace(/^\*/, ''), ...(proto === undefined ? {} : { p: proto }) })
      return
    }
    const name = jsonName === undefined || jsonName === '' ? field.name : jsonName
    const result: FieldFact = { t: expression }
    if (proto !== undefined) result.p = proto
    const omits = jsonOptions.includes('omitempty') || jsonOptions.includes('omitzero')
    if (omits) result.z = 1
    if (!omits && !field.markers.includes('+optional') && !field.markers.includes('+k8s:optional')) result.r = 1
    this.#addMergeFacts(owner, name, field, expression, result, smd)
    const fallback = this.#defaultOf(loaded, imports, field)
    if (fallback !== undefined) result.d = fallback
    if (enumValues !== undefined) result.e = enumValues
    fact.fields[name] = result
  }

  #addMergeFacts(
    owner: string,
    name: string,
    field: GoField,
    expression: string,
    result: FieldFact,
    smd: SmdType | undefined,
  ): void {
    const strategy = field.tags.get('patchStrategy') ?? markerValues(field, 'patchStrategy')[0]
    const mergeKey = field.tags.get('patchMergeKey') ?? markerValues(field, 'patchMergeKey')[0]
    if (strategy !== undefined) result.s = strategy
    if (mergeKey !== undefined) result.m = mergeKey
    const marked: SmdField = markedMerge(field, expression)
    const known = smd?.fields.get(name)
    const chosen = known ?? marked
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(marked)) {
      this.notes.push(`${owner}.${name}: markers say ${JSON.stringify(marked)}, schema says ${JSON.stringify(known)}`)
    }
    if (chosen.atomicMap) result.a = 1
    if (chosen.list === undefined || !expression.includes('[]')) return
    // An unmarked list is atomic anyway; only what the source states is published.
    if (chosen.list === 'atomic' && markerValues(field, 'listType').length === 0) return
    result.l = chosen.list
    if (chosen.keys !== undefined) result.k = [...chosen.keys]
  }

  #defaultOf(loaded: LoadedPackage, imports: ReadonlyMap<string, string>, field: GoField): unknown {
    const text = markerValues(field, 'default')[0] ?? markerValues(field, 'k8s:default')[0]
    if (text === undefined) return undefined
    const reference = /^ref\(([\w./-]+)\)$/.exec(text)
    return reference?.[1] === undefined ? (JSON.parse(text) as unknown) : this.#constant(loaded, imports, reference[1])
  }

  #constant(loaded: LoadedPackage, imports: ReadonlyMap<string, string>, reference: string): string {
    const dot = reference.lastIndexOf('.')
    const qualifier = dot < 0 ? undefined : reference.slice(0, dot)
    const owner = qualifier === undefined ? loaded : this.#load(imports.get(qualifier) ?? qualifier)
    const constant = owner.constants.find((entry) => entry.name === reference.slice(dot + 1))
    if (constant?.alias !== undefined) return this.#constant(owner, constant.imports, constant.alias)
    return constant?.value ?? fail(`no constant ${reference}`)
  }

  #resolve(
    loaded: LoadedPackage,
    imports: ReadonlyMap<string, string>,
    type: string,
  ): { readonly expression: string; readonly enumValues?: string[] } {
    if (type.startsWith('*')) {
      const inner = this.#resolve(loaded, imports, type.slice(1))
      return { ...inner, expression: `*${inner.expression}` }
    }
    if (type === '[]byte') return { expression: 'bytes' }
    if (type.startsWith('[]')) {
      const inner = this.#resolve(loaded, imports, type.slice(2))
      return { ...inner, expression: `[]${inner.expression.replace(/^\*/, '')}` }
    }
    const map = /^map\[[\w.]+\](.*)$/.exec(type)
    if (map?.[1] !== undefined) {
      return { expression: `{}${this.#resolve(loaded, imports, map[1]).expression.replace(/^\*/, '')}` }
    }
    if (PRIMITIVE.has(type)) return { expression: type }
    const dot = type.indexOf('.')
    const path = dot < 0 ? loaded.info.path : (imports.get(type.slice(0, dot)) ?? fail(`unknown package in ${type}`))
    const name = type.slice(dot + 1)
    const special = SPECIAL[`${path}.${name}`]
    if (special !== undefined) return { expression: special }
    const owner = this.#load(path)
    const entry = owner.types.get(name) ?? fail(`unknown type ${path}.${name}`)
    if (entry.type.kind === 'struct') return { expression: this.addStruct(path, name) }
    const inner = this.#resolve(owner, entry.imports, entry.type.underlying)
    // A named list marked nullable is a message of its own in protobuf: `message X { repeated string items = 1; }`.
    const wrapped = entry.type.markers.includes('+protobuf.nullable=true') && inner.expression.startsWith('[]')
    if (wrapped) return { expression: `~${inner.expression}` }
    if (!entry.type.markers.includes('+enum')) return inner
    const values = owner.constants
      .filter((constant) => constant.type === name)
      .map((constant) => constant.value ?? this.#constant(owner, constant.imports, constant.alias ?? ''))
    if (values.length === 0) fail(`enum ${name} has no values`)
    return { expression: inner.expression, enumValues: [...new Set(values)].sort() }
  }

  #load(path: string): LoadedPackage {
    const existing = this.#packages.get(path)
    if (existing !== undefined) return existing
    const info = this.#known.get(path) ?? fail(`package ${path} is not listed`)
    const loaded: LoadedPackage = { info, types: new Map(), constants: [] }
    this.#packages.set(path, loaded)
    const folder = join(this.#source, path)
    for (const file of readdirSync(folder).sort()) {
      if (!file.endsWith('.go') || file.startsWith('zz_generated') || /_test\.go$|generated|_proto\.go$/.test(file)) {
        continue
      }
      const parsed = parseGo(readFileSync(join(folder, file), 'utf8'))
      for (const [name, type] of parsed.types) loaded.types.set(name, { type, imports: parsed.imports })
      for (const constant of parsed.constants) loaded.constants.push({ ...constant, imports: parsed.imports })
    }
    return loaded
  }
}

function markerValues(field: GoField, name: string): string[] {
  const start = `+${name}=`
  return field.markers.filter((marker) => marker.startsWith(start)).map((marker) => marker.slice(start.length))
}

function markedMerge(field: GoField, expression: string): SmdField {
  const atomicMap = markerValues(field, 'mapType')[0] === 'atomic' || markerValues(field, 'structType')[0] === 'atomic'
  if (!expression.startsWith('[]') && !expression.startsWith('*[]')) return { atomicMap }
  const listType = markerValues(field, 'listType')[0]
  if (listType === 'map') return { list: 'map', keys: markerValues(field, 'listMapKey'), atomicMap }
  return { list: listType === 'set' ? 'set' : 'atomic', atomicMap }
}
