import type { DeepReadonly, JsonValue, Unstructured } from '@kairship/apimachinery'
import { deepClone, errors as apiErrors, failure, formatApiVersion } from '@kairship/apimachinery'
import { Reuse } from '../builtin/decode/reuse.ts'
import { DecodeFailure, cannotHandle, strictReport, Walk } from '../builtin/decode/walk.ts'
import { FieldErrors } from '../builtin/field-errors.ts'
import { parseFields } from '../builtin/fields.ts'
import type { Fields } from '../builtin/fields.ts'
import { subdomainName, validateMetadata, validateMetadataUpdate } from '../builtin/metadata.ts'
import { validateRules } from '../cel/index.ts'
import type { DecodeOptions, FieldError, RequestContext, Strategy } from '../strategy.ts'
import type { CompiledCrds } from './compiled-crds.ts'
import type { Conversion } from './conversion.ts'
import type { CustomResource } from './definition.ts'
import { applyDefaults } from './schema/default.ts'
import { validateEmbedded } from './schema/embedded.ts'
import { Pruner } from './schema/prune.ts'
import { withoutUnchanged } from './schema/ratchet.ts'
import { validateLists, validateSchema } from './schema/validate.ts'

type View = DeepReadonly<Unstructured>

const blocking: ReadonlySet<FieldError['type']> = new Set([
  'NotSupported',
  'Required',
  'TooLong',
  'TooMany',
  'TypeInvalid',
])
const standardFinalizers: ReadonlySet<string> = new Set(['foregroundDeletion', 'kubernetes', 'orphan'])
const unchecked: FieldError = Object.freeze({
  type: 'Invalid',
  field: '',
  value: null,
  detail:
    'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
})

/** The rules of a custom resource in one version: prune, default, validate by its structural schema. */
export class CustomStrategy implements Strategy {
  readonly #resource: CustomResource
  readonly #compiled: CompiledCrds

  readonly #terminating: () => boolean

  readonly convertAll: Strategy['convertAll']

  /** `terminating`: the CRD is being deleted, and takes no new instances. */
  constructor(
    resource: CustomResource,
    compiled: CompiledCrds,
    terminating: () => boolean = () => false,
    conversion?: Conversion,
  ) {
    this.#resource = resource
    this.#compiled = compiled
    this.#terminating = terminating
    this.convertAll = conversion === undefined ? undefined : (objects) => this.#convert(conversion, objects)
  }

