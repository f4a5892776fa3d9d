import type { JsonObject } from '@kairship/apimachinery'
import type { ResourceDefinition, Schema, SubresourceDefinition } from '@kairship/api'
import { type Components, type Dialect, names } from './components.ts'

/** Kind of a body that is not the resource's own. */
export type KindSchema = (group: string, version: string, kind: string) => string | undefined

interface Parameter {
  readonly name: string
  readonly type: 'string' | 'integer' | 'boolean'
}

const text = (name: string): Parameter => ({ name, type: 'string' })
const dryRun = text('dryRun')
const fieldManager = text('fieldManager')
const fieldValidation = text('fieldValidation')
const listParameters: readonly Parameter[] = [
  { name: 'allowWatchBookmarks', type: 'boolean' },
  text('continue'),
  text('fieldSelector'),
  text('labelSelector'),
  { name: 'limit', type: 'integer' },
  text('resourceVersion'),
  text('resourceVersionMatch'),
  { name: 'sendInitialEvents', type: 'boolean' },
  { name: 'timeoutSeconds', type: 'integer' },
  { name: 'watch', type: 'boolean' },
]
const deleteParameters: readonly Parameter[] = [
  dryRun,
  { name: 'gracePeriodSeconds', type: 'integer' },
  { name: 'orphanDependents', type: 'boolean' },
  text('propagationPolicy'),
]
const customPatchTypes = ['application/apply-patch+yaml', 'application/json-patch+json', 'application/merge-patch+json']
const builtinPatchTypes = [...customPatchTypes, 'application/strategic-merge-patch+json']

/** kubectl chooses the type of its patches from this list: custom resources have no merge strategies. */
function patchTypesOf({ schemaName }: ResourceDefinition): readonly string[] {
  return schemaName === undefined ? customPatchTypes : builtinPatchTypes
}

/** All paths of one resource with their operations. */
export class Operations {
  readonly #dialect: Dialect
  readonly #components: Components
  readonly #kindSchema: KindSchema

  constructor(dialect: Dialect, components: Components, kindSchema: KindSchema) {
    this.#dialect = dialect
    this.#components = components
    this.#kindSchema = kindSchema
  }

