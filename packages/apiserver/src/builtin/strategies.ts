import type { DeepReadonly, JsonValue, Reply, Unstructured } from '@kairship/apimachinery'
import type { ResourceDefinition } from '@kairship/api'
import type { TypeFacts } from '@kairship/api/builtin'
import type { DecodeOptions, FieldError, PlaneRegistry, RequestContext, Strategy } from '../strategy.ts'
import type { KindRules, ObjectView, PlaneServices } from './contracts.ts'
import { decodeBuiltin } from './decode/decode.ts'
import { DecoderCompiler } from './decode/compile.ts'
import type { DecodedType } from './decode/scalars.ts'
import { FieldErrors } from './field-errors.ts'
import { parseFields } from './fields.ts'
import { kindRules } from './kinds/index.ts'
import { subdomainName, validateMetadata, validateMetadataUpdate } from './metadata.ts'

/**
 * Makes the strategies of built-in kinds. One per `PlaneHost`: compiled decoders and rules are shared by all its planes.
 *
 *     const strategies = new BuiltinStrategies()
 *     registry.install({ definition, strategy: strategies.strategy(definition, plane) })
 */
export class BuiltinStrategies {
  readonly #compiler: DecoderCompiler
  readonly #kinds = new Map<string, SharedKind>()

  /** `facts` of `builtinKinds()`: with them, zero values are left out as Go does. */
  constructor(facts?: TypeFacts) {
    this.#compiler = new DecoderCompiler(facts)
  }

  strategy(definition: ResourceDefinition, plane: PlaneServices): Strategy {
    const key = `${definition.group}/${definition.version}/${definition.resource}`
    let shared = this.#kinds.get(key)
    if (shared === undefined) {
      shared = new SharedKind(definition, this.#compiler)
      this.#kinds.set(key, shared)
    }
    return shared.bind(plane)
  }
}

const noRules: KindRules = Object.freeze({})

/** What all planes share of one kind; decoders are compiled on first use. */
class SharedKind {
  readonly definition: ResourceDefinition
  readonly rules: KindRules
  readonly #compiler: DecoderCompiler
  #type: DecodedType | undefined

  constructor(definition: ResourceDefinition, compiler: DecoderCompiler) {
    this.definition = definition
    this.rules = kindRules(definition.group, definition.version, definition.kind) ?? noRules
    this.#compiler = compiler
  }
  get type(): DecodedType {
    this.#type ??= this.#compiler.compile(this.definition.schema, this.definition.kind, this.definition.schemaName)
    return this.#type
  }

  /** The status of an object that nobody has reported on: with the fields that Go writes in any case. */
  get zeroStatus(): unknown {
    return parseFields(this.type.zero())?.['status'] ?? {}
  }

  bind(plane: PlaneServices): Strategy {
    const { definition } = this
    const hasStatus = definition.subresources.some(({ name }) => name === 'status')
    const rules: KindRules = { ...this.rules, ...this.rules.forPlane?.(plane) }
    const edits = rules.prepareForUpdate !== undefined
    const strategy: Strategy = {
      // Rules that prepare updates edit what they get: they get everything fresh.
      decode: (body: DeepReadonly<JsonValue>, { known, ...options }: DecodeOptions) =>
        decodeBuiltin(definition, this.type, body, edits ? options : { ...options, known }),
      ...(rules.defaults === undefined ? {} : { default: rules.defaults }),
      prepareForCreate: (draft, context) => {
        rules.prepareForCreate?.(draft, context, plane)
        if (hasStatus && draft['status'] === undefined) draft['status'] = this.zeroStatus
      },
      prepareForUpdate: (draft, old, context) => rules.prepareForUpdate?.(draft, old, context, plane),
      validate: (object, context) => this.#validate(object, context),
      validateUpdate: (object, old, context) => this.#validateUpdate(object, old, context),
      ...bound(rules, plane),
    }
    return strategy
  }

  #validate(object: ObjectView, context: RequestContext): readonly FieldError[] {
    if (this.definition.virtual) return []
    const errors = new FieldErrors()
    validateMetadata(object.metadata, this.definition.namespaced, this.rules.name ?? subdomainName, errors)
    this.rules.validate?.(object, errors, context)
    this.rules.validateCreate?.(object, errors, context)
    return errors.list
  }
  #validateUpdate(object: ObjectView, old: ObjectView, context: RequestContext): readonly FieldError[] {
    const errors = new FieldErrors()
    validateMetadataUpdate(object.metadata, old.metadata, errors)
    const { subresource } = context.operation
    // What was not touched is as valid as when it was written.
    if (subresource !== 'status' && !onlyMetadataDiffers(object, old)) this.rules.validate?.(object, errors, context)
    this.rules.validateUpdate?.(object, old, errors, context)
    return errors.list
  }
}

/** By reference: parts that drafts share with the stored object. */
function onlyMetadataDiffers(object: ObjectView, old: ObjectView): boolean {
  for (const key in object) if (key !== 'metadata' && object[key] !== old[key]) return false
  for (const key in old) if (object[key] === undefined && old[key] !== undefined) return false
  return true
}

/** Hooks that exist only for some kinds are absent for the others, so that callers can tell. */
function bound(rules: KindRules, plane: PlaneServices): Partial<Strategy> {
  const { review, subresource, checkDelete } = rules
  return {
    ...(rules.warnings === undefined ? {} : { warnings: rules.warnings }),
    ...(checkDelete === undefined ? {} : { checkDelete: (old: ObjectView) => checkDelete(old, plane) }),
    ...(rules.gracePeriod === undefined ? {} : { gracePeriod: rules.gracePeriod }),
    ...(rules.prepareForDelete === undefined ? {} : { prepareForDelete: rules.prepareForDelete }),
    ...(rules.holdsDeletion === undefined ? {} : { holdsDeletion: rules.holdsDeletion }),
    ...(rules.defaultPropagation === undefined ? {} : { defaultPropagation: rules.defaultPropagation }),
    ...(rules.deleteReturnsObject === undefined ? {} : { deleteReturnsObject: rules.deleteReturnsObject }),
    ...(rules.convertFrom === undefined ? {} : { convertFrom: rules.convertFrom }),
    ...(review === undefined
      ? {}
      : { review: (draft: Unstructured, context: RequestContext) => review(draft, context, plane) }),
    ...(subresource === undefined
      ? {}
      : {
          subresource: (context: RequestContext, _registry: PlaneRegistry): Promise<Reply> | undefined =>
            subresource(context, plane),
        }),
  }
}