  /** What a webhook gives is pruned like what a client sends. */
  async #convert(conversion: Conversion, objects: readonly View[]): Promise<readonly Unstructured[]> {
    const { group, version } = this.#resource.definition
    const converted = await conversion.convert(objects, formatApiVersion(group, version))
    return converted.map(
      (object) =>
        this.decode(object as DeepReadonly<JsonValue>, { fieldValidation: 'Ignore', duplicateFields: [] }).object,
    )
  }

  prepareForCreate(): void {
    if (!this.#terminating()) return
    throw failure(405, 'MethodNotAllowed', 'create not allowed while custom resource definition is terminating', {})
  }

  decode(body: DeepReadonly<JsonValue>, options: DecodeOptions): { object: Unstructured; warnings: string[] } {
    const { group, version, kind } = this.#resource.definition
    const view = parseFields(body) ?? {}
    this.#checkType(view)
    const walk = new Walk()
    walk.path.push('metadata')
    const pruner = new Pruner(this.#compiled.metadata)
    const reuse = options.known === undefined ? undefined : new Reuse(view, options.known)
    const given = reuse?.rest ?? view
    const pruned = pruner.root(given, this.#resource.schema().node)
    pruned['metadata'] = this.#decodeMetadata(given, walk)
    const object = reuse?.complete(pruned) ?? pruned
    const unknown = [...walk.unknown, ...pruner.unknown]
    const report =
      options.fieldValidation === 'Ignore' || (unknown.length === 0 && options.duplicateFields.length === 0)
        ? []
        : strictReport(unknown, options.duplicateFields, body)
    if (report.length > 0 && options.fieldValidation === 'Strict') {
      throw cannotHandle(kind, version, kind, `strict decoding error: ${report.join(', ')}`)
    }
    return { object: parseDraft(object, formatApiVersion(group, version)), warnings: [...report] }
  }

  #decodeMetadata(view: Fields, walk: Walk): unknown {
    const { version, kind } = this.#resource.definition
    try {
      return view['metadata'] === undefined || view['metadata'] === null
        ? {}
        : this.#compiled.metadata.decode(view['metadata'], walk)
    } catch (error) {
      if (error instanceof DecodeFailure) throw cannotHandle(kind, version, kind, error.message)
      throw error
    }
  }

  #checkType(view: Fields): void {
    const { group, version, kind } = this.#resource.definition
    for (const [key, shown] of [
      ['kind', 'Kind'],
      ['apiVersion', 'apiVersion'],
    ] as const) {
      if (typeof view[key] === 'string' && view[key] !== '') continue
      throw apiErrors.badRequest(
        `the object provided is unrecognized (must be of type ${kind}): Object '${shown}' is missing in '${JSON.stringify(view)}'`,
      )
    }
    const expected = formatApiVersion(group, version)
    if (view['apiVersion'] !== expected) {
      throw apiErrors.badRequest(
        `the API version in the data (${String(view['apiVersion'])}) does not match the expected API version (${expected})`,
      )
    }
  }

  /** Absent when the schema has no defaults, so that readers need not copy. */
  get default(): ((draft: Unstructured) => void) | undefined {
    const schema = this.#resource.schema()
    return schema.hasDefaults ? (draft) => applyDefaults(draft, schema.node) : undefined
  }

  validate(object: View, context: RequestContext): readonly FieldError[] {
    const { namespaced } = this.#resource.definition
    const errors = this.#validateType(object)
    if (!errors.empty) return errors.list
    validateMetadata(object.metadata, namespaced, subdomainName, errors)
    const found = this.#validateContent(object)
    return [...errors.list, ...found, ...this.#validateRules(found, object, undefined, context)]
  }

  validateUpdate(object: View, old: View, context: RequestContext): readonly FieldError[] {
    const errors = this.#validateType(object)
    if (!errors.empty) return errors.list
    validateMetadataUpdate(object.metadata, old.metadata, errors)
    const onlyStatus = context.operation.subresource === 'status'
    const found = onlyStatus ? this.#validateStatus(object, old) : this.#validateContent(object, old)
    const kept = found.length === 0 ? found : withoutUnchanged(found, object, old, this.#resource.schema().node)
    return [...errors.list, ...kept, ...this.#validateRules(kept, object, old, context)]
  }

  /** Of finalizers that could be somebody else's. */
  warnings(object: View, _context: RequestContext, old?: View): readonly string[] {
    const known = new Set(old?.metadata.finalizers)
    return (object.metadata.finalizers ?? [])
      .filter((name) => !known.has(name) && !name.includes('/') && !standardFinalizers.has(name))
      .toSorted()
      .map(
        (name) =>
          `metadata.finalizers: ${JSON.stringify(name)}: prefer a domain-qualified finalizer name including a path (/) to ` +
          'avoid accidental conflicts with other finalizer writers',
      )
  }

  #validateType(object: View): FieldErrors {
    const { kind } = this.#resource.definition
    const errors = new FieldErrors()
    if (object.kind !== kind) errors.invalid('kind', object.kind, `must be ${kind}`)
    return errors
  }

  #validateContent(object: View, old?: View): FieldError[] {
    const schema = this.#resource.schema()
    const errors = validateSchema(object, schema.node, '', old)
    errors.push(...validateEmbedded(object, schema.node, old), ...validateLists(object, schema.node, '', old))
    return errors
  }

  /** CEL rules are for objects that are valid otherwise. */
  #validateRules(
    found: readonly FieldError[],
    object: View,
    old: View | undefined,
    { warnings: told }: RequestContext,
  ): readonly FieldError[] {
    const { node, hasRules } = this.#resource.schema()
    if (!hasRules) return []
    if (found.some((error) => blocking.has(error.type))) return [unchecked]
    const { errors, warnings } = validateRules(object, node, '', old)
    told?.push(...warnings)
    return errors
  }

  #validateStatus(object: View, old: View): FieldError[] {
    const { status } = this.#resource.schema()
    if (status === undefined || object['status'] === undefined) return []
    const [now, before] = [object['status'], old['status']]
    return [...validateSchema(now, status, 'status', before), ...validateLists(now, status, 'status', before)]
  }

  /** All versions of a CRD without a conversion webhook have one content. */
  convertFrom(stored: View): Unstructured {
    if (this.convertAll !== undefined) throw new Error('this object was not converted before it was looked at')
    const { group, version } = this.#resource.definition
    return parseDraft(deepClone({ ...stored }), formatApiVersion(group, version))
  }
}

function parseDraft(object: Fields, apiVersion: string): Unstructured {
  const { apiVersion: _apiVersion, kind, metadata, ...rest } = object
  return { apiVersion, kind, metadata, ...rest } as Unstructured
}