  paths(definition: ResourceDefinition): { [path: string]: JsonObject } {
    const { group, version, resource, namespaced, verbs, virtual, subresources } = definition
    const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
    const scope = namespaced ? '/namespaces/{namespace}' : ''
    const collection = `${root}${scope}/${resource}`
    const own = this.#components.kind(definition)
    const paths: { [path: string]: JsonObject } = {}
    const can = (verb: string): boolean => verbs.includes(verb)
    const add = (path: string, parameters: readonly string[], operations: JsonObject): void => {
      if (Object.keys(operations).length > 0) {
        paths[path] = { ...operations, parameters: parameters.map((name) => this.#pathParameter(name)) }
      }
    }
    const scoped = namespaced ? ['namespace'] : []
    const all = virtual ? own : this.#components.list(definition)
    add(collection, scoped, {
      ...(can('list') ? { get: this.#operation(definition, 'list', listParameters, undefined, all) } : {}),
      ...(can('create') ? { post: this.#write(definition, 'post', own) } : {}),
      ...(can('deletecollection') ? { delete: this.#delete(definition, 'deletecollection') } : {}),
    })
    if (namespaced && can('list')) {
      add(`${root}/${resource}`, [], { get: this.#operation(definition, 'list', listParameters, undefined, all) })
    }
    add(`${collection}/{name}`, [...scoped, 'name'], {
      ...(can('get') ? { get: this.#operation(definition, 'get', [], undefined, own) } : {}),
      ...(can('update') ? { put: this.#write(definition, 'put', own) } : {}),
      ...(can('patch') ? { patch: this.#patch(definition, own, patchTypesOf(definition)) } : {}),
      ...(can('delete') ? { delete: this.#delete(definition, 'delete') } : {}),
    })
    for (const part of subresources) {
      add(`${collection}/{name}/${part.name}`, [...scoped, 'name'], this.#subresource(definition, part, own))
    }
    return paths
  }

  #subresource(definition: ResourceDefinition, part: SubresourceDefinition, own: Schema): JsonObject {
    const kind = part.kind ?? definition
    const name = part.kind === undefined ? undefined : this.#kindSchema(kind.group, kind.version, kind.kind)
    const schema = name === undefined ? own : (this.#components.builtin(name) ?? own)
    const { verbs } = part
    return {
      ...(verbs.includes('get') ? { get: this.#operation(kind, 'get', [], undefined, schema) } : {}),
      ...(verbs.includes('create') ? { post: this.#write(kind, 'post', schema) } : {}),
      ...(verbs.includes('update') ? { put: this.#write(kind, 'put', schema) } : {}),
      ...(verbs.includes('patch') ? { patch: this.#patch(kind, schema, patchTypesOf(definition)) } : {}),
    }
  }

  #write(kind: Kind, action: string, schema: Schema): JsonObject {
    return this.#operation(kind, action, [dryRun, fieldManager, fieldValidation], { types: ['*/*'], schema }, schema)
  }

  /** kubectl looks here whether the server validates fields: parameters must stand in the operation itself. */
  #patch(kind: Kind, own: Schema, types: readonly string[]): JsonObject {
    const parameters = [dryRun, fieldManager, fieldValidation, { name: 'force', type: 'boolean' } as const]
    const schema = this.#components.builtin(names.patch) ?? {}
    return this.#operation(kind, 'patch', parameters, { types, schema }, own)
  }

  #delete(kind: Kind, action: string): JsonObject {
    const schema = this.#components.builtin(names.deleteOptions) ?? {}
    const parameters = action === 'delete' ? deleteParameters : [...deleteParameters, ...listParameters]
    return this.#operation(
      kind,
      action,
      parameters,
      { types: ['*/*'], schema },
      this.#components.builtin(names.status) ?? {},
    )
  }

  #operation(
    { group, version, kind }: Kind,
    action: string,
    parameters: readonly Parameter[],
    body: { readonly types: readonly string[]; readonly schema: Schema } | undefined,
    answer: Schema,
  ): JsonObject {
    const marks = {
      'x-kubernetes-action': action,
      'x-kubernetes-group-version-kind': { group, kind, version },
    }
    const query = parameters.map((each) => this.#queryParameter(each))
    const schema = answer as JsonObject
    if (this.#dialect === 'v2') {
      const inBody = body === undefined ? [] : [{ in: 'body', name: 'body', schema: body.schema as JsonObject }]
      return {
        consumes: body === undefined ? ['*/*'] : [...body.types],
        parameters: [...inBody, ...query],
        produces: ['application/json', 'application/yaml'],
        responses: { '200': { description: 'OK', schema } },
        schemes: ['https'],
        ...marks,
      }
    }
    const content = (types: readonly string[], of: JsonObject): JsonObject =>
      Object.fromEntries(types.map((type) => [type, { schema: of }]))
    return {
      parameters: query,
      ...(body === undefined ? {} : { requestBody: { content: content(body.types, body.schema as JsonObject) } }),
      responses: { '200': { content: content(['application/json'], schema), description: 'OK' } },
      ...marks,
    }
  }

  #queryParameter({ name, type }: Parameter): JsonObject {
    return this.#dialect === 'v2'
      ? { in: 'query', name, type, uniqueItems: true }
      : { in: 'query', name, schema: { type, uniqueItems: true } }
  }

  #pathParameter(name: string): JsonObject {
    return this.#dialect === 'v2'
      ? { in: 'path', name, required: true, type: 'string', uniqueItems: true }
      : { in: 'path', name, required: true, schema: { type: 'string', uniqueItems: true } }
  }
}

interface Kind {
  readonly group: string
  readonly version: string
  readonly kind: string
}
