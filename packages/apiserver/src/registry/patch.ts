import { type DeepReadonly, errors, isPlainObject, type JsonObject, type Unstructured } from '@kairship/apimachinery'
import type { Item } from '../cache/item.ts'
import type { Outcome, Request } from '../request.ts'
import type { Services } from '../services.ts'
import type { InstalledResource } from '../strategy.ts'
import { Applier } from './apply.ts'
import { fieldManager } from './body.ts'
import type { Creator } from './create.ts'
import { invalidOptions } from './list-options.ts'
import { patchJson } from './patch-document.ts'
import { patchFault } from './patch-fault.ts'
import type { Shapes } from './shapes.ts'
import type { Updater } from './update.ts'

export class Patcher {
  readonly #updater: Updater
  readonly #creator: Creator
  readonly #shapes: Shapes
  readonly #applier: Applier
  constructor(services: Services, updater: Updater, creator: Creator) {
    this.#updater = updater
    this.#creator = creator
    this.#shapes = services.shapes
    this.#applier = new Applier(services, updater, creator)
  }

  patch(installed: InstalledResource, request: Request): Promise<Outcome> {
    const { operation } = request
    if (operation.patchType !== 'apply' && operation.query?.force !== undefined) {
      const message = 'Forbidden: may not be specified for non-apply patch'
      throw invalidOptions('PatchOptions', [{ reason: 'FieldValueForbidden', message, field: 'force' }])
    }
    if (operation.patchType === 'apply') return this.#applier.apply(installed, request)
    const manager = fieldManager(operation)
    return this.#updater.change(installed, request, (old, item) => {
      const patched = patchJson(operation, old as DeepReadonly<JsonObject>, installed, this.#shapes)
      const draft = this.#decode(installed, request, patched, item)
      checkIdentity(installed, old, draft)
      const seen = revisionOf(operation.body, draft, old)
      return { draft, resourceVersion: seen, manager }
    })
  }

  #decode(installed: InstalledResource, request: Request, patched: unknown, item: Item): Unstructured {
    if (!isPlainObject(patched)) throw errors.badRequest('the patched value is no object')
    const operation = { ...request.operation, body: patched as JsonObject }
    try {
      return this.#creator.decode(installed, { ...request, operation }, item)
    } catch (error) {
      throw patchFault(error, request.operation, patched)
    }
  }
}

/** A patch that names a revision is meant for that one only. */
function revisionOf(patch: unknown, draft: Unstructured, old: DeepReadonly<Unstructured>): string | undefined {
  const now = draft.metadata.resourceVersion ?? ''
  if (now !== '' && now !== old.metadata.resourceVersion) return now
  const metadata = isPlainObject(patch) ? patch['metadata'] : undefined
  const named = isPlainObject(metadata) ? metadata['resourceVersion'] : undefined
  return typeof named === 'string' && named !== '' ? named : undefined
}

function checkIdentity({ definition }: InstalledResource, old: DeepReadonly<Unstructured>, draft: Unstructured): void {
  const { name = '', namespace = '' } = old.metadata
  const given = draft.metadata.name ?? ''
  if (given !== name) {
    throw errors.badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`)
  }
  if (definition.namespaced && (draft.metadata.namespace ?? '') !== namespace) {
    throw errors.badRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
}
