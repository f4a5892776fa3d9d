import type { DeepReadonly, Unstructured } from '@kairship/apimachinery'
import { columnsPrinter, defaultPrinter } from '@kairship/api'
import type {
  ColumnSpec,
  Printer,
  ResourceDefinition,
  ScalePaths,
  Schema,
  SchemaSource,
  SubresourceDefinition,
} from '@kairship/api'
import { at, child, flag, items, strings, text } from '../builtin/fields.ts'
import type { Fields, ReadonlyFields } from '../builtin/fields.ts'
import type { CompiledCrds, CompiledSchema } from './compiled-crds.ts'

const verbs: readonly string[] = Object.freeze([
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'create',
  'update',
  'watch',
])
const readWrite: readonly string[] = Object.freeze(['get', 'patch', 'update'])
const scaleKind = Object.freeze({ group: 'autoscaling', version: 'v1', kind: 'Scale' })
const openSchema: Schema = Object.freeze({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true })

export type Crd = DeepReadonly<Unstructured>

/** One served version of a CRD: its definition, and its schema compiled on first use. */
export interface CustomResource {
  readonly definition: ResourceDefinition
  readonly schema: () => CompiledSchema
  readonly scale: ScalePaths | undefined
}

/** The served versions of a CRD, with the names it was given. */
export function customResources(crd: Crd, compiled: CompiledCrds): readonly CustomResource[] {
  const spec = at(crd, 'spec')
  const versions = items(spec, 'versions')
  const storage = versions.find((version) => flag(version, 'storage'))
  return versions
    .filter((version) => flag(version, 'served'))
    .map((version) => customResource(spec, version, text(storage ?? version, 'name'), compiled))
}

function customResource(
  spec: ReadonlyFields,
  version: Fields,
  storageVersion: string,
  compiled: CompiledCrds,
): CustomResource {
  const names = at(spec, 'names')
  const group = text(spec, 'group')
  const kind = text(names, 'kind')
  const source = new LazySchema(version, compiled)
  const scale = scalePaths(version)
  const printer = new LazyPrinter(version)
  const name = text(version, 'name')
  const definition: ResourceDefinition = {
    group,
    version: name,
    resource: text(names, 'plural'),
    kind,
    namespaced: text(spec, 'scope') === 'Namespaced',
    singular: text(names, 'singular') || kind.toLowerCase(),
    listKind: text(names, 'listKind') || `${kind}List`,
    shortNames: strings(names, 'shortNames'),
    categories: strings(names, 'categories'),
    verbs,
    schema: source,
    printer,
    subresources: subresources(version),
    ...(scale === undefined ? {} : { scale }),
    hasGeneration: true,
    storageVersion,
    fieldSelectors: items(version, 'selectableFields').map((field) => text(field, 'jsonPath').replace(/^\./, '')),
    virtual: false,
    createOnUpdate: false,
    unconditionalUpdate: false,
    ...deprecation(version, group, kind),
  }
  return { definition, schema: () => source.compiled, scale }
}

class LazySchema implements SchemaSource {
  readonly #version: Fields
  readonly #cache: CompiledCrds
  #compiled: CompiledSchema | undefined
  constructor(version: Fields, cache: CompiledCrds) {
    this.#version = version
    this.#cache = cache
  }
  get compiled(): CompiledSchema {
    this.#compiled ??= this.#cache.schema(parseSchema(this.#version))
    return this.#compiled
  }
  get root(): Schema {
    return this.compiled.root
  }
  resolve(ref: string): Schema {
    return this.compiled.resolve(ref)
  }
}

class LazyPrinter implements Printer {
  readonly #version: Fields
  #printer: Printer | undefined
  constructor(version: Fields) {
    this.#version = version
  }
  get #made(): Printer {
    this.#printer ??= printerOf(this.#version)
    return this.#printer
  }
  get columns(): Printer['columns'] {
    return this.#made.columns
  }
  cells(...args: Parameters<Printer['cells']>): ReturnType<Printer['cells']> {
    return this.#made.cells(...args)
  }
}

/** A column whose path cannot be read spoils only the columns. */
function printerOf(version: Fields): Printer {
  try {
    return columnsPrinter(items(version, 'additionalPrinterColumns').map(parseColumn))
  } catch {
    return defaultPrinter
  }
}
function parseColumn(column: Fields): ColumnSpec {
  return column as unknown as ColumnSpec
}

function parseSchema(version: Fields): Schema {
  return (child(at(version, 'schema') as Fields, 'openAPIV3Schema') as Schema | undefined) ?? openSchema
}

function subresources(version: ReadonlyFields): SubresourceDefinition[] {
  const declared = at(version, 'subresources')
  const list: SubresourceDefinition[] = []
  if (declared['status'] !== undefined) list.push({ name: 'status', verbs: readWrite })
  if (declared['scale'] !== undefined) list.push({ name: 'scale', kind: scaleKind, verbs: readWrite })
  return list
}

function scalePaths(version: ReadonlyFields): ScalePaths | undefined {
  const scale = at(version, 'subresources')['scale']
  if (typeof scale !== 'object' || scale === null) return undefined
  const paths = at(at(version, 'subresources'), 'scale')
  const labelSelectorPath = text(paths, 'labelSelectorPath')
  return {
    specReplicasPath: text(paths, 'specReplicasPath'),
    statusReplicasPath: text(paths, 'statusReplicasPath'),
    ...(labelSelectorPath === '' ? {} : { labelSelectorPath }),
  }
}

function deprecation(version: ReadonlyFields, group: string, kind: string): { deprecationWarning?: string } {
  if (!flag(version, 'deprecated')) return {}
  const own = text(version, 'deprecationWarning')
  return { deprecationWarning: own === '' ? `${group}/${text(version, 'name')} ${kind} is deprecated` : own }
}
