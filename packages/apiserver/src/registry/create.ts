import { errors, generateName, type Unstructured } from '@kairship/apimachinery'
import { type Item, View } from '../cache/item.ts'
import { listKey } from '../cache/keys.ts'
import type { Outcome, Request } from '../request.ts'
import type { Services } from '../services.ts'
import { refuse } from '../stages/authorize.ts'
import type { InstalledResource } from '../strategy.ts'
import { fieldManager } from './body.ts'
import type { Write, WriteStep } from './write.ts'

const nameAttempts = 8

export class Creator {
  readonly #services: Services
  readonly #steps: readonly WriteStep[]
  constructor(services: Services, steps: readonly WriteStep[]) {
    this.#services = services
    this.#steps = steps
  }

  /** What an update or apply becomes when there is nothing yet: its user must be allowed to create. */
  async createInstead(
    installed: InstalledResource,
    request: Request,
    draft: Unstructured,
    manager: string | undefined,
  ): Promise<Outcome> {
    const refusal = refuse(this.#services.auth, request, 'create')
    if (refusal !== undefined) throw refusal
    return this.createObject(installed, request, draft, manager)
  }

  create(installed: InstalledResource, request: Request): Promise<Outcome> {
    const draft = this.decode(installed, request)
    placeInNamespace(draft, installed, request)
    return this.createObject(installed, request, draft, fieldManager(request.operation))
  }

  /** Body → defaulted draft in the request's version. Parts that are those of the `stored` object are not made again. */
  decode(installed: InstalledResource, { operation, warnings }: Request, stored?: Item): Unstructured {
    const { strategy } = installed
    const { body = {}, query, duplicateFields = [] } = operation
    const fieldValidation = query?.fieldValidation ?? 'Warn'
    const known = stored?.writtenBy(installed) === true ? stored.object : undefined
    const decoded = strategy.decode(body, { fieldValidation, duplicateFields, known })
    warnings.push(...decoded.warnings)
    strategy.default?.(decoded.object)
    return decoded.object
  }

  /** A decoded draft becomes an object, or the request fails. `manager` is `undefined` after an apply. */
  async createObject(
    installed: InstalledResource,
    request: Request,
    draft: Unstructured,
    manager: string | undefined,
  ): Promise<Outcome> {
    const { committer, cache, random } = this.#services
    const { definition } = installed
    const { generateName: base, name: given } = draft.metadata
    const generated = (given === undefined || given === '') && base !== undefined && base !== ''
    if (generated) draft.metadata.name = generateName(base, () => random.next())
    const dryRun = request.operation.query?.dryRun === true
    const write: Write = {
      request,
      installed,
      operation: 'CREATE',
      subresource: '',
      dryRun,
      old: undefined,
      oldItem: undefined,
      manager,
      draft,
    }
    for (const step of this.#steps) {
      const done = step.run(write)
      if (done !== undefined) await done
    }
    const existing = (): { readonly object: Unstructured } | undefined =>
      cache.of(definition).items.get(keyOf(write.draft)) as never
    for (let attempt = 1; ; attempt++) {
      const name = write.draft.metadata.name ?? ''
      if (dryRun) {
        if (existing() === undefined) return { type: 'object', status: 201, view: new View(write.draft), installed }
      } else {
        const committed = await committer.create(installed, write.draft)
        if (committed !== 'lost') return { type: 'object', status: 201, view: committed.view, installed }
      }
      if (!generated || attempt === nameAttempts) throw alreadyExists(installed, name, existing()?.object)
      write.draft.metadata.name = generateName(base, () => random.next())
    }
  }
}

function keyOf({ metadata }: Unstructured): string {
  return listKey(metadata.namespace ?? '', metadata.name ?? '')
}

function alreadyExists({ definition }: InstalledResource, name: string, object: Unstructured | undefined): Error {
  const error = errors.alreadyExists(definition, name)
  if (object?.metadata.deletionTimestamp === undefined) return error
  error.status.message = `object is being deleted: ${error.status.message}`
  return error
}

/** The namespace of the URL rules; an object that names another is refused. */
export function placeInNamespace(draft: Unstructured, { definition }: InstalledResource, request: Request): void {
  const { namespace = '' } = request.operation
  const given = draft.metadata.namespace ?? ''
  if (!definition.namespaced) {
    if (given !== '') delete draft.metadata.namespace
    return
  }
  if (given !== '' && given !== namespace) {
    throw errors.badRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
  draft.metadata.namespace = namespace
}
