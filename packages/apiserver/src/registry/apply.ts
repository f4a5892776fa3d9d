import {
  applyConfiguration,
  type DeepReadonly,
  errors,
  formatApiVersion,
  isPlainObject,
  isReason,
  type JsonObject,
  setManagedFields,
  toJson,
  type Unstructured,
} from '@kairship/apimachinery'
import type { Outcome, Request } from '../request.ts'
import type { Services } from '../services.ts'
import type { InstalledResource } from '../strategy.ts'
import { checkKind } from './body.ts'
import { type Creator, placeInNamespace } from './create.ts'
import { invalidOptions } from './list-options.ts'
import { hasStatus, timestamp } from './metadata.ts'
import type { Shapes } from './shapes.ts'
import type { Updater } from './update.ts'

const createAttempts = 5

/** Server-side apply: creates the object or merges the configuration into it. */
export class Applier {
  readonly #shapes: Shapes
  readonly #updater: Updater
  readonly #creator: Creator
  constructor({ shapes }: Services, updater: Updater, creator: Creator) {
    this.#shapes = shapes
    this.#updater = updater
    this.#creator = creator
  }

  async apply(installed: InstalledResource, request: Request): Promise<Outcome> {
    const { operation } = request
    const config = this.#config(installed, request)
    const named = toJson(Object(config['metadata'] ?? {}))['resourceVersion']
    const resourceVersion = typeof named === 'string' && named !== '' ? named : undefined
    for (let attempt = 1; ; attempt++) {
      if (this.#updater.find(installed, request) !== undefined || (operation.subresource ?? '') !== '') {
        return this.#updater.change(installed, request, (old) => ({
          draft: this.#merge(installed, request, config, old),
          resourceVersion,
          manager: undefined,
        }))
      }
      const draft = this.#merge(installed, request, config, undefined)
      draft.metadata.name ??= operation.name ?? ''
      placeInNamespace(draft, installed, request)
      delete draft.metadata.resourceVersion
      try {
        return await this.#creator.createInstead(installed, request, draft, undefined)
      } catch (error) {
        // Somebody else created it meanwhile: now it is an update.
        if (!isReason(error, 'AlreadyExists') || attempt === createAttempts) throw error
      }
    }
  }

  #config({ definition }: InstalledResource, { operation }: Request): DeepReadonly<JsonObject> {
    const { body, query, name = '' } = operation
    if (query?.fieldManager === undefined || query.fieldManager === '') {
      const message = 'Required value: is required for apply patch'
      throw invalidOptions('PatchOptions', [{ reason: 'FieldValueRequired', message, field: 'fieldManager' }])
    }
    if (!isPlainObject(body)) throw errors.badRequest('error decoding YAML: an object is expected')
    const config = toJson(body)
    const expected = formatApiVersion(definition.group, definition.version)
    const apiVersion = typeof config['apiVersion'] === 'string' ? config['apiVersion'] : ''
    if (apiVersion !== expected) {
      throw errors.badRequest(
        `Incorrect version specified in apply patch. Specified patch version: ${apiVersion}, expected: ${expected}`,
      )
    }
    if (typeof config['kind'] !== 'string' || config['kind'] === '') {
      throw errors.badRequest('the applied configuration must have kind')
    }
    checkKind(body, definition.kind, definition.group)
    const metadata = toJson(Object(config['metadata'] ?? {}))
    const given = metadata['name']
    if (typeof given === 'string' && given !== '' && given !== name) {
      throw errors.badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`)
    }
    return typeof given === 'string' && given !== '' ? config : { ...config, metadata: { ...metadata, name } }
  }

  #merge(
    installed: InstalledResource,
    request: Request,
    config: DeepReadonly<JsonObject>,
    live: DeepReadonly<Unstructured> | undefined,
  ): Unstructured {
    const { definition } = installed
    const { query, subresource = '' } = request.operation
    const applied = applyConfiguration({
      live,
      config,
      force: query?.force === true,
      shape: this.#shapes.of(definition),
      manager: query?.fieldManager ?? '',
      apiVersion: formatApiVersion(definition.group, definition.version),
      subresource,
      separateStatus: hasStatus(definition),
      time: timestamp(request.now),
    })
    const operation = { ...request.operation, body: applied.object }
    const draft = this.#creator.decode(installed, { ...request, operation })
    setManagedFields(draft, applied.managedFields)
    return draft
  }
}
